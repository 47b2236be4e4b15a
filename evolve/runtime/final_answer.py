"""The final answer after the last round: one function for each answer mode."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from evolve.answers.reading import choice
from evolve.errors import RunError
from evolve.models.base import Embedder, Message, Reply
from evolve.prompts.lengths import cut
from evolve.runtime.memory import Memory, remembers
from evolve.runtime.messages import NOTHING, Inbound, about, selection, turn
from evolve.runtime.outputs import Opinion, Output, majority, most_frequent, read
from evolve.runtime.plan import Node, Plan
from evolve.tasks.base import TaskInput

Ask: TypeAlias = Callable[[Node, tuple[Message, ...]], Awaitable[Sequence[Reply]]]
"""Runs a turn of an agent: one reply for each of its samples."""


class Conclusion(NamedTuple):
    """The final answer, or why there is none."""

    answer: str
    failure: str = ""
    remark: str = ""
    """A problem that did not cost the answer."""


class Voice(NamedTuple):
    """An opinion of an answer source."""

    node: Node
    opinion: Opinion


async def conclude(
    plan: Plan,
    outputs: Sequence[Output],
    task: TaskInput,
    ask: Ask,
    memory: Memory,
) -> Conclusion:
    """Makes the final answer.

    Args:
        plan: The system that worked.
        outputs: The last output of each node.
        task: What was to be solved.
        ask: Runs the turn of the judging or summarising agent.
        memory: What the agents remember; its embedder compares texts for the mode ``centroid``.

    Raises:
        OutageError: An endpoint does not answer.
        RunError: The answer mode needs an embedder and there is none.
    """
    mode = plan.config.answer.mode
    if mode == "summarise":
        return await _summarise(plan, outputs, task, ask, memory)
    voices = [
        Voice(plan.nodes[source], opinion)
        for source in plan.sources
        for opinion in outputs[source].opinions
    ]
    heard = [voice for voice in voices if voice.opinion.answer]
    if not heard:
        return Conclusion("", failure=_why(voice.opinion for voice in voices))
    if mode == "judge":
        return await _judge(plan, heard, task, ask)
    if mode == "centroid":
        return Conclusion(await _nearest_to_centroid(heard, memory.embedder))
    return Conclusion(_vote(heard, weighted=mode == "weighted_vote"))


def _vote(voices: Sequence[Voice], *, weighted: bool) -> str:
    """The most frequent answer, as it was first written; `last` is the vote of one source."""
    votes = ((v.opinion.key, v.node.agent.weight if weighted else 1.0) for v in voices)
    winner = most_frequent(votes)
    return next(voice.opinion.answer for voice in voices if voice.opinion.key == winner)


async def _judge(plan: Plan, voices: Sequence[Voice], task: TaskInput, ask: Ask) -> Conclusion:
    """The candidate that the judge picks; a single candidate needs no judge."""
    candidates = list({voice.opinion.key: voice for voice in reversed(voices)}.values())[::-1]
    if len(candidates) == 1:
        return Conclusion(candidates[0].opinion.answer)
    assert plan.by is not None, "a configuration's judge is one of its agents"
    judge = plan.nodes[plan.by]
    texts = [cut(voice.opinion.text, voice.node.limit) for voice in candidates]
    replies = await ask(judge, selection(judge.agent, task, texts))
    picks = [choice(reply.text, len(candidates)) for reply in replies if not reply.refusal]
    picked = Counter(pick for pick in picks if pick is not None).most_common(1)
    if picked:
        return Conclusion(candidates[picked[0][0] - 1].opinion.answer)
    remark = "the judge's choice could not be read, so the candidates' votes decided"
    return Conclusion(_vote(voices, weighted=False), remark=remark)


async def _summarise(
    plan: Plan, outputs: Sequence[Output], task: TaskInput, ask: Ask, memory: Memory
) -> Conclusion:
    """The answer of an agent that receives every source's output."""
    sources = [(plan.nodes[source], outputs[source]) for source in plan.sources]
    heard = [Inbound(node.agent.role, output.text) for node, output in sources if output.text]
    if not heard:
        return Conclusion("", failure=_why(o for _, output in sources for o in output.opinions))
    assert plan.by is not None, "a configuration's summariser is one of its agents"
    summariser = plan.nodes[plan.by]
    recalled = NOTHING
    if remembers(summariser.agent):
        recalled = await memory.recall(summariser, about(task, heard))
    replies = await ask(summariser, turn(summariser.agent, task, heard, recalled=recalled))
    opinions = [read(reply, task.form.read) for reply in replies]
    answer = majority(opinions).answer
    return Conclusion(answer, failure="" if answer else _why(opinions))


async def _nearest_to_centroid(voices: Sequence[Voice], embedder: Embedder | None) -> str:
    """The answer of the response nearest to the centroid, weighted by contribution (SelfOrg).

    A response's contribution is its cosine with the mean of all; rows are unit vectors.
    """
    if len({voice.opinion.key for voice in voices}) == 1:
        return voices[0].opinion.answer
    if embedder is None:
        raise RunError("the answer mode 'centroid' needs an embedder; pass one to run_system")
    rows = await embedder.embed([voice.opinion.text for voice in voices])
    mean = rows.mean(axis=0)
    contribution = rows @ mean / max(float(np.linalg.norm(mean)), 1e-12)
    nearness = rows @ (contribution @ rows)
    # Rounded, so that equal texts are equally near whatever the order of additions.
    return voices[int(np.argmax(nearness.round(9)))].opinion.answer


def _why(opinions: Iterable[Opinion]) -> str:
    """Why there is no answer, each reason once."""
    return "; ".join(dict.fromkeys(o.problem for o in opinions if o.problem)) or "no answer"
