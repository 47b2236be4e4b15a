"""Simulated models under controlled conditions: plain questions, one landscape, any profile."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pydantic import PrivateAttr

from evolve.answers.reading import extract_marked, normalise
from evolve.models.base import Model, Reply, Request
from evolve.runtime.messages import turn
from evolve.simulator.answer_key import AnswerKey, known_question
from evolve.simulator.landscape import Domain, Landscape
from evolve.simulator.profile import Profile, load_profile
from evolve.simulator.reply_model import ReplyModel
from evolve.tasks.base import TaskInput
from search_spaces.config import Agent

FORMAT = "Finish with a line 'Answer: <answer>'."
_ROOM = 100_000
"""Tokens that no reply reaches."""


class Laboratory:
    """Questions of some domains, and models that know them.

    Args:
        domains: Domains by name; questions belong to them in turn.
        count: The number of questions.
        either_or: Whether they ask for yes or no instead of a number.
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

    def mind(self, profile: Profile, seed: int = 0) -> ReplyModel:
        """A model that knows the questions."""
        return ReplyModel(profile, self.landscape, self._key, seed)

    def model(self, profile: Profile, seed: int = 0) -> "Subject":
        """The same as a model for agents, without latency."""
        subject = Subject(price=profile.price)
        subject._reply_model = self.mind(profile, seed)
        return subject

    def answers(
        self, subject: ReplyModel, samples: Sequence[int] = (0,), prompt: str = ""
    ) -> list[list[str]]:
        """The answers of a model, by question and sample, in normal form."""
        agent = Agent(name="a", prompt=prompt)
        found = []
        for task in self.tasks:
            asked = Request(turn(agent, task), _ROOM)
            texts = [subject.reply(replace(asked, sample=sample)).text for sample in samples]
            found.append([normalise(extract_marked(text)) for text in texts])
        return found

    def accuracy(self, answers: Iterable[str]) -> float:
        """The accuracy of one answer to each question."""
        right = [given == truth for given, truth in zip(answers, self.truths, strict=True)]
        return sum(right) / len(right)


class Subject(Model):
    """A simulated model without latency."""

    _reply_model: ReplyModel = PrivateAttr()

    @property
    def simulated(self) -> bool:
        """Always."""
        return True

    async def complete(self, request: Request) -> Reply:
        """Answers at once."""
        return self._reply_model.reply(request)


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
