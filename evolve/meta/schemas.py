"""What a reply has to look like: JSON Schemas in the subset that strict endpoints take.

Such endpoints want every key required and no other keys, and support neither ``oneOf``,
``discriminator``, ``default``, ``pattern`` nor open maps. What the space does not search is left
out of the schema, and what it allows is listed, so that little can go wrong.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

from pydantic import Field

from search_spaces.config import Agent, Answer, Delegation, Edge, Stop
from search_spaces.edits import EDIT_KINDS, Edit
from search_spaces.frozen import Frozen
from search_spaces.limits import Limits

Schema: TypeAlias = dict[str, Any]

_KEPT = ("type", "enum", "description")
_NONE = re.compile(r"`*\bNone\b`*")


class EditsReply(Frozen):
    """Edits to the system that is shown."""

    rationale: str = Field(description="What goes wrong and why these edits should help; short.")
    edits: tuple[Edit, ...] = Field(description="Applied in this order.")


class ProposedSystem(Frozen):
    """A whole system."""

    name: str = Field(description="A label of a few words for people.")
    agents: tuple[Agent, ...]
    edges: tuple[Edge, ...]
    rounds: int = Field(description="At least 2 with feedback edges, else 1.")
    stop: Stop
    answer: Answer
    delegation: Delegation


class SystemReply(Frozen):
    """A whole new system."""

    rationale: str = Field(description="Why this system should do better; short.")
    system: ProposedSystem


def edits_schema(space: Limits, only: Sequence[str] = ()) -> Schema:
    """The schema of a reply that proposes edits, of some kinds only if any are named."""
    return _strict(EditsReply, space, EDIT_KINDS - {*only} if only else frozenset())


def system_schema(space: Limits) -> Schema:
    """The schema of a reply that proposes a whole system."""
    return _strict(SystemReply, space)


def _strict(reply: type[Frozen], space: Limits, without: frozenset[str] = frozenset()) -> Schema:
    whole = _whole(reply)
    writer = _Writer(whole["$defs"], _choices(space), _left_out(space) | without)
    return {"title": reply.__name__, **writer.write(whole)}


@cache
def _whole(reply: type[Frozen]) -> Schema:
    """The schema that pydantic derives for a reply; cached because it is slow to derive.

    A model proposes worked examples without their origin.
    """
    schema = reply.model_json_schema()
    for origin in ("source", "domain"):
        del schema["$defs"]["Demonstration"]["properties"][origin]
    return schema


class _Writer:
    """Writes a pydantic schema anew, within the subset."""

    def __init__(
        self,
        definitions: Mapping[str, Schema],
        choices: Mapping[str, tuple[str, ...]],
        left_out: frozenset[str],
    ) -> None:
        self._definitions = definitions
        self._choices = choices
        self._left_out = left_out

    def write(self, schema: Mapping[str, Any]) -> Schema:
        if reference := schema.get("$ref"):
            return self.write(self._definitions[reference.rpartition("/")[2]])
        written = {key: schema[key] for key in _KEPT if key in schema}
        if "description" in written:
            written["description"] = _in_json_terms(written["description"])
        if "const" in schema:
            written["enum"] = [schema["const"]]
        for several in ("anyOf", "oneOf"):
            if several in schema:
                written["anyOf"] = [self.write(one) for one in schema[several] if self._wanted(one)]
        if "items" in schema:
            written["items"] = self.write(schema["items"])
        if "properties" in schema:
            written["properties"] = {
                name: self._property(name, part)
                for name, part in schema["properties"].items()
                if name not in self._left_out
            }
            written["required"] = list(written["properties"])
            written["additionalProperties"] = False
        return written

    def _property(self, name: str, schema: Mapping[str, Any]) -> Schema:
        """A property, with its values where the space lists them."""
        if name not in self._choices:
            return self.write(schema)
        about = {}
        if "description" in schema:
            about["description"] = _in_json_terms(schema["description"])
        options: list[Schema] = []
        one = {"type": "string", "enum": list(self._choices[name])}
        if schema.get("type") == "array":
            options.append({"type": "array", "items": one})
        elif self._choices[name]:
            options.append(one)
        if {"type": "null"} in schema.get("anyOf", ()):
            options.append({"type": "null"})
        return about | (options[0] if len(options) == 1 else {"anyOf": options})

    def _wanted(self, schema: Mapping[str, Any]) -> bool:
        """Whether the space has a use for an edit; anything else is wanted."""
        edit = self._definitions.get(schema.get("$ref", "").rpartition("/")[2], {})
        tag = edit.get("properties", {}).get("edit", {}).get("const")
        return tag not in self._left_out


def _in_json_terms(description: str) -> str:
    """A one-line description for the author of the JSON."""
    return _NONE.sub("null", " ".join(description.split()))


def _choices(space: Limits) -> dict[str, tuple[str, ...]]:
    """The values of properties, by their names."""
    parameters = {
        "temperature": True,
        "samples": True,
        "max_tokens": space.max_tokens is not None,
        "effort": bool(space.efforts),
        "weight": "weighted_vote" in space.answers,
        "memory": bool(space.memories),
        "nearest_examples": space.max_demonstrations > 0,
    }
    return {
        "model": space.models,
        "effort": space.efforts,
        "tool": space.tools,
        "tools": space.tools,
        "kind": space.edges,
        "memory": space.memories,
        "mode": space.answer_modes,
        "rule": space.stops if space.allows_feedback else ("never",),
        "parameter": tuple(name for name, searched in parameters.items() if searched),
    }


def _left_out(space: Limits) -> frozenset[str]:
    """The names of properties and edits that the space has no use for."""
    unused = {"top_p", "set_label"}
    if not space.models:
        unused |= {"set_model"}
    if space.max_tokens is None:
        unused |= {"max_tokens"}
    if not space.efforts:
        unused |= {"effort"}
    if "weighted_vote" not in space.answers:
        unused |= {"weight"}
    if not space.max_demonstrations:
        unused |= {"demonstrations", "nearest_examples"}
        unused |= {kind for kind in EDIT_KINDS if "demonstration" in kind}
    if not space.tools:
        unused |= {"tools", "add_tool", "remove_tool"}
    if not space.edges:
        unused |= {"edges", "add_edge", "remove_edge"}
    if "delegate" not in space.edges:
        unused |= {"delegation", "set_delegation"}
    if "route" not in space.edges:
        unused |= {"when", "set_route"}
    if not space.memories:
        unused |= {"memory"}
    if not space.allows_feedback:
        unused |= {"set_rounds", "rounds", "stop"}
    return frozenset(unused)
