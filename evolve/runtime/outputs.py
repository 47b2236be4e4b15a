"""The output of a turn: every sample's opinion, and the one text that other agents receive."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from evolve.answers.reading import approved, line_of, normalise, verdict
from evolve.answers.thoughts import without_thoughts
from evolve.models.base import Reply
from evolve.prompts.lengths import cut
from evolve.runtime.plan import Node
from search_spaces.config import Agent
from search_spaces.text import whole

Reading: TypeAlias = Callable[[str, bool], str]
"""The answer in a reply's text; the second argument is whether the reply was cut off."""


class Opinion(NamedTuple):
    """One reply and what it answers."""

    text: str
    answer: str = ""
    key: str = ""
    """The normalised answer: equal keys are the same answer."""
    problem: str = ""
    """Why there is no answer; empty if there is."""


class Output(NamedTuple):
    """An agent's output, valid until it works again."""

    text: str
    """What other agents receive: the majority's first reply, within the agent's byte limit."""
    answer: str
    key: str
    opinions: tuple[Opinion, ...]
    """The opinion of every sample; empty unless the agent is an answer source."""
    approves: bool


def output_of(node: Node, replies: Sequence[Reply], reading: Reading = line_of) -> Output:
    """The output that an agent's replies to one turn make.

    Args:
        node: The agent.
        replies: One for each of its samples.
        reading: How an answer to the task is read.
    """
    if node.is_source:
        opinions = tuple(read(reply, reading) for reply in replies)
    elif len(replies) > 1:
        own = _verdict_of if node.approves else line_of
        opinions = tuple(read(reply, own) for reply in replies)
    else:
        opinions = (Opinion(_text_of(replies[0])),)
    spoken = majority(opinions)
    return Output(
        text=cut(spoken.text, node.limit),
        answer=spoken.answer,
        key=spoken.key,
        opinions=opinions if node.is_source else (),
        approves=node.approves and approved(spoken.text),
    )


def chosen(agent: Agent, reply: Reply) -> Reply:
    """The reply with the label that its scores choose; itself where there are no scores."""
    if agent.label_choice is None or not reply.label_scores or reply.refusal:
        return reply
    label = agent.label_choice.best(reply.label_scores)
    return replace(reply, text=label, truncated=False)


def read(reply: Reply, reading: Reading = line_of) -> Opinion:
    """Reads one reply without its thoughts."""
    text = _text_of(reply)
    if reply.refusal:
        return Opinion(text, problem=f"the model refused: {whole(reply.refusal):.200}")
    answer = reading(text, reply.truncated)
    if not answer:
        why = "gives no answer" if reply.text.strip() else "is empty"
        why = "was cut off before an answer" if reply.truncated else why
        if reply.text.strip() and not text:
            why = "holds thoughts alone" + (" and was cut off" if reply.truncated else "")
        return Opinion(text, problem=f"the reply {why}")
    return Opinion(text, answer, normalise(answer))


def _text_of(reply: Reply) -> str:
    text = whole(reply.text)
    kept = without_thoughts(text)
    return text if len(kept) == len(text) else kept.strip()


def _verdict_of(text: str, cut_off: bool) -> str:
    return verdict(text)


def majority(opinions: Sequence[Opinion]) -> Opinion:
    """The first opinion with the most frequent answer; the first text where there is none."""
    if len(opinions) == 1:
        return opinions[0]
    winner = most_frequent((opinion.key, 1.0) for opinion in opinions if opinion.key)
    if winner is None:
        return next((opinion for opinion in opinions if opinion.text), opinions[0])
    return next(opinion for opinion in opinions if opinion.key == winner)


def most_frequent(votes: Iterable[tuple[str, float]]) -> str | None:
    """The key with the most weight, of equal ones the first; None without votes."""
    weights: dict[str, float] = {}
    for key, weight in votes:
        weights[key] = weights.get(key, 0.0) + weight
    return max(weights, key=weights.__getitem__, default=None)
