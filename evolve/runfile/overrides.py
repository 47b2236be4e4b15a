"""Keys of a run file that the command line sets instead, and what a wrong key might have meant."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel

from evolve.plugins import Kind
from search_spaces.errors import ConfigError
from search_spaces.yaml_text import read_mapping


def read_overrides(written: Sequence[str]) -> dict[str, object]:
    """The values of ``KEY=VALUE`` words by key path; a value is YAML.

    Raises:
        ConfigError: A word is not of that form.
    """
    found = {}
    for word in written:
        path, equals, value = word.partition("=")
        if not equals or not all(path.split(".")):
            raise ConfigError(f"--set {word!r:.80}: expected KEY=VALUE, such as budget.usd=2")
        read = read_mapping(f"value: {value}", f"--set {path}", trusted=True)
        if set(read) != {"value"}:
            raise ConfigError(f"--set {path}: expected one value, got {value!r:.80}")
        found[path] = read["value"]
    return found


def overridden(values: Mapping[str, Any], overrides: Mapping[str, object]) -> dict[str, Any]:
    """The values of a run file with others set at key paths such as ``strategy.genetic.size``."""
    changed = dict(values)
    for path, value in overrides.items():
        first, *rest = path.split(".")
        changed[first] = _placed(changed.get(first), rest, value)
    return changed


def _placed(here: object, path: Sequence[str], value: object) -> object:
    if not path:
        return value
    # A plug-in without options is written as its name alone.
    inside = dict(here) if isinstance(here, Mapping) else {here: {}} if here == path[0] else {}
    return {**inside, path[0]: _placed(inside.get(path[0]), path[1:], value)}


def nearest_key(model: type[BaseModel], values: object, path: Sequence[str | int]) -> str:
    """The key that one that there is not might have meant, as a question; empty if none is near.

    Args:
        model: What the values were to become.
        values: What was written.
        path: The key's path, as pydantic reports it: names of plug-ins are left out.
    """
    known: type[BaseModel] | None = model
    annotation: Any = model
    for part in path[:-1]:
        if known is not None and part in known.model_fields:
            field = known.model_fields[str(part)]
            annotation = Annotated[field.annotation, None, *field.metadata]
        else:
            annotation = (get_args(_bare(annotation)) or (None,))[-1]
        values = _at(values, part)
        known, values = _model_of(annotation, values)
    names = list(known.model_fields) if known is not None else []
    nearest = difflib.get_close_matches(str(path[-1]), names, n=1, cutoff=0.5)
    if nearest:
        return f"did you mean {nearest[0]!r}?"
    return f"known: {', '.join(names)}" if names else ""


def _bare(annotation: Any) -> Any:  # noqa: ANN401 - any annotation
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _at(values: object, part: str | int) -> object:
    if isinstance(values, Mapping):
        return values.get(part)
    if isinstance(values, Sequence) and isinstance(part, int) and part < len(values):
        return values[part]
    return None


def _model_of(annotation: Any, values: object) -> tuple[type[BaseModel] | None, object]:  # noqa: ANN401
    """The model that values are read into, and the values that are its own."""
    kinds = [each for each in get_args(annotation)[1:] if isinstance(each, Kind)]
    if kinds:
        name = next(iter(values), None) if isinstance(values, Mapping) else values
        try:
            return kinds[0].find(str(name)), _at(values, str(name))
        except ConfigError:
            return None, None
    bare = _bare(annotation)
    for each in (bare, *get_args(bare)):
        if isinstance(each, type) and issubclass(each, BaseModel):
            return each, values
    return None, values
