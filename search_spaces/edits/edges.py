"""Edits that add and remove edges and change what opens a route."""

from collections.abc import Iterable
from typing import Literal, Self

from pydantic import Field

from search_spaces.config import Edge, SystemConfig
from search_spaces.draft import Draft
from search_spaces.edits.base import Edit, Names, SystemEdit, existing
from search_spaces.errors import EditError
from search_spaces.routes import Condition
from search_spaces.wiring import EdgeKey, EdgeKind
from search_spaces.wording import condition_in_words


class _EdgeEdit(SystemEdit):
    """A change of the edge between two agents."""

    source: str
    target: str

    def carried_over(self, names: Names) -> Self | None:
        """See `Edit.carried_over`; an edge that is changed or removed has to be there."""
        return self._between(names.known(self.source), names.known(self.target))

    @property
    def agents(self) -> tuple[str, ...]:
        """See `Edit.agents`."""
        return self.source, self.target

    def _between(self, source: str | None, target: str | None) -> Self | None:
        if source is None or target is None:
            return None
        return self.model_copy(update={"source": source, "target": target})


class RemoveEdge(_EdgeEdit):
    """Removes an edge."""

    edit: Literal["remove_edge"] = "remove_edge"
    source: str
    target: str
    kind: EdgeKind

    @classmethod
    def between(cls, before: SystemConfig, after: SystemConfig) -> Iterable[Edit]:
        """See `SystemEdit.between`; the edges of removed agents go with them."""
        names, kept = {agent.name for agent in after.agents}, set(after.edge_keys)
        return [
            cls(source=source, target=target, kind=kind)
            for source, target, kind in before.edge_keys
            if (source, target, kind) not in kept and {source, target} <= names
        ]

    def apply(self, draft: Draft) -> None:
        """See `Edit.apply`."""
        key = (self.source, self.target, self.kind)
        if key not in draft.edges:
            raise EditError(f"there is no {self.kind} edge {self.source} → {self.target}")
        draft.edges.remove(key)

    def describe(self, draft: Draft) -> str:
        """See `Edit.describe`."""
        return f"− {_arrow((self.source, self.target, self.kind))}"

    @property
    def subject(self) -> tuple[str, ...]:
        """See `Edit.subject`."""
        return "edge", self.source, self.target, self.kind


class AddEdge(_EdgeEdit):
    """Adds an edge."""

    edit: Literal["add_edge"] = "add_edge"
    source: str
    target: str
    kind: EdgeKind
    when: Condition = Field(default="", description="What opens it, if it is a route.")

    @classmethod
    def between(cls, before: SystemConfig, after: SystemConfig) -> Iterable[Edit]:
        """See `SystemEdit.between`."""
        known = set(before.edge_keys)
        return [
            cls(source=edge.source, target=edge.target, kind=edge.kind, when=edge.when)
            for edge in after.edges
            if edge.key not in known
        ]

    def apply(self, draft: Draft) -> None:
        """See `Edit.apply`."""
        for end in self.agents:
            existing(draft, end)
        key = (self.source, self.target, self.kind)
        if key in draft.edges:
            raise EditError(f"there is already a {self.kind} edge {self.source} → {self.target}")
        if self.when and self.kind != "route":
            raise EditError("only a route edge takes `when`")
        draft.edges.add(key)
        if self.kind == "route":
            draft.conditions[key[:2]] = self.when

    def describe(self, draft: Draft) -> str:
        """See `Edit.describe`."""
        when = f" {condition_in_words(self.when)}" if self.kind == "route" else ""
        return f"+ {_arrow((self.source, self.target, self.kind))}{when}"

    def carried_over(self, names: Names) -> Self | None:
        """See `Edit.carried_over`."""
        return self._between(names.found(self.source), names.found(self.target))

    @property
    def subject(self) -> tuple[str, ...]:
        """See `Edit.subject`."""
        return "edge", self.source, self.target, self.kind


class SetRoute(_EdgeEdit):
    """Changes what opens a route."""

    edit: Literal["set_route"] = "set_route"
    source: str
    target: str
    when: Condition

    @classmethod
    def between(cls, before: SystemConfig, after: SystemConfig) -> Iterable[Edit]:
        """See `SystemEdit.between`."""
        old: dict[EdgeKey, Edge] = {edge.key: edge for edge in before.edges}
        return [
            cls(source=edge.source, target=edge.target, when=edge.when)
            for edge in after.edges
            if edge.key in old and old[edge.key].when != edge.when
        ]

    def apply(self, draft: Draft) -> None:
        """See `Edit.apply`."""
        if (self.source, self.target, "route") not in draft.edges:
            raise EditError(f"there is no route edge {self.source} → {self.target}")
        draft.conditions[self.source, self.target] = self.when

    def describe(self, draft: Draft) -> str:
        """See `Edit.describe`."""
        old = condition_in_words(draft.condition((self.source, self.target, "route")))
        return f"{self.source} ⇢ {self.target}: {old} → {condition_in_words(self.when)}"

    @property
    def subject(self) -> tuple[str, ...]:
        """See `Edit.subject`."""
        return "route", self.source, self.target


def _arrow(edge: EdgeKey) -> str:
    source, target, kind = edge
    return f"{source} → {target}" + ("" if kind == "message" else f" {kind}")
