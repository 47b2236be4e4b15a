"""The reference of the run file, made from the fields of the settings and of every plug-in."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap
from typing import Any, TypeAlias, get_args

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from docs.sections import INTRODUCTION, SECTIONS, Section
from evolve.allocators.base import ALLOCATORS
from evolve.answers.base import FORMS
from evolve.executors.base import EXECUTORS
from evolve.models.base import EMBEDDERS, MODELS
from evolve.plugins import Kind, Plugin
from evolve.runfile.settings import RunSettings
from evolve.sandbox.base import SANDBOXES
from evolve.strategies.base import STRATEGIES
from evolve.strategies.parts.kinds import KINDS as PARTS
from evolve.tasks.base import SCORERS
from evolve.tools.base import TOOLS
from evolve.trackers.base import TRACKERS

KINDS: Mapping[str, Kind[Any]] = {
    "Strategies": STRATEGIES,
    **{key.capitalize(): kind for key, kind in PARTS.items()},
    "Allocators": ALLOCATORS,
    "Models": MODELS,
    "Scorers": SCORERS,
    "Answer forms": FORMS,
    "Tools": TOOLS,
    "Sandboxes": SANDBOXES,
    "Embedders": EMBEDDERS,
    "Executors": EXECUTORS,
    "Trackers": TRACKERS,
}
Row: TypeAlias = tuple[str, str, str]
"""A key or option, its default and its meaning."""

ALIKE = 3
"""Options that so many plug-ins of a kind have alike are written once."""


def run_file() -> str:
    """The whole page."""
    sections = [line for section in SECTIONS for line in _section(section)]
    return "\n".join([INTRODUCTION, *sections]) + "\n"


def _section(section: Section) -> Iterator[str]:
    yield from ("", f"## {section.title}", "", *wrap(section.about, 100), "")
    yield from ("```yaml", section.example, "```", "")
    yield from _table("key", _keys(RunSettings, section.keys))
    for title in section.kinds:
        yield from ("", f"### {title}: options", "", *_plugins(KINDS[title]))


def _table(first: str, rows: Iterable[Row]) -> Iterator[str]:
    yield f"| {first} | default | meaning |"
    yield "| --- | --- | --- |"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _keys(
    model: type[BaseModel], names: tuple[str, ...] | None = None, prefix: str = ""
) -> Iterator[Row]:
    """A row for every key of a section of the run file, in the order of the names."""
    for name in names or model.model_fields:
        field = model.model_fields[name]
        inner = _inner(field)
        if inner is None:
            yield f"`{prefix}{name}`", _default(field), field.description or _choices(field)
        else:
            yield f"`{prefix}{name}`", "", _summary(inner.__doc__)
            yield from _keys(inner, prefix=f"{prefix}{name}.")
        for option in _options_of_variants(field):
            yield f"`{prefix}{name}.{option[0]}`", *option[1:]


def _plugins(kind: Kind[Any]) -> Iterator[str]:
    """The options of every plug-in of a kind; those that several have alike come first."""
    plugins = {name: kind.find(name) for name in kind.names()}
    shared = _shared(plugins)
    rows = [row for names, options in shared.items() for row in _together(names, options, plugins)]
    for name, plugin in plugins.items():
        common = {
            option for names, options in shared.items() if name in names for option in options
        }
        rows += [(f"**`{name}`**", "", _summary(plugin.__doc__))]
        rows += [_row(each, plugin) for each in plugin.model_fields if each not in common]
    yield from _table("name, options", rows)


def _shared(plugins: Mapping[str, type[Plugin]]) -> dict[tuple[str, ...], list[str]]:
    """The options that at least so many plug-ins have alike, by the names of these plug-ins."""
    having: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, plugin in plugins.items():
        for option in plugin.model_fields:
            having[_row(option, plugin)].append(name)
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for row, names in having.items():
        if len(names) >= ALIKE:
            groups[tuple(names)].append(row[0].strip("`"))
    return dict(groups)


def _together(
    names: tuple[str, ...], options: list[str], plugins: Mapping[str, type[Plugin]]
) -> Iterator[Row]:
    which = "all" if len(names) == len(plugins) else ", ".join(f"`{name}`" for name in names)
    yield f"*{which}*", "", "Options that these share:"
    yield from (_row(option, plugins[names[0]]) for option in options)


def _row(option: str, plugin: type[Plugin]) -> Row:
    field = plugin.model_fields[option]
    return f"`{option}`", _default(field), field.description or _choices(field)


def _inner(field: FieldInfo) -> type[BaseModel] | None:
    """The model of a field that is a section of its own."""
    if any(isinstance(each, Kind) for each in field.metadata) or field.discriminator:
        return None
    kinds = [each for each in (field.annotation, *get_args(field.annotation)) if _is_model(each)]
    return kinds[0] if len(kinds) == 1 and "_as_pair" not in dir(kinds[0]) else None


def _options_of_variants(field: FieldInfo) -> Iterator[Row]:
    """The options of a field that takes one of several forms, such as ``order``."""
    for variant in get_args(field.annotation) if field.discriminator else ():
        for name, option in variant.model_fields.items():
            if name != field.discriminator:
                form = variant.model_fields[str(field.discriminator)].default
                yield f"{form}.{name}", _default(option), option.description or ""


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _choices(field: FieldInfo) -> str:
    kind = next((each for each in field.metadata if isinstance(each, Kind)), None)
    return f"{', '.join(f'`{name}`' for name in kind.names())}." if kind else ""


def _default(field: FieldInfo) -> str:
    """A field's default as a person would write it in YAML."""
    if field.is_required():
        return "*required*"
    default = _plain(field.get_default(call_default_factory=True))
    if default in ("", None, [], {}):
        return ""
    text = yaml.safe_dump(
        default, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True
    )
    written = text.removesuffix("...\n").strip()
    return f"`{written}`"


def _plain(value: object) -> object:
    """A default as plain data: plug-ins as a run file writes them."""
    if isinstance(value, Plugin):
        return value.written()
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return json.loads(json.dumps(value, default=str))


def _summary(text: str | None) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((text or "").split("\n\n")[0].split()).replace("``", "`")
