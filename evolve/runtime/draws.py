"""Sample numbers: which independent draw of a model each call of a system is.

Equal requests with another ``Request.sample`` are other draws, and a cache answers a request and
sample that it has seen. So the numbers are chosen, never taken in order of arrival:

- Two agents that could send the same request (same words, model and sampling) get different
  numbers, or their independent opinions would be one opinion.
- An agent unlike all others gets the number that it has in a smaller system, so a system that was
  evaluated is not paid for again inside a larger one.
- Later rounds and trials begin where the ones before end, so repeats are fresh draws.
"""

from collections.abc import Hashable, Iterable
from typing import NamedTuple


class Draws(NamedTuple):
    """Where an agent's draws lie among those of the agents that resemble it."""

    offset: int
    total: int
    rounds: int

    def first(self, trial: int, round_number: int) -> int:
        """The number of the agent's first sample in a round, counted from 1; others follow it."""
        return (trial * self.rounds + round_number - 1) * self.total + self.offset


def share_out(agents: Iterable[tuple[Hashable, int]], rounds: int) -> list[Draws]:
    """Numbers the draws of a system's agents.

    Args:
        agents: For each agent in canonical order, what distinguishes its requests, and
            its samples.
        rounds: How many rounds the system may take.
    """
    agents = list(agents)
    taken: dict[Hashable, int] = {}
    offsets = []
    for signature, samples in agents:
        offsets.append(taken.get(signature, 0))
        taken[signature] = offsets[-1] + samples
    return [
        Draws(offset, taken[signature], rounds)
        for offset, (signature, _) in zip(offsets, agents, strict=True)
    ]
