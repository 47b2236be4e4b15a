"""Reading YAML and JSON-lines files, with errors of one clear line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from search_spaces.errors import ConfigError, explain
from search_spaces.frozen import Frozen
from search_spaces.yaml_text import read_mapping

T = TypeVar("T", bound=Frozen)


def read_yaml(path: Path, kind: type[T]) -> T:
    """Reads a YAML file into a model.

    Raises:
        ConfigError: The file is missing, no YAML or does not describe what it should.
    """
    where = f"{kind.__name__.lower()} {path}"
    try:
        return kind.model_validate(read_mapping(_text(path, where), where, trusted=True))
    except ValidationError as error:
        raise explain(error, where) from None


def read_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields the objects of a JSON-lines file, each with a name for its place.

    Raises:
        ConfigError: The file is missing or a line is no JSON object.
    """
    for number, line in enumerate(_text(path, f"answer key {path}").splitlines(), 1):
        where = f"answer key {path}, line {number}"
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            raise ConfigError(f"{where}: no valid JSON; expected one object a line") from None
        if not isinstance(row, dict):
            raise ConfigError(f"{where}: expected an object, found {type(row).__name__}")
        yield where, row


def _text(path: Path, where: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{where}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{where}: is no UTF-8 text") from None
