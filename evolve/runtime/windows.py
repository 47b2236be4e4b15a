"""Whether an agent's prompts fit into the context of its model.

What a system always sends is certain: role, prompt, worked examples, task and tools. Messages of
other agents come on top and vary, so only their limit is known.
"""

from collections.abc import Iterator
from math import ceil
from typing import NamedTuple

from evolve.errors import RunError
from evolve.models.base import Models
from evolve.prompts.lengths import TOKENS_PER_MESSAGE
from evolve.runtime.messages import turn
from evolve.runtime.plan import Node, Plan, make_plan
from evolve.tasks.base import TaskInput
from evolve.tools.toolbox import Toolbox
from search_spaces.config import SystemConfig

_BYTES_PER_TOKEN = 4
"""Of English text, in most vocabularies; other languages and numbers take more tokens."""


class Prompt(NamedTuple):
    """The longest prompt of an agent beside what its model takes, in tokens."""

    agent: str
    model: str
    certain: int
    """What the agent is sent in any case, for the longest task."""
    heard: int
    """What other agents may write to it at most."""
    reply: int
    """What it may write."""
    window: int
    """What prompt and reply may be together."""


def prompts(
    config: SystemConfig, task: TaskInput, models: Models, toolbox: Toolbox | None = None
) -> Iterator[Prompt]:
    """The prompts of all agents whose model has a known context.

    Args:
        config: The system.
        task: The longest one.
        models: What its agents run on.
        toolbox: The tools that its agents may name.
    """
    plan = make_plan(config, models, toolbox)
    for node in plan.nodes:
        window = models[node.model_name].bare.window
        if window is None or node.silent:
            continue
        yield Prompt(
            agent=node.agent.name,
            model=node.model_name,
            certain=_certain(node, task),
            heard=_heard(plan, node),
            reply=node.max_tokens,
            window=window,
        )


def check_windows(
    config: SystemConfig, task: TaskInput, models: Models, toolbox: Toolbox | None = None
) -> None:
    """Makes sure that every agent's prompt for the longest task fits, with room for a reply.

    Raises:
        RunError: One does not; the message has the numbers.
    """
    for prompt in prompts(config, task, models, toolbox):
        if prompt.certain >= prompt.window:
            raise RunError(
                f"the context of model {prompt.model} is {prompt.window:,} tokens, and agent "
                f"{prompt.agent!r} of {config.name or 'a seed'} takes about {prompt.certain:,} for "
                "the longest task before it writes; raise the model's `context`"
            )


def _certain(node: Node, task: TaskInput) -> int:
    messages = turn(node.agent, task, closing=node.closing(task))
    size = sum(len(message.content.encode()) for message in messages)
    size += node.functions.definitions if node.functions else 0
    return ceil(size / _BYTES_PER_TOKEN) + TOKENS_PER_MESSAGE // 2 * len(messages)


def _heard(plan: Plan, node: Node) -> int:
    authors = [plan.nodes[each.source] for each in node.inputs]
    if node.index == plan.by:
        authors += [plan.nodes[source] for source in plan.sources]
    return sum(author.max_tokens + TOKENS_PER_MESSAGE for author in authors)
