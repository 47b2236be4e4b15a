"""The text of a reply: a few lines of working, and the requested last line."""

from collections.abc import Collection, Mapping
from typing import Final

from evolve.simulator.draws import uniform
from evolve.simulator.stated import Verdict
from evolve.simulator.vocabulary import Feature

CANNOT_TELL: Final = "I cannot tell from what I am given."
REFUSAL: Final = "I am not able to help with that."

_SHOWN_TOKENS = 150
"""Tokens of working that are shown; the rest is hidden but billed, as with reasoning models."""

_WORKING: Final = (
    "First I look at what there is.",
    "I take the quantities in the order in which they are named.",
    "The second statement depends on the first, so I use it next.",
    "Putting these together gives an intermediate result.",
    "This value goes into what comes next.",
    "Nothing else in the text changes that.",
    "The remaining condition fits this as well.",
    "I go over it once more from the beginning.",
    "The parts add up.",
    "So the rest follows directly.",
    "Looked at from the end, it comes out the same.",
    "That settles it.",
)


_ADVICE: Final[Mapping[Feature, str]] = {
    "restate": "Note what is given and what is asked.",
    "plan": "Split the task into parts and settle one after the other.",
    "principle": "The general rule behind it comes first.",
    "tabulate": "Keep track of what is known in a table.",
    "spell": "Go letter by letter.",
    "units": "Convert to common units.",
    "eliminate": "Rule out what cannot be.",
    "alternatives": "There is another way to get there.",
    "verify": "Check the result in the end.",
}
"""Advice by the features that the advising agent has itself."""

_EMPTY_ADVICE: Final = "It is a matter of the numbers and names that occur in it."


def worked(question: str, answer: str, tokens: int) -> str:
    """A reply that works towards an answer and ends with the line that gives it.

    The working is a function of question and answer, so replies that agree also read alike.
    """
    return f"{_working(question, answer, tokens)}Answer: {answer}"


def advised(features: Collection[Feature], sound: bool, wrong: bool) -> str:
    """The reply of an agent that advises instead of solving the task.

    Args:
        features: The agent's own instructions.
        sound: Whether it has understood the question; if not, its advice has no content.
        wrong: Whether it knows that an attempt was wrong.
    """
    minded = [text for feature, text in _ADVICE.items() if feature in features]
    lines = ["The last attempt went wrong."] if wrong else []
    lines += (minded or [_ADVICE["plan"]]) if sound else [_EMPTY_ADVICE]
    return "\n".join(lines)


def reviewed(question: str, verdict: Verdict, instead: str, tokens: int) -> str:
    """A critic's reply."""
    if verdict == "approved":
        finding = "I find nothing that needs to change."
    elif instead:
        finding = f"A step does not hold: I get {instead} instead."
    else:
        finding = "A step does not hold, and the result cannot be right."
    return f"{_working(question, verdict, tokens)}{finding}\nVerdict: {verdict}"


def chosen(question: str, number: int, tokens: int) -> str:
    """A judge's reply."""
    working = _working(question, str(number), tokens)
    return f"{working}Candidate {number} is the most convincing.\nAnswer: {number}"


def without_last_line(text: str) -> str:
    """A reply without the requested line; one of a single line breaks off."""
    return (text[: text.rfind("\n") + 1] or text[: len(text) // 2]).strip()


def _working(question: str, about: str, tokens: int) -> str:
    """As many lines of working as fit the shown tokens."""
    start = int(uniform("working", question, about) * len(_WORKING))
    lines: list[str] = []
    room = 4 * min(tokens, _SHOWN_TOKENS) - len("Answer: ") - len(about)
    for number in range(len(_WORKING)):
        line = _WORKING[(start + number) % len(_WORKING)]
        room -= len(line) + 1
        if room < 0:
            break
        lines.append(line)
    return "\n".join((*lines, "")) if lines else ""
