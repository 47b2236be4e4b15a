"""Reading YAML files, with one-line errors."""

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from search_spaces.errors import ConfigError, explain
from search_spaces.frozen import Frozen
from search_spaces.yaml_text import read_mapping

T = TypeVar("T", bound=Frozen)


def read_yaml(path: Path, kind: type[T]) -> T:
    """Reads a YAML file into a model.

    Raises:
        ConfigError: The file is missing, no YAML or no valid model.
    """
    where = f"{kind.__name__.lower()} {path}"
    try:
        return kind.model_validate(read_mapping(_text(path, where), where, trusted=True))
    except ValidationError as error:
        raise explain(error, where) from None


def _text(path: Path, where: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{where}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{where}: is no UTF-8 text") from None
