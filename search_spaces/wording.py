"""Parts of a configuration in words for people."""

from collections.abc import Iterable, Sequence

from search_spaces.config import Answer, Delegation, Stop
from search_spaces.routes import opening
from search_spaces.text import shown


def answer_in_words(answer: Answer, sources: Iterable[str] = ()) -> str:
    """How the answer is made, such as ``vote of first, second``.

    Args:
        answer: The answer to describe.
        sources: The agents whose outputs count, if known; else those that the answer names.
    """
    names = ", ".join(sources or answer.sources) or "the agents that send no message"
    match answer.mode:
        case "last":
            return f"output of {names}"
        case "vote":
            return f"vote of {names}"
        case "weighted_vote":
            return f"weighted vote of {names}"
        case "centroid":
            return f"most central output of {names}"
        case "judge":
            return f"{answer.by} chooses among {names}"
        case "summarise":
            return f"{answer.by} summarises {names}"


def stop_in_words(stop: Stop) -> str:
    """When rounds end early, such as ``until critic approves``; empty if never."""
    match stop.rule:
        case "never":
            return ""
        case "consensus":
            return "until they agree"
        case "approved":
            return f"until {stop.by} approves"


def condition_in_words(condition: str) -> str:
    """What opens a route, such as ``if the task has 'sum' or 'total'``."""
    way = opening(condition)
    words = _alternatives(way.words)
    match way.kind:
        case "task":
            return f"if the task has {words}"
        case "output":
            return f"if it says {words}"
        case "choice":
            return "if it chooses so"
        case "score":
            return "if its learned score is highest"
        case "else":
            return "otherwise"


def _alternatives(words: Sequence[str]) -> str:
    listed = [f"'{shown(word, 20)}'" for word in words[:2]]
    if len(words) > 2:
        listed.append(f"{len(words) - 2} more")
    return " or ".join(listed)


def delegation_in_words(delegation: Delegation) -> str:
    """The bounds on delegation, such as ``at most 8 requests in 4 turns``."""
    calls = f"{delegation.calls} request{'s' * (delegation.calls > 1)}"
    return f"at most {calls} in {delegation.turns} turn{'s' * (delegation.turns > 1)}"


def rounds_in_words(rounds: int, stop: Stop) -> str:
    """The number of rounds and what ends them early, such as ``3 until critic approves``."""
    return f"{rounds} {stop_in_words(stop)}".strip()


def value_in_words(value: object, unset: str = "default") -> str:
    """A value of a parameter on one short line; ``unset`` for None."""
    if value is None:
        return unset
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else f"{value:g}"
    return shown(str(value))
