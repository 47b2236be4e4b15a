"""The recorded answers of independent agents, task by task.

An agent without incoming edges answers a task the same in any team. So its answers, alone or in a
vote, predict the outcome of any other vote with it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from archive.records import Candidate
from evolve.standings import Floats
from evolve.standings.view import ArchiveView, Example
from search_spaces.config import Agent, AnswerMode, SystemConfig

VOTES: tuple[AnswerMode, ...] = ("weighted_vote", "vote")
"""The answer modes that count voices."""

UNHEARD, SILENT = -1, -2
"""In place of an answer's number: not asked, and asked without an answer."""

OUTVOTED = 0.15
"""How often a voice that lost against a wrong answer is right."""


def member_of(agent: Agent) -> Agent:
    """An agent as a member of a team: without what only matters in one team."""
    return agent.model_copy(update={"name": "member", "weight": 1.0})


def votes_freely(config: SystemConfig) -> bool:
    """Whether all agents answer once without incoming edges and, if there are several, vote."""
    agents = config.agents
    alone = not config.edges and all(agent.samples == 1 for agent in agents)
    return alone and (len(agents) == 1 or config.answer.mode in VOTES)


@dataclass(frozen=True)
class Ballots:
    """The answers of the members of a team.

    Attributes:
        members: The members.
        answers: The number of each member's answer among those to a task, UNHEARD or SILENT, shape
            (members, tasks).
        scores: Of each answer, by its number, 0 to 1; expected where it only lost votes; shape
            (tasks, answers).
    """

    members: tuple[Agent, ...]
    answers: NDArray[np.int64]
    scores: Floats

    def of(self, members: NDArray[np.int64]) -> "Ballots":
        """What some of them answered."""
        return Ballots(
            tuple(self.members[member] for member in members),
            self.answers[members],
            self.scores,
        )

    @property
    def heard(self) -> NDArray[np.bool_]:
        """Which members were asked which task, shape (members, tasks)."""
        heard: NDArray[np.bool_] = self.answers != UNHEARD
        return heard

    @property
    def own(self) -> Floats:
        """The score of each member's answer, 0 where there is none, shape (members, tasks)."""
        scores = self.scores[np.arange(self.answers.shape[1]), self.answers]
        own: Floats = np.where(self.answers >= 0, scores, 0.0)
        return own


def read_ballots(view: ArchiveView) -> Ballots:
    """Collects what agents answered by themselves, from all that the view remembers."""
    members: dict[Agent, int] = {}
    numbers: dict[str, dict[str, int]] = {}
    scored: dict[tuple[str, str], list[float]] = {}
    voices: list[tuple[int, str, str]] = []
    for candidate in view.evaluated:
        if not votes_freely(candidate.config):
            continue
        voters = _voters(candidate)
        for example, answer, said in _answered(view, candidate):
            task = example.task.id
            if answer:
                scored.setdefault((task, answer), []).append(example.score.value)
            for name, member in voters:
                place = members.setdefault(member, len(members))
                voices.append((place, task, said.get(name, "")))
                numbers.setdefault(task, {})
    for _, task, answer in voices:
        if answer:
            known = numbers[task]
            known.setdefault(answer, len(known))
    return _tabulated(tuple(members), numbers, scored, voices)


def _voters(candidate: Candidate) -> list[tuple[str, Agent]]:
    """The agents by name; of those that are alike each is another draw, so none is counted."""
    voters = [(agent.name, member_of(agent)) for agent in candidate.config.agents]
    alike = Counter(member for _, member in voters)
    return [(name, member) for name, member in voters if alike[member] == 1]


def _answered(
    view: ArchiveView, candidate: Candidate
) -> Iterator[tuple[Example, str, dict[str, str]]]:
    """What a candidate and its agents answered, where it was kept."""
    for example in view.examples(candidate.number):
        if (answers := example.answers) is not None:
            yield example, answers.system, dict(answers.agents)


def _tabulated(
    members: tuple[Agent, ...],
    numbers: dict[str, dict[str, int]],
    scored: dict[tuple[str, str], list[float]],
    voices: list[tuple[int, str, str]],
) -> Ballots:
    column = {task: place for place, task in enumerate(numbers)}
    width = max((len(known) for known in numbers.values()), default=0)
    answers = np.full((len(members), len(numbers)), UNHEARD)
    for place, task, answer in voices:
        answers[place, column[task]] = numbers[task][answer] if answer else SILENT
    scores = np.zeros((len(numbers), width))
    for task, known in numbers.items():
        means = {key: _mean(scored.get((task, key))) for key in known}
        best = max((mean for mean in means.values() if mean is not None), default=0.0)
        for key, mean in means.items():
            expected = OUTVOTED * (1.0 - best) if mean is None else mean
            scores[column[task], known[key]] = expected
    return Ballots(members, answers, scores)


def _mean(values: list[float] | None) -> float | None:
    return sum(values) / len(values) if values else None
