"""Single agents: whether a system is one that is asked once, and the same with votes."""

from search_spaces.config import Answer, SystemConfig
from search_spaces.draft import Draft

MOST_VOTES = 64
"""Samples that an agent may draw."""

TEMPERATURE = 0.7
"""The temperature of samples that are to differ, as in the library's ``self_consistency``."""


def is_asked_once(config: SystemConfig) -> bool:
    """Whether a system is one agent that answers with one model call."""
    only, *others = config.agents
    return not others and only.samples == 1 and not only.tools and config.rounds == 1


def with_votes(config: SystemConfig, votes: int) -> SystemConfig:
    """A single agent that is asked several times, and whose most frequent answer counts.

    Self-consistency (Wang et al., "Self-consistency improves chain of thought reasoning in language
    models", 2022). Without a temperature of its own above 0, the agent gets that of the library's
    system of this name.

    Args:
        config: A single agent that is asked once.
        votes: How often it is asked: 1 to `MOST_VOTES`.
    """
    if votes == 1:
        return config
    draft = Draft.of(config)
    (agent,) = config.agents
    changes = {"samples": votes, "temperature": agent.temperature or TEMPERATURE}
    draft.agents[agent.name] = agent.model_copy(update=changes)
    if draft.answer.mode == "last":
        draft.answer = Answer(mode="vote")
    return draft.build()
