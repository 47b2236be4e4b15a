"""The base of all errors for users: one line with what, where, what was expected and what to do.

EvolveError                       everything that is reported without a traceback
├── ConfigError                   a system, run or task file (or an edit) that cannot be used
│   └── EditError                 an edit that does not fit the configuration it is applied to
├── archive.errors.ArchiveError   an archive that cannot be read or written
└── evolve.errors                 models, tasks, spend and runs
"""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence

from pydantic import ValidationError


class EvolveError(Exception):
    """A failure that its message explains in one line."""


class ConfigError(EvolveError):
    """A file or value that does not describe what it should."""


class EditError(ConfigError):
    """An edit that does not fit the configuration it is applied to."""


def explain(
    error: ValidationError,
    where: str,
    hint: Callable[[Sequence[str | int]], str] = lambda path: "",
) -> ConfigError:
    """Turns a validation error into one line with the path of the first invalid key.

    Args:
        error: The error that pydantic raised.
        where: The file or object the values came from, as a person would name it.
        hint: Returns a remark on an unknown key, by its path.
    """
    reported = error.errors(include_url=False)
    places = [item["loc"] for item in reported]
    # A list whose items fail is also reported as too short, which says nothing new.
    first, *others = [
        item
        for item in reported
        if not any(
            place != item["loc"] and place[: len(item["loc"])] == item["loc"] for place in places
        )
    ]
    path = _path(first["loc"])
    message = first["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if first["type"] == "extra_forbidden":
        remark = hint(first["loc"])
        message = f"unknown key{'; ' if remark else ''}{remark}"
    elif first["type"] == "missing":
        message = "this key is required"
    elif first["type"] != "value_error":
        message += _got(first["input"])
    more = f" (and {len(others)} more)" if others else ""
    return ConfigError(f"{where}: {path + ': ' if path else ''}{message}{more}")


def _path(keys: Sequence[str | int]) -> str:
    """The place of a value, such as ``agents[0].role``; keys that are not printable are quoted."""
    path = ""
    for key in keys:
        if isinstance(key, int):
            path += f"[{key}]"
        else:
            path += ("." if path else "") + (key if key.isprintable() else repr(key))
    return path


def _got(value: object) -> str:
    """The invalid value; mappings and lists are not shown, because they may hold an API key."""
    return "" if isinstance(value, Mapping | list | tuple) else f", got {value!r:.80}"


def unknown(kind: str, name: str, known: Iterable[str]) -> ConfigError:
    """The error for a name that is not among the known ones, with the nearest one."""
    names = sorted(known)
    nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean {nearest[0]!r}? " if nearest else ""
    return ConfigError(f"unknown {kind} {name!r:.80}; {hint}known: {', '.join(names) or 'none'}")
