"""How the final answer is made when the rounds are over: one function for each answer mode."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from evolve.answers import choice
from evolve.errors import RunError
from evolve.models.base import Embedder, Message, Reply
from evolve.runtime.limits import cut
from evolve.runtime.messages import Heard, selection, turn
from evolve.runtime.outputs import Opinion, Output, majority, most_frequent, read
from evolve.runtime.plan import Plan, Seat
from evolve.tasks.base import TaskInput

Ask: TypeAlias = Callable[[Seat, tuple[Message, ...]], Awaitable[Sequence[Reply]]]
"""Lets an agent take a turn: one reply for each of its samples."""


class Conclusion(NamedTuple):
    """The final answer, or why there is none."""

    answer: str
    failure: str = ""
    remark: str = ""
    """What went wrong on the way without costing the answer."""


class Voice(NamedTuple):
    """An answer source's opinion, and whose it is."""

    seat: Seat
    opinion: Opinion


async def conclude(
    plan: Plan,
    outputs: Sequence[Output],
    task: TaskInput,
    ask: Ask,
    embedder: Embedder | None,
) -> Conclusion:
    """Makes the final answer.

    Args:
        plan: The system that worked.
        outputs: What each seat said last.
        task: What was to be solved.
        ask: Lets the judging or summarising agent take its turn.
        embedder: What the answer mode ``centroid`` compares texts with.

    Raises:
        OutageError: An endpoint does not serve.
        RunError: The answer mode needs an embedder and there is none.
    """
    mode = plan.config.answer.mode
    if mode == "summarise":
        return await _summarise(plan, outputs, task, ask)
    voices = [
        Voice(plan.seats[source], opinion)
        for source in plan.sources
        for opinion in outputs[source].opinions
    ]
    heard = [voice for voice in voices if voice.opinion.answer]
    if not heard:
        return Conclusion("", failure=_why(voice.opinion for voice in voices))
    if mode == "judge":
        return await _judge(plan, heard, task, ask)
    if mode == "centroid":
        return Conclusion(await _nearest_to_centroid(heard, embedder))
    return Conclusion(_vote(heard, weighted=mode == "weighted_vote"))


def _vote(voices: Sequence[Voice], *, weighted: bool) -> str:
    """The most frequent answer, as it was first written; `last` is the vote of one source."""
    votes = ((v.opinion.key, v.seat.agent.weight if weighted else 1.0) for v in voices)
    winner = most_frequent(votes)
    return next(voice.opinion.answer for voice in voices if voice.opinion.key == winner)


async def _judge(plan: Plan, voices: Sequence[Voice], task: TaskInput, ask: Ask) -> Conclusion:
    """The candidate that the judge picks; nobody is asked about a single one."""
    candidates = list({voice.opinion.key: voice for voice in reversed(voices)}.values())[::-1]
    if len(candidates) == 1:
        return Conclusion(candidates[0].opinion.answer)
    assert plan.by is not None, "a configuration's judge is one of its agents"
    judge = plan.seats[plan.by]
    texts = [cut(voice.opinion.text, voice.seat.limit) for voice in candidates]
    replies = await ask(judge, selection(judge.agent, task, texts))
    picks = [choice(reply.text, len(candidates)) for reply in replies if not reply.refusal]
    picked = Counter(pick for pick in picks if pick is not None).most_common(1)
    if picked:
        return Conclusion(candidates[picked[0][0] - 1].opinion.answer)
    remark = "the judge's choice could not be read, so the candidates' votes decided"
    return Conclusion(_vote(voices, weighted=False), remark=remark)


async def _summarise(
    plan: Plan, outputs: Sequence[Output], task: TaskInput, ask: Ask
) -> Conclusion:
    """What an agent answers that has heard every source."""
    sources = [(plan.seats[source], outputs[source]) for source in plan.sources]
    heard = [Heard(seat.agent.role, output.text) for seat, output in sources if output.text]
    if not heard:
        return Conclusion("", failure=_why(o for _, output in sources for o in output.opinions))
    assert plan.by is not None, "a configuration's summariser is one of its agents"
    summariser = plan.seats[plan.by]
    replies = await ask(summariser, turn(summariser.agent, task, heard))
    opinions = [read(reply) for reply in replies]
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
    """Why nobody has an answer, each reason once."""
    return "; ".join(dict.fromkeys(o.problem for o in opinions if o.problem)) or "no answer"
