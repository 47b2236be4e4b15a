"""The expected outcome of a vote among given members, and the choice of members.

Ensemble selection: members are added one by one, each time the one with which the team is expected
to score best on the tasks that were answered (Caruana, Niculescu-Mizil, Crew & Ksikes, "Ensemble
selection from libraries of models", 2004). Three things keep it from fitting noise, which plain
majorities on a few hundred tasks invite:

- An answer wins with the softmax of its votes, as if every voice were a little uncertain. So a
  member that widens a majority counts, not only one that turns a tie.
- A member that was not asked a task is right there with the chance that its accuracy and the
  task's difficulty say.
- Unseen tasks count too, as if `UNSEEN` of them were to come.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evolve.standings import Floats
from evolve.strategies.parts.proposers._ballots import Ballots

CHOOSING = 0.25
"""What share of a full team's votes makes an answer e times as likely while members are chosen."""

COMPARING = 0.25
"""How many votes do so when teams are compared: near a plain count, or large teams, whose votes are
never unanimous, would look worse than small ones."""

UNSEEN = 100.0
"""How many unseen tasks are assumed besides those that were answered."""

SWAPS = 14
"""How many members, one after another, are replaced by a better one if there is one."""

SWEEPS = 12
"""Passes of the two-way fit of accuracies and difficulties."""


class Accuracy(NamedTuple):
    """What is believed of members: mean accuracy and its deviation, shape (members,)."""

    mean: Floats
    deviation: Floats
    ease: Floats
    """How much easier each task is than the average one, shape (tasks,)."""


def accuracy(ballots: Ballots) -> Accuracy:
    """Fits accuracy + ease to the scores of what members answered, both shrunk to the mean.

    The additive two-way model, with a prior worth three tasks for a member and one member for a
    task, so that harder tasks do not count against a member.
    """
    heard, own = ballots.heard, ballots.own
    asked = heard.sum(axis=1)
    centre = float(own[heard].mean()) if heard.any() else 0.5
    ability, ease = np.zeros(len(own)), np.zeros(own.shape[1])
    for _ in range(SWEEPS):
        rest = np.where(heard, own - centre - ability[:, None], 0.0)
        ease = rest.sum(axis=0) / (heard.sum(axis=0) + 1.0)
        rest = np.where(heard, own - centre - ease[None, :], 0.0)
        ability = rest.sum(axis=1) / (asked + 3.0)
    mean = np.clip(centre + ability, 0.02, 0.98)
    return Accuracy(mean, np.sqrt(mean * (1.0 - mean) / (asked + 3.0)), ease)


class Election:
    """Expected scores of teams, given what members answered and how accurate they are."""

    def __init__(self, ballots: Ballots, ease: Floats, accurate: Floats) -> None:
        """Prepares every member's votes.

        Args:
            ballots: What was answered.
            ease: How much easier each task is than the average one, shape (tasks,).
            accurate: Every member's accuracy, shape (members,).
        """
        answers, heard = ballots.answers, ballots.heard
        tasks, width = ballots.scores.shape
        # One more answer than were given: the right one, where no member found it.
        self.scores = np.concatenate([ballots.scores, np.ones((tasks, 1))], axis=1)
        found = ballots.scores.max(axis=1, initial=0.0) > 0.5
        right = np.where(found, ballots.scores.argmax(axis=1) if width else 0, width)
        self.heard = heard
        self.accurate = accurate
        self.chance = np.clip(accurate[:, None] + ease[None, :], 0.02, 0.98)
        """Of a right answer, shape (members, tasks)."""
        self.votes = np.zeros((len(answers), tasks, width + 1))
        """Expected votes of members for answers, shape (members, tasks, answers)."""
        member, task = np.nonzero(answers >= 0)
        self.votes[member, task, answers[member, task]] = 1.0
        self.votes[:, np.arange(tasks), right] += np.where(heard, 0.0, self.chance)

    def value(self, team: NDArray[np.int64], weights: Floats) -> float:
        """The expected score of a team of these members, whose voices weigh so much."""
        count = _Count.of(self, team, weights / COMPARING).total()
        return float(self._values(count)[0])

    def best(self, most: int, weights: Floats) -> NDArray[np.int64]:
        """The team of at most so many members that is expected to score best.

        Args:
            most: How many members it may have.
            weights: Of every member's voice, shape (members,).
        """
        everyone = np.arange(len(self.votes))
        voices = _Count.of(self, everyone, weights / (CHOOSING * most))

        def next_to(others: list[int]) -> int:
            free = np.setdiff1d(everyone, others)
            before = voices.of_members(np.array(others, dtype=np.int64)).total()
            return int(free[np.argmax(self._values(before.plus(voices.of_members(free))))])

        chosen: list[int] = []
        reached: list[float] = []
        while len(chosen) < min(most, len(everyone)):
            chosen.append(next_to(chosen))
            reached.append(self.value(np.array(chosen), weights[chosen]))
        team = chosen[: int(np.argmax(reached)) + 1]
        for _ in range(SWAPS if len(team) > 1 else 0):
            team = [next_to(team[1:]), *team[1:]]
            team = [*team[1:], team[0]]
        return np.array(team, dtype=np.int64)

    def _values(self, count: "_Count") -> Floats:
        """Expected scores of teams, shape (teams,)."""
        top = count.votes.max(axis=2, keepdims=True)
        pull = np.where(count.votes > 0.0, np.exp(count.votes - top), 0.0)
        against = pull.sum(axis=2) + count.astray * np.exp(-top[:, :, 0])
        won = (pull * self.scores).sum(axis=2) / np.maximum(against, 1e-12)
        to_come = 1.0 / (1.0 + count.lost * np.exp(-count.right))
        unseen = UNSEEN / (won.shape[1] + UNSEEN)
        seen = won.mean(axis=1) if won.shape[1] else 0.0
        values: Floats = (1.0 - unseen) * seen + unseen * to_come
        return values


class _Count(NamedTuple):
    """Votes of members, or of whole teams summed up, in rows.

    Attributes:
        votes: For answers to the tasks, shape (rows, tasks, answers).
        astray: The pull of wrong answers that someone not asked may give, shape (rows, tasks).
        right: For the right answer to an unseen task, shape (rows,).
        lost: The pull of wrong answers to such a task, shape (rows,).
    """

    votes: Floats
    astray: Floats
    right: Floats
    lost: Floats

    @classmethod
    def of(cls, election: Election, members: NDArray[np.int64], weights: Floats) -> "_Count":
        """The votes of some members, one a row."""
        accurate, weight = election.accurate[members], weights[:, None]
        wrong = np.exp(weight * (1.0 - election.chance[members]))
        return cls(
            election.votes[members] * weight[:, :, None],
            np.where(election.heard[members], 0.0, wrong),
            weights * accurate,
            np.exp(weights * (1.0 - accurate)),
        )

    def of_members(self, rows: NDArray[np.int64]) -> "_Count":
        """Some of the rows."""
        return _Count(*(votes[rows] for votes in self))

    def total(self) -> "_Count":
        """All rows together, as one."""
        return _Count(*(votes.sum(axis=0, keepdims=True) for votes in self))

    def plus(self, other: "_Count") -> "_Count":
        """Each row with that of another."""
        return _Count(*(mine + others for mine, others in zip(self, other, strict=True)))
