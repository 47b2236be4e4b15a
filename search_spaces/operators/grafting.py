"""Operators that carry edits over: from any other candidate, or from another branch."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from random import Random

from search_spaces.config import SystemConfig
from search_spaces.draft import Draft
from search_spaces.edits import (
    AddAgent,
    AddEdge,
    Edit,
    Edits,
    RemoveAgent,
    RemoveEdge,
    SetAnswer,
    SetDelegation,
    SetLabel,
    SetParameter,
    SetRounds,
    SetRoute,
    change,
    diff,
)
from search_spaces.errors import EditError
from search_spaces.operators.landing import landed
from search_spaces.space import SearchSpace


def transplant(
    config: SystemConfig, edits: Sequence[Edit], space: SearchSpace, rng: Random
) -> Edits | None:
    """Applies edits that helped another candidate, as far as they fit this one.

    Where an edit changes an agent that is not here, one that is stands in for it. Edits that take
    away what is not here are left out, and so are labels.
    """
    draft = Draft.of(config)
    here = list(draft.agents)
    _Graft(draft, lambda: rng.choice(here)).make(edits)
    return landed(config, draft, space)


def merge(
    a: SystemConfig, b: SystemConfig, ancestor: SystemConfig, space: SearchSpace
) -> Edits | None:
    """Both branches' changes since their common ancestor, as edits of the first.

    Where both changed the same thing, the first branch prevails.
    """
    done, other = diff(ancestor, a), diff(ancestor, b)
    settled = {_subject(edit) for edit in done}
    changed = {name for edit in done for name in _agents_of(edit)}
    # These will go by fresh names if theirs are taken, so what is said of them is no conflict.
    added = {
        edit.agent.name
        for edit in other
        if isinstance(edit, AddAgent) and _subject(edit) not in settled
    }

    def is_news(edit: Edit) -> bool:
        if isinstance(edit, RemoveAgent):
            return edit.agent not in changed
        return _subject(edit) not in settled or not added.isdisjoint(_agents_of(edit))

    draft = Draft.of(a)
    _Graft(draft, lambda: None).make(filter(is_news, other))
    return landed(a, draft, space)


class _Graft:
    """Makes edits to a draft that may know their agents by other names, or not at all."""

    def __init__(self, draft: Draft, stand_in: Callable[[], str | None]) -> None:
        self.draft = draft
        self.stand_in = stand_in
        self.names: dict[str, str | None] = {}

    def make(self, edits: Iterable[Edit]) -> None:
        for edit in edits:
            if isinstance(edit, AddAgent):
                self.names[edit.agent.name] = self.draft.add(edit.agent).name
            elif addressed := self._address(edit):
                with suppress(EditError):
                    change(self.draft, addressed)

    def _known(self, name: str | None) -> str | None:
        """What an agent is called here; None if it is not here."""
        name = self.names.get(name, name) if name else None
        return name if name in self.draft.agents else None

    def _found(self, name: str) -> str | None:
        """What an agent, or whoever stands in for it, is called here."""
        if not self._known(name):
            self.names[name] = self.stand_in()
        return self._known(name)

    def _address(self, edit: Edit) -> Edit | None:
        """The edit with agents called as they are here; None if it has no place here."""
        if isinstance(edit, SetLabel | AddAgent):
            return None
        if isinstance(edit, SetDelegation):
            return edit
        if isinstance(edit, SetAnswer):
            answer = edit.answer
            sources = tuple(here for name in answer.sources if (here := self._known(name)))
            changes = {"sources": sources, "by": self._known(answer.by)}
            return SetAnswer(answer=answer.model_copy(update=changes))
        if isinstance(edit, SetRounds):
            stop = edit.stop.model_copy(update={"by": self._known(edit.stop.by)})
            return SetRounds(rounds=edit.rounds, stop=stop)
        find = self._known if isinstance(edit, RemoveAgent | RemoveEdge | SetRoute) else self._found
        joins = isinstance(edit, AddEdge | RemoveEdge | SetRoute)
        ends = ("source", "target") if joins else ("agent",)
        names = {end: find(getattr(edit, end)) for end in ends}
        return None if None in names.values() else edit.model_copy(update=names)


def _subject(edit: Edit) -> tuple[str, ...]:
    """What an edit is about; two edits about the same thing conflict."""
    if isinstance(edit, AddEdge | RemoveEdge):
        return "edge", edit.source, edit.target, edit.kind
    if isinstance(edit, SetParameter):
        return "parameter", edit.agent, edit.parameter
    if isinstance(edit, SetRoute):
        return "route", edit.source, edit.target
    if isinstance(edit, AddAgent):
        return "agent", edit.agent.model_dump_json()
    if isinstance(edit, SetRounds | SetAnswer | SetLabel | SetDelegation):
        return (edit.edit,)
    return edit.edit, edit.agent


def _agents_of(edit: Edit) -> tuple[str, ...]:
    if isinstance(edit, AddEdge | RemoveEdge | SetRoute):
        return edit.source, edit.target
    if isinstance(edit, SetRounds | SetAnswer | SetLabel | SetDelegation | AddAgent):
        return ()
    return (edit.agent,)
