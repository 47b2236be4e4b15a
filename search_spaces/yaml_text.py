"""Reads and writes YAML as plain data, with tight limits for untrusted text.

Data means mappings, lists, texts, numbers, true, false and null: no tags, so no objects, dates or
sets. Scalars are read by the rules of YAML 1.2, so ``no`` is a text and ``1e-3`` a number.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml
from pydantic import ValidationError
from yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent

from search_spaces.config import SystemConfig
from search_spaces.errors import ConfigError, explain

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML was built without libyaml
    from yaml import SafeLoader  # type: ignore[assignment]

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 64
"""Deeper text would overflow the C loader's stack, so this holds for trusted text too."""

DEPLOYMENT = "deployment"
"""The key of a system file with what an export adds for use elsewhere; no part of the system."""

LONG = 90
"""Longer lines are folded."""

_MERGE = "tag:yaml.org,2002:merge"
_WORDS = {
    "tag:yaml.org,2002:null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "tag:yaml.org,2002:bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "tag:yaml.org,2002:int": (r"[-+]?(0|[1-9][0-9]{0,29})", list("-+0123456789")),
    "tag:yaml.org,2002:float": (
        r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?"
        r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        list("-+0123456789."),
    ),
    _MERGE: (r"<<", ["<"]),
}
_PLAIN_TAGS = {None, "!", *(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))}


class _Loader(SafeLoader):
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own way

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag == _MERGE:
                continue
            if key.tag != "tag:yaml.org,2002:str":
                raise _Refusal("a key must be a text; put it in quotes", key)
            if key.value in seen:
                raise _Refusal(f"the key {key.value!r:.80} is there twice", key)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class _Writer(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        return True


class _OneLine(dict[str, Any]):
    """A mapping to write as ``{key: value}``."""


def _one_line(writer: yaml.SafeDumper, value: _OneLine) -> yaml.MappingNode:
    return writer.represent_mapping("tag:yaml.org,2002:map", value, flow_style=True)


def _text(writer: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    if re.search("[\x85\u2028\u2029\ufeff]", value):
        style: str | None = '"'  # other styles would lose these line ends
    elif any(len(line) > LONG for line in value.split("\n")):
        style = ">"
    else:
        style = "|" if "\n" in value else None
    return writer.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Writer.add_representer(str, _text)
_Writer.add_representer(_OneLine, _one_line)
for _tag, (_pattern, _first) in _WORDS.items():
    for _class in (_Loader, _Writer):
        _class.add_implicit_resolver(_tag, re.compile(rf"(?:{_pattern})\Z"), _first)


class _Refusal(yaml.MarkedYAMLError):
    def __init__(self, problem: str, place: Any) -> None:  # noqa: ANN401 - an event or a node
        super().__init__(problem=problem, problem_mark=place.start_mark)


def read_mapping(text: str | bytes, where: str, *, trusted: bool = False) -> dict[str, Any]:
    """Reads the mapping that YAML (or JSON) text describes.

    Args:
        text: One document; bytes are read as UTF-8.
        where: The file or object that the text came from, as a person would name it.
        trusted: Whether the text is the user's own: it may then use anchors and be any length.

    Raises:
        ConfigError: It does not; one line says what is wrong and where.
    """
    try:
        text = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        _check_events(text, trusted)
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a subclass of the safe loader
    except UnicodeError:
        raise ConfigError(f"{where}: not a text file; expected YAML in UTF-8") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{where}: {_in_one_line(error)}") from None
    if not isinstance(data, dict):
        found = "nothing" if data is None else "a list" if isinstance(data, list) else "one value"
        raise ConfigError(f"{where}: expected a mapping (`key: value` lines), found {found}")
    return data


def parse_system(text: str | bytes, where: str) -> SystemConfig:
    """Reads a system file, which may be untrusted.

    Raises:
        ConfigError: It does not describe a working system; one line says what is wrong and where.
    """
    try:
        data = read_mapping(text, where)
        data.pop(DEPLOYMENT, None)
        return SystemConfig.model_validate(data)
    except ValidationError as error:
        raise explain(error, where) from None


def write_system(config: SystemConfig) -> str:
    """The system as a file for people: without defaults, in the order of the schema."""
    data = config.model_dump(mode="json", exclude_defaults=True)
    if "edges" in data:
        data["edges"] = [_OneLine(edge) for edge in data["edges"]]
    short = {key: _OneLine(data[key]) for key in ("stop", "answer", "delegation") if key in data}
    return write_mapping(data | short)


def write_mapping(data: dict[str, Any]) -> str:
    """Plain data as YAML: keys in the order given, texts of several lines as blocks."""
    return yaml.dump(data, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=100)


def _check_events(text: str, trusted: bool) -> None:
    """Refuses anything but plain data, before objects are built."""
    if not trusted and len(text) > MAX_CHARACTERS:
        raise yaml.YAMLError(f"{len(text):,} characters, more than the {MAX_CHARACTERS:,} allowed")
    try:
        _check_each(yaml.parse(text, Loader=SafeLoader), trusted)
    except yaml.YAMLError as error:
        # The C loader scans ahead, so its own limit of nesting can come first, at another place.
        if isinstance(error, _Refusal) or "maximum nesting depth" not in str(error):
            raise
        _check_each(yaml.parse(text, Loader=yaml.SafeLoader), trusted)


def _check_each(events: Iterator[yaml.Event], trusted: bool) -> None:
    depth = 0
    for event in events:
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise _Refusal(f"nested more than {MAX_DEPTH} levels deep", event)
        if isinstance(event, NodeEvent) and event.anchor is not None and not trusted:
            kind = "alias" if isinstance(event, AliasEvent) else "anchor"
            raise _Refusal(f"the {kind} {event.anchor!r:.80}; here, write the value out", event)
        tag = getattr(event, "tag", None)
        if tag not in _PLAIN_TAGS:
            raise _Refusal(f"the tag {tag!r:.80}; only plain values are read", event)


def _in_one_line(error: yaml.YAMLError) -> str:
    if not isinstance(error, yaml.MarkedYAMLError):
        return " ".join(str(error).split())
    problem = " ".join(part for part in (error.problem, error.context) if part)
    mark = error.problem_mark or error.context_mark
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}" if mark else problem
