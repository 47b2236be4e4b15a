"""Policies observe a running system and may intervene; the stop rules are two of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archive.records import Trace
from evolve.runtime.outputs import Output
from search_spaces.config import Agent, SystemConfig


@dataclass(frozen=True, slots=True)
class RoundEnd:
    """The outputs at the end of a round."""

    config: SystemConfig
    number: int
    outputs: Mapping[str, Output]
    """By agent."""
    before: Mapping[str, Output]
    """The outputs a round ago; empty after the first round."""


class Policy:
    """The base of policies: every hook does nothing unless overridden.

    One object serves many tasks at once.
    """

    async def on_message(self, sender: Agent, text: str) -> str:
        """Called with what an agent passes on; returns what others hear, empty for nothing."""
        return text

    async def on_round(self, end: RoundEnd) -> bool:
        """Called after each round but the last possible one; returns whether to stop there."""
        return False

    async def on_task_end(self, trace: Trace) -> None:
        """Called when the answer is made."""


class Consensus(Policy):
    """Stops when all answer sources agree; one alone agrees when it repeats itself."""

    async def on_round(self, end: RoundEnd) -> bool:
        """Compares normalised answers; a source without an answer agrees with no other."""
        sources = end.config.sources
        keys = [end.outputs[name].key for name in sources]
        if len(sources) == 1:
            keys += [end.before[name].key for name in sources if name in end.before] or [""]
        return bool(keys[0]) and len(set(keys)) == 1


class Approved(Policy):
    """Stops when the approving agent's last verdict is 'approved'."""

    async def on_round(self, end: RoundEnd) -> bool:
        """Checks the approving agent's verdict."""
        by = end.config.stop.by
        return by is not None and end.outputs[by].approves


def stop_rules(config: SystemConfig) -> Sequence[Policy]:
    """The policies that a configuration's stop rule asks for."""
    return {"never": (), "consensus": (Consensus(),), "approved": (Approved(),)}[config.stop.rule]
