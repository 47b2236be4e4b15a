"""Whether a reply holds: what it proposes must work, be new and allowed, and quote no task."""

from collections.abc import Sequence
from typing import NamedTuple

from archive.records import Candidate
from evolve.meta.reading import read_edits, read_system
from evolve.standings.view import ArchiveView, Example
from search_spaces.config import SystemConfig
from search_spaces.edits import Edits, apply, diff
from search_spaces.errors import ConfigError
from search_spaces.text import shown

QUOTED_CHARACTERS = 40
"""A task of at least so many characters may not stand in a prompt or a worked example."""

VIOLATIONS_TOLD = 4


class Child(NamedTuple):
    """A proposal that holds: a new configuration of the space, and what led to it."""

    config: SystemConfig
    edits: Edits
    rationale: str


class Checks:
    """Reads a reply and sees that what it proposes is new, allowed and quotes no task."""

    def __init__(
        self,
        view: ArchiveView,
        parent: Candidate,
        shown: Sequence[Example],
        only: Sequence[str] = (),
    ) -> None:
        """Reads nothing yet.

        Args:
            view: The space and the known candidates.
            parent: The system that edits are applied to.
            shown: The examples whose tasks the meta-agent has seen.
            only: The kinds of edits that are taken; none named: all.
        """
        self._view = view
        self._parent = parent
        self._only = only
        before = _texts(parent.config)
        tasks = {_plain(example.task.text) for example in shown}
        self._unquotable = [
            task for task in sorted(tasks) if len(task) >= QUOTED_CHARACTERS and task not in before
        ]

    def edits(self, text: str) -> Child:
        """The child that a reply with edits makes.

        Raises:
            ConfigError: It makes none.
        """
        rationale, proposed = read_edits(text)
        edits = tuple(each for each in proposed if not self._only or each.edit in self._only)
        if proposed and not edits:
            raise ConfigError(f"propose only edits of these kinds: {', '.join(self._only)}")
        config = apply(self._parent.config, edits)
        return self._checked(Child(config, edits, rationale))

    def system(self, text: str) -> Child:
        """The child that a reply with a whole system makes; raises like `edits`."""
        rationale, config = read_system(text)
        return self._checked(Child(config, diff(self._parent.config, config), rationale))

    def _checked(self, child: Child) -> Child:
        if found := self._view.space.check(child.config):
            raise ConfigError("; ".join(found[:VIOLATIONS_TOLD]))
        known = self._view.find(child.config)
        if known is not None and known.number == self._parent.number:
            raise ConfigError("this changes nothing; propose something new")
        if known is not None:
            score = float(self._view.mean[known.number])
            raise ConfigError(
                f"this is candidate {known.number} again, believed to score {score:.3f}; "
                "propose something new"
            )
        texts = _texts(child.config)
        for task in self._unquotable:
            if task in texts:
                raise ConfigError(
                    f"it quotes a task ({shown(task, 40)!r}); systems are compared on these tasks, "
                    "so say what holds for all tasks of their kind"
                )
        return child


def _texts(config: SystemConfig) -> str:
    """All texts that a system's agents are given."""
    return "\n".join(
        _plain(text)
        for agent in config.agents
        for text in (agent.prompt, *(each.question for each in agent.demonstrations))
    )


def _plain(text: str) -> str:
    return " ".join(text.split())
