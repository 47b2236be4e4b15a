"""Plug-ins are found by their file's name, or by a dotted path, and write themselves back."""

from typing import Annotated

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from evolve.allocators.base import ALLOCATORS, Allocator
from evolve.executors.base import EXECUTORS
from evolve.models.base import EMBEDDERS, MODELS
from evolve.plugins import Kind, Plugin
from evolve.sandbox.base import SANDBOXES
from evolve.strategies.base import STRATEGIES
from evolve.tasks.base import SCORERS
from evolve.tools.base import TOOLS
from evolve.trackers.base import TRACKERS
from search_spaces.errors import ConfigError

KINDS: list[Kind[Plugin]] = [
    ALLOCATORS,
    EXECUTORS,
    EMBEDDERS,
    MODELS,
    STRATEGIES,
    SCORERS,
    TOOLS,
    SANDBOXES,
    TRACKERS,
]  # type: ignore[list-item]
EVERY = [(kind, name) for kind in KINDS for name in kind.names()]


class Holder(BaseModel):
    allocator: Annotated[Allocator, ALLOCATORS] = ALLOCATORS.default("full")


@pytest.mark.parametrize(("kind", "name"), EVERY, ids=[name for _, name in EVERY])
def test_every_plug_in_is_found_named_and_explained(kind: Kind[Plugin], name: str) -> None:
    plugin = kind.find(name)
    assert issubclass(plugin, kind.base)
    assert plugin.plugin_name() == name
    assert plugin.__doc__
    schema = plugin.model_json_schema()
    undescribed = [
        option
        for option, about in schema.get("properties", {}).items()
        if "description" not in about and "$ref" not in about
    ]
    assert not undescribed, f"options without a description: {undescribed}"


def test_a_plug_in_is_written_as_it_is_read() -> None:
    for written in ("full", {"racing": {"z": 3.0}}):
        holder = Holder.model_validate({"allocator": written})
        assert holder.model_dump(mode="json")["allocator"] == written


def test_a_third_partys_class_is_found_by_its_path() -> None:
    path = "evolve.allocators.racing:Racing"
    holder = Holder.model_validate({"allocator": {path: {"epsilon": 0.1}}})
    assert holder.allocator.model_dump()["epsilon"] == 0.1


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("racin", "unknown allocator 'racin'; did you mean 'racing'\\? known: .*full"),
        ("no.such.module:Thing", "cannot be loaded: No module named 'no'"),
        ("evolve.allocators.racing:Nothing", "has no Allocator class"),
        ({"racing": {"zz": 1}}, "Extra inputs"),
        ({"racing": {}, "full": {}}, "expected a name or"),
        (7, "expected a name or"),
    ],
)
def test_a_class_that_is_no_plug_in_is_refused(written: object, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Holder.model_validate({"allocator": written})


def test_the_schema_names_every_plug_in() -> None:
    schema = str(TypeAdapter(Holder).json_schema())
    assert all(name in schema for name in ALLOCATORS.names())


def test_an_unknown_name_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match="unknown strategy"):
        STRATEGIES.find("nothing_like_it_at_all")
