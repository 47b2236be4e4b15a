"""Calibration of label choices: the mean log-probability of each label over training inputs.

A model prefers some labels whatever the input. The mean of a label's log-probability over inputs
estimates that preference without knowing any answer (batch calibration: Zhou et al., 2024). It
holds for one prompt only, so it is estimated again whenever an agent's prompt changes.
"""

import asyncio
from collections.abc import Sequence

from archive.records import Step, Usage
from evolve.models.base import Models, Reply, Request
from evolve.models.embedders.hashed import Hashed
from evolve.prompts.lengths import TOKENS_PER_CALL, TOKENS_PER_MESSAGE
from evolve.runtime.memory import nearest, shown_examples
from evolve.runtime.messages import Recalled
from evolve.runtime.messages import turn as prompt_of
from evolve.runtime.plan import label_request
from evolve.strategies.parts.base import Turn
from evolve.tasks.base import TaskInput
from search_spaces.config import Agent, Demonstration, SystemConfig
from search_spaces.label_choice import LabelChoice
from search_spaces.space import SearchSpace

INPUTS = 16
"""Training inputs over which means are taken."""

AGENT = "calibration"
"""The agent's name in the steps of a proposal."""


async def calibrated(turn: Turn, config: SystemConfig, known: Sequence[Agent]) -> SystemConfig:
    """The configuration with the means of its label choices estimated where they are missing.

    Args:
        turn: The proposal under way; model calls are booked here.
        config: The configuration.
        known: Agents whose means hold: those of the parents.

    Raises:
        OutageError: A model's endpoint does not answer.
    """
    agents = []
    for agent in config.agents:
        same = next((each for each in known if _same_prompt(each, agent)), None)
        if agent.label_choice is None or not turn.models[agent.model].bare.scores_labels:
            agents.append(agent)
        elif same is not None and same.label_choice is not None and same.label_choice.means:
            agents.append(agent.model_copy(update={"label_choice": same.label_choice}))
        else:
            agents.append(await _estimated(turn, agent, agent.label_choice))
    return config.model_copy(update={"agents": tuple(agents)})


async def _estimated(turn: Turn, agent: Agent, choice: LabelChoice) -> Agent:
    model = turn.models[agent.model]

    async def asked(example: Demonstration) -> Reply:
        task = TaskInput(id="", text=example.question)
        shown = Recalled(examples=await _shown(agent, example))
        messages = prompt_of(agent, task, closing=label_request(choice), recalled=shown)
        return await model.complete(Request(messages, max_tokens=1, labels=choice.labels))

    inputs = _inputs(turn.view.space, agent, choice)
    replies = await asyncio.gather(*map(asked, inputs))
    turn.steps += [_step(turn.models, agent, reply, n) for n, reply in enumerate(replies)]
    scores = [reply.label_scores for reply in replies if reply.label_scores]
    means = tuple(sum(each) / len(scores) for each in zip(*scores, strict=True))
    plain = LabelChoice(labels=choice.labels, means=tuple(round(mean, 4) for mean in means))
    return agent.model_copy(update={"label_choice": plain})


def _inputs(space: SearchSpace, agent: Agent, choice: LabelChoice) -> list[Demonstration]:
    """Training inputs with one of the labels as answer; those that the agent is not shown first."""
    fitting = [each for each in space.examples if each.answer in choice.labels]
    return sorted(fitting, key=lambda each: each in agent.demonstrations)[:INPUTS]


async def _shown(agent: Agent, example: Demonstration) -> Sequence[Demonstration]:
    """The worked examples that an agent is shown with a training input, never that one itself.

    The hashed embedder stands in for the run's own, which costs calls where it is a model.
    """
    others = [each for each in agent.demonstrations if each != example]
    if agent.nearest_examples is None:
        return others
    questions = [each.question for each in others]
    return await nearest(Hashed(), others, questions, example.question, shown_examples(agent))


def _step(models: Models, agent: Agent, reply: Reply, number: int) -> Step:
    model = models[agent.model]
    name = models.default if agent.model is None else agent.model
    text, usage = reply.text, model.usage(reply)
    return Step(agent=AGENT, round=1, sample=number, model=name, text=text, usage=usage)


def _same_prompt(one: Agent, other: Agent) -> bool:
    """Whether two agents choose among the same labels with the same prompt and model."""
    labels = [each.label_choice and each.label_choice.labels for each in (one, other)]
    plain = [each.model_copy(update={"name": "a", "label_choice": None}) for each in (one, other)]
    return labels[0] == labels[1] and plain[0] == plain[1]


def worst_case(space: SearchSpace, models: Models) -> Usage:
    """The most that calibrating all agents of one configuration may consume."""
    scoring = [models[name] for name in models.names if models[name].bare.scores_labels]
    if not scoring or not space.examples:
        return Usage()
    sizes = sorted((each.bytes for each in space.examples), reverse=True)
    messages = 2 * space.max_demonstrations + 2
    written = sum(sizes[: space.max_demonstrations]) + sizes[0] + 8 * space.prompt_characters
    tokens = written + TOKENS_PER_MESSAGE * messages + TOKENS_PER_CALL
    calls = INPUTS * space.agents.max
    prices = [model.price for model in scoring]
    usd = max((price.usd(tokens, 1) for price in prices if price), default=0.0)
    return Usage(
        calls=calls,
        prompt_tokens=tokens * calls,
        completion_tokens=calls,
        usd=None if None in prices else usd * calls,
    )
