"""What an agent said in a turn: every sample's opinion, and the one text that others hear."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from evolve.answers import approved, extract, extract_marked, normalise, verdict
from evolve.models.base import Reply
from evolve.runtime.limits import cut
from evolve.runtime.plan import Seat
from search_spaces.text import whole


class Opinion(NamedTuple):
    """One reply and what it answers."""

    text: str
    answer: str = ""
    key: str = ""
    """The normalised answer: equal keys are the same answer."""
    problem: str = ""
    """Why there is no answer; empty if there is."""


class Output(NamedTuple):
    """What stands as an agent's word until it works again."""

    text: str
    """What others hear: the majority's first reply, within the agent's byte limit."""
    answer: str
    key: str
    opinions: tuple[Opinion, ...]
    """What every sample says; only answer sources are asked."""
    approves: bool


def hear(seat: Seat, replies: Sequence[Reply]) -> Output:
    """Takes an agent's replies to one turn in."""
    if seat.is_source:
        opinions = tuple(read(reply) for reply in replies)
    elif len(replies) > 1:
        opinions = tuple(read(reply, verdict if seat.approves else extract) for reply in replies)
    else:
        opinions = (Opinion(whole(replies[0].text)),)
    spoken = majority(opinions)
    return Output(
        text=cut(spoken.text, seat.limit),
        answer=spoken.answer,
        key=spoken.key,
        opinions=opinions if seat.is_source else (),
        approves=seat.approves and approved(spoken.text),
    )


def read(reply: Reply, reading: Callable[[str], str] = extract) -> Opinion:
    """Reads one reply; what is cut off counts only if it marks its answer as such."""
    text = whole(reply.text)
    if reply.refusal:
        return Opinion(text, problem=f"the model refused: {whole(reply.refusal):.200}")
    answer = extract_marked(text) if reply.truncated and reading is extract else reading(text)
    if not answer:
        why = "was cut off before an answer" if reply.truncated else "gives no answer"
        return Opinion(text, problem=f"the reply {why}")
    return Opinion(text, answer, normalise(answer))


def majority(opinions: Sequence[Opinion]) -> Opinion:
    """The first opinion with the most frequent answer; the first text where nobody has any."""
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
