"""Operators that apply the edits of other candidates: transplant and merge."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from random import Random

from search_spaces.config import SystemConfig
from search_spaces.draft import Draft
from search_spaces.edits import AddAgent, Edit, Edits, RemoveAgent, diff
from search_spaces.errors import EditError
from search_spaces.operators.landing import landed
from search_spaces.space import SearchSpace


def transplant(
    config: SystemConfig, edits: Sequence[Edit], space: SearchSpace, rng: Random
) -> Edits | None:
    """Applies edits of another candidate, as far as they fit this one.

    An edit of a missing agent applies to another one instead. Edits that remove missing parts are
    left out, and so are labels.
    """
    draft = Draft.of(config)
    here = list(draft.agents)
    _Graft(draft, lambda: rng.choice(here)).make(edits)
    return landed(config, draft, space)


def merge(
    a: SystemConfig, b: SystemConfig, ancestor: SystemConfig, space: SearchSpace
) -> Edits | None:
    """Both branches' changes since their common ancestor, as edits of the first.

    If both changed the same part, the first branch prevails.
    """
    done, other = diff(ancestor, a), diff(ancestor, b)
    settled = {edit.subject for edit in done}
    changed = {name for edit in done for name in edit.agents}
    # Added agents get fresh names if theirs are in use, so edits of them never conflict.
    added = {
        edit.agent.name
        for edit in other
        if isinstance(edit, AddAgent) and edit.subject not in settled
    }

    def is_news(edit: Edit) -> bool:
        if isinstance(edit, RemoveAgent):
            return edit.agent not in changed
        return edit.subject not in settled or not added.isdisjoint(edit.agents)

    draft = Draft.of(a)
    _Graft(draft, lambda: None).make(filter(is_news, other))
    return landed(a, draft, space)


class _Graft:
    """Applies edits to a draft whose agents may have other names, or be missing."""

    def __init__(self, draft: Draft, stand_in: Callable[[], str | None]) -> None:
        self.draft = draft
        self.stand_in = stand_in
        self.names: dict[str, str | None] = {}

    def make(self, edits: Iterable[Edit]) -> None:
        for edit in edits:
            if isinstance(edit, AddAgent):
                self.names[edit.agent.name] = self.draft.add(edit.agent).name
            elif fitting := edit.carried_over(self):
                with suppress(EditError):
                    fitting.apply(self.draft)

    def known(self, name: str | None) -> str | None:
        """See `Names.known`."""
        name = self.names.get(name, name) if name else None
        return name if name in self.draft.agents else None

    def found(self, name: str) -> str | None:
        """See `Names.found`."""
        if not self.known(name):
            self.names[name] = self.stand_in()
        return self.known(name)
