"""Models under laboratory conditions: plain questions, one world, any profile."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pydantic import PrivateAttr

from evolve.answers import extract_marked, normalise
from evolve.models.base import Model, Reply, Request
from evolve.models.simulated.answer_key import AnswerKey, known_question
from evolve.models.simulated.landscape import Domain, Landscape
from evolve.models.simulated.mind import Mind
from evolve.models.simulated.profile import Profile, load_profile
from evolve.runtime.messages import turn
from evolve.tasks.base import TaskInput
from search_spaces.config import Agent

FORMAT = "Finish with a line 'Answer: <answer>'."
_ROOM = 100_000
"""Tokens that no reply reaches."""


class Laboratory:
    """Questions of some domains, and models that know them.

    Args:
        domains: By name; every question belongs to one, in turns.
        count: How many questions.
        either_or: Whether they ask for yes or no, instead of for a number.
    """

    def __init__(self, domains: dict[str, Domain], count: int, either_or: bool = False) -> None:
        self.landscape = Landscape(domains=domains, seed=1)
        names = sorted(domains)
        asked = [_asked(number, either_or) for number in range(count)]
        self.domains = [names[number % len(names)] for number in range(count)]
        self.truths = [normalise(answer) for _, answer in asked]
        self.tasks = [
            TaskInput(id=str(number), text=text, instructions=FORMAT)
            for number, (text, _) in enumerate(asked)
        ]
        self._key = AnswerKey(
            known_question(text, answer, domain, self.landscape)
            for (text, answer), domain in zip(asked, self.domains, strict=True)
        )

    def mind(self, profile: Profile, seed: int = 0) -> Mind:
        """A model that knows the questions."""
        return Mind(profile, self.landscape, self._key, seed)

    def model(self, profile: Profile, seed: int = 0) -> "Subject":
        """The same as a model that agents can run on, which answers at once."""
        subject = Subject(price=profile.price)
        subject._mind = self.mind(profile, seed)
        return subject

    def answers(
        self, mind: Mind, samples: Sequence[int] = (0,), prompt: str = ""
    ) -> list[list[str]]:
        """What a model answers, by question and sample, in normal form."""
        agent = Agent(name="a", prompt=prompt)
        found = []
        for task in self.tasks:
            asked = Request(turn(agent, task), _ROOM)
            texts = [mind.reply(replace(asked, sample=sample)).text for sample in samples]
            found.append([normalise(extract_marked(text)) for text in texts])
        return found

    def accuracy(self, answers: Iterable[str]) -> float:
        """The share of right ones among one answer to each question."""
        right = [given == truth for given, truth in zip(answers, self.truths, strict=True)]
        return sum(right) / len(right)


class Subject(Model):
    """A model in the laboratory."""

    _mind: Mind = PrivateAttr()

    @property
    def simulated(self) -> bool:
        """Always."""
        return True

    async def complete(self, request: Request) -> Reply:
        """Answers at once."""
        return self._mind.reply(request)


def profile(name: str = "alder-medium", **changes: object) -> Profile:
    """A shipped profile that never refuses or forgets the last line, with changes."""
    return load_profile(name).model_copy(
        update={"refusals": 0.0, "malformed": 0.0, "skills": {}} | changes
    )


def _asked(number: int, either_or: bool) -> tuple[str, str]:
    if either_or:
        first, second = 1000 + 7 * number, 1000 + 5 * number + 13 * (number % 5)
        return f"Is {first} plus {number} more than {second} plus 40?", (
            "yes" if first + number > second + 40 else "no"
        )
    return f"What is {1000 + 37 * number} plus {11 * number}, less {number}?", str(
        1000 + 47 * number
    )
