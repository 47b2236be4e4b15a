"""Whether teams amplify: large populations of agents in trees, level after level.

Every agent of a level receives the messages of ``b`` agents below it and answers. The agents are
simulated models that combine messages and cannot answer an either-or question themselves, so only
the tree decides. With probability ρ all messages of an agent are copies of one vote, which hold no
more information than one of them. Leaves are right with probability (1 + bias)/2.

A million agents a level would take the model hours. So the same mechanism (understanding with
probability γ(length), guessing otherwise, and weighing) is computed for whole levels at once, and
`agreement` holds it against what the model itself replies.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evolve.answers.reading import extract_marked, normalise
from evolve.models.base import Request
from evolve.runtime.messages import Inbound, turn
from evolve.simulator.answering import conveyed
from evolve.simulator.calibration.figures import Figure
from evolve.simulator.calibration.laboratory import Laboratory, profile
from evolve.simulator.landscape import Domain
from evolve.simulator.peers import COMBINING
from evolve.simulator.profile import Profile
from evolve.simulator.prompt import tokens_of
from evolve.simulator.replying import worked
from search_spaces.config import Agent

_CHILDREN, _GAMMA = 5, 0.6
_MESSAGE_TOKENS = 60
_LEAF_BIAS, _LEVELS = 0.05, 30
_AFTER = {0.0: 0.658, 0.1: 0.333, 0.2: 0.088, 0.3: 0.018, 0.5: 0.0006}
"""Published biases after 30 levels, by ρ."""

Right = NDArray[np.bool_]


@dataclass(frozen=True)
class Tree:
    """How the agents of a tree understand and weigh messages."""

    profile: Profile
    gist_tokens: float
    children: int = _CHILDREN

    @property
    def gamma(self) -> float:
        """The share of messages that are understood."""
        return self.profile.fidelity * conveyed(_MESSAGE_TOKENS, self.gist_tokens)

    def answers(self, received: Right, rng: np.random.Generator) -> Right:
        """The answers of agents by their messages: `peers.settled_answer` for whole arrays.

        Args:
            received: Whether each message to each agent is right, shape (agents, messages).
            rng: The source of noise.
        """
        understood = rng.random(received.shape, dtype=np.float32) < self.gamma
        taken = np.where(understood, received, rng.random(received.shape, dtype=np.float32) < 0.5)
        own = rng.random(len(received), dtype=np.float32) < 0.5
        votes = 2 * taken.sum(axis=1) - received.shape[1]
        weight = self.profile.conformity * votes + np.where(own, COMBINING, -COMBINING)
        return np.asarray(np.where(np.isclose(weight, 0), own, weight > 0))

    def next_level(self, below: Right, rho: float, rng: np.random.Generator) -> Right:
        """The next level, of the same size."""
        count = len(below)
        shared = rng.random(count) < rho
        above = np.empty(count, dtype=bool)
        copies = below[rng.integers(count, size=(int(shared.sum()), 1))]
        above[shared] = self.answers(copies, rng)
        received = below[rng.integers(count, size=(count - len(copies), self.children))]
        above[~shared] = self.answers(received, rng)
        return above


def phase_transition(fast: bool) -> list[Figure]:
    """The critical ρ of amplification, and the bias after many levels."""
    tree, rng = _tree(), np.random.default_rng(7)
    agents = 400_000 if fast else 1_500_000
    critical = _critical(tree, agents, rng)
    found = [
        Figure(
            "phase",
            "agents computed by levels, beside the model's replies",
            "0",
            agreement(tree, 300 if fast else 1500),
            0,
            0.05 if fast else 0.03,
            6 * (300 if fast else 1500),
        ),
        Figure("phase", "critical ρ at b = 5, γ = .6", ".238", critical, 0.208, 0.268, 8 * agents),
    ]
    agents = 200_000 if fast else 600_000
    for rho, published in _AFTER.items():
        level = rng.random(agents) < (1 + _LEAF_BIAS) / 2
        for _ in range(_LEVELS):
            level = tree.next_level(level, rho, rng)
        what = f"bias after {_LEVELS} levels from {_LEAF_BIAS}, ρ = {rho}"
        low, high = published - 0.04, published + 0.04
        found.append(
            Figure("phase", what, f"{published}", _bias(level), low, high, _LEVELS * agents)
        )
    return found


def agreement(tree: Tree, questions: int) -> float:
    """The largest difference between a level's agents and the model itself.

    Compares the share of the model's right answers with that of `Tree.answers`, for each number of
    right messages.
    """
    laboratory = Laboratory({"either": _DOMAIN}, questions, either_or=True)
    subject = laboratory.mind(tree.profile)
    agent = Agent(name="a", prompt="Combine the contributions.")
    rng, largest = np.random.default_rng(1), 0.0
    for right in range(tree.children + 1):
        given = []
        for task, truth in zip(laboratory.tasks, laboratory.truths, strict=True):
            wrong = "no" if truth == "yes" else "yes"
            said = [truth] * right + [wrong] * (tree.children - right)
            received = [Inbound("colleague", _message(task.text, answer)) for answer in said]
            reply = subject.reply(Request(turn(agent, task, received), 100_000))
            given.append(normalise(extract_marked(reply.text)))
        heard_right = np.tile(np.arange(tree.children) < right, (100_000, 1))
        share = float(tree.answers(heard_right, rng).mean())
        largest = max(largest, abs(laboratory.accuracy(given) - share))
    return largest


_DOMAIN = Domain(variety=0.0, echo=0.0)


def _tree() -> Tree:
    gist = Laboratory({"either": _DOMAIN}, 1, either_or=True).landscape.gist_tokens
    listener = profile(
        ability=0.0,
        thinking=0.0,
        trust=0.0,
        conformity=0.6,
        fidelity=_GAMMA / conveyed(_MESSAGE_TOKENS, gist),
        window=100_000,
    )
    return Tree(listener, gist)


def _critical(tree: Tree, agents: int, rng: np.random.Generator) -> float:
    """The ρ at which a level keeps a small bias unchanged: a line through four measured gains."""
    bias, rhos, gains = 0.1, (0.05, 0.15, 0.3, 0.4), list[float]()
    for rho in rhos:
        below = np.arange(agents) < agents * (1 + bias) / 2
        gains.append(_bias(tree.next_level(below, rho, rng)) / bias)
    slope, start = np.polyfit(rhos, gains, 1)
    return float((1 - start) / slope)


def _bias(level: Right) -> float:
    return float(2 * level.mean() - 1)


def _message(question: str, answer: str) -> str:
    """A message of the length that the tree's agents send."""
    text = worked(question, answer, 10_000)
    lines = text.splitlines()
    while tokens_of(len("\n".join(lines))) > _MESSAGE_TOKENS + 8 and len(lines) > 2:
        del lines[0]
    return "\n".join(lines)


def lengths(questions: Sequence[str]) -> list[int]:
    """The tokens of the messages that `agreement` sends; for a test."""
    return [tokens_of(len(_message(question, "yes"))) for question in questions]
