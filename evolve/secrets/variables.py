"""Environment variables: those of a ``.env`` file, and ``${NAME}`` in a run file.

A run file's values are kept in the archive, so secrets never go into them: a model's key is looked
up by the name of its variable at the moment it is needed, `expand_environment` refuses variables
that look like secrets, and `refuse_secrets` secrets that are written out.
"""

import codecs
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from evolve.secrets.redaction import holds_secret, names_secret
from search_spaces.errors import ConfigError

_LINE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$")
_COMMENT = re.compile(r"\s+#.*$")
_NAME = re.compile(r"\$(\$?)\{([A-Z_][A-Z0-9_]+)(?::-([^{}]*))?\}")


def read_env_file(path: Path) -> dict[str, str]:
    """The variables of a ``.env`` file; none if there is no such file.

    A line is ``NAME=value``, perhaps after ``export``, the value perhaps in quotes; lines that
    begin with ``#`` are comments, and so is what follows `` #`` outside of quotes. A byte order
    mark is skipped.

    Raises:
        ConfigError: The file is there and cannot be read.
    """
    try:
        text = _decoded(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise ConfigError(f"{path}: cannot be read: {reason}") from None
    return {line[1]: _value(line[2]) for line in map(_LINE.match, text.splitlines()) if line}


def _decoded(content: bytes) -> str:
    """A text in UTF-8, or in UTF-16 where a byte order mark says so, as Windows' editors do."""
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if marked else "utf-8-sig")


def _value(written: str) -> str:
    quote = written[:1]
    if quote and quote in "'\"" and (end := written.find(quote, 1)) > 0:
        return written[1:end]
    return "" if quote == "#" else _COMMENT.sub("", written)


def variables(env_files: Iterable[Path] = ()) -> dict[str, str]:
    """The variables of the environment and, where it lacks them, of files, the first one first.

    Raises:
        ConfigError: A file cannot be read.
    """
    found: dict[str, str] = {}
    for path in reversed(list(env_files)):
        found.update(read_env_file(path))
    return {**found, **os.environ}


def expand_environment(
    values: object, known: Mapping[str, str], where: str = "the run file"
) -> object:
    """Writes variables into the values of a run file.

    ``${NAME}`` stands for a variable, ``${NAME:-text}`` for the text where there is none, and
    ``$${NAME}`` for itself. Names are in capitals, so that formulas are left alone. What comes out
    is kept in archives, therefore secrets are refused.

    Args:
        values: Mappings, lists and texts, as read from YAML.
        known: The variables that there are.
        where: How a person would name the place the values came from.

    Raises:
        ConfigError: A variable is not set or looks like a secret; its value is not shown.
    """
    return _walk(values, known, where, "")


def _walk(values: object, known: Mapping[str, str], where: str, path: str) -> object:
    if isinstance(values, Mapping):
        return {
            name: _walk(value, known, where, f"{path}.{name}" if path else str(name))
            for name, value in values.items()
        }
    if isinstance(values, list):
        return [
            _walk(value, known, where, f"{path}[{place}]") for place, value in enumerate(values)
        ]
    if not isinstance(values, str) or "${" not in values:
        return values
    return _NAME.sub(lambda found: _expanded(found, known, f"{where}: {path}"), values)


def _expanded(found: re.Match[str], known: Mapping[str, str], where: str) -> str:
    escaped, name, default = found.groups()
    if escaped:
        return found[0][1:]
    value = known.get(name, default)
    if value is None:
        raise ConfigError(
            f"{where}: the variable {name} is not set; set it, give a default as "
            f"${{{name}:-text}}, or write $${{{name}}} for the text itself"
        )
    if names_secret(name) or holds_secret(value, known):
        raise ConfigError(
            f"{where}: {name} looks like a secret, which an archive must not keep; "
            "a model's key is named by `api_key_env`, without ${…}"
        )
    return value


def refuse_secrets(values: object, known: Mapping[str, str], where: str, path: str = "") -> None:
    """Refuses a run file that holds a secret.

    Args:
        values: Mappings, lists and texts, as read from YAML.
        known: The variables that there are.
        where: How a person would name the place the values came from.
        path: The key path of these values in it.

    Raises:
        ConfigError: There is one; it is not shown.
    """
    if isinstance(values, Mapping):
        for name, value in values.items():
            refuse_secrets(value, known, where, f"{path}.{name}" if path else str(name))
    elif isinstance(values, list):
        for place, value in enumerate(values):
            refuse_secrets(value, known, where, f"{path}[{place}]")
    elif isinstance(values, str) and holds_secret(values, known):
        raise ConfigError(
            f"{where}: {path}: this looks like a secret, which an archive must not keep; a model's "
            "key goes into a variable or a .env file, and `api_key_env` names the variable"
        )
