"""A small world of sums for simulated models, and ways to ask them."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from evolve.answers.reading import extract_marked, normalise, verdict
from evolve.models.base import Message, Reply, Request
from evolve.runtime.messages import Inbound, selection, turn
from evolve.simulator.profile import Profile
from evolve.simulator.simulated import Simulated
from evolve.tasks.base import TaskInput
from search_spaces.config import Agent

FORMAT = "Finish with a line 'Answer: <answer>'."
SUMS = [
    (f"What is {1000 + 37 * i} plus {11 * i}, less {i}?", str(1000 + 47 * i)) for i in range(400)
]

TASKS = [(TaskInput(id="sum", text=asks, instructions=FORMAT), truth) for asks, truth in SUMS]

Asked = tuple[tuple[Message, ...], str]
"""A conversation and the truth."""


class World:
    """A landscape of one domain, written to a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        rows = [{"question": question, "answer": answer} for question, answer in SUMS]
        folder.joinpath("sums.jsonl").write_text("\n".join(map(json.dumps, rows)))

    def landscape(self, **domain: Any) -> Path:
        """The path of a landscape in which all sums are of such a domain."""
        text = json.dumps({"answers": {"file": "sums.jsonl"}, "elsewhere": domain})
        path = self.folder / f"{abs(hash(text))}.yaml"
        path.write_text(text)
        return path

    def model(
        self, profile: str | dict[str, Any] | None = None, seed: int = 0, **domain: Any
    ) -> Simulated:
        """A model at work in that world; never refusing nor malformed unless a profile is named."""
        plain = {"family": "oak", "ability": 0.0, "refusals": 0.0, "malformed": 0.0}
        return Simulated(
            profile=profile if isinstance(profile, str) else Profile(**plain | (profile or {})),
            landscape=self.landscape(**domain),
            seed=seed,
        )


class Sums:
    """Turns on every sum of the world, and what models make of them."""

    def prompts(
        self,
        prompt: str = "",
        heard: Callable[[str], Iterable[str]] = lambda truth: (),
        previous: Callable[[str], str] = lambda truth: "",
        closing: str | None = None,
        **agent: Any,
    ) -> list[Asked]:
        """An agent's turn on every sum; messages and previous answers may depend on the truth."""
        config = Agent(name="a", prompt=prompt, **agent)
        return [
            (
                turn(
                    config,
                    task,
                    [Inbound("colleague", text) for text in heard(truth)],
                    previous(truth),
                    closing,
                ),
                truth,
            )
            for task, truth in TASKS
        ]

    def choosing(self, candidates: Callable[[str], list[str]]) -> list[Asked]:
        """A judge's turn on every sum."""
        judge = Agent(name="judge", role="judge")
        return [(selection(judge, task, candidates(truth)), truth) for task, truth in TASKS]

    def replies(self, model: Simulated, conversations: list[Asked], **request: Any) -> list[Reply]:
        options = {"max_tokens": 100_000} | request
        return [model.reply(Request(messages=messages, **options)) for messages, _ in conversations]

    def answers(self, model: Simulated, conversations: list[Asked], **request: Any) -> list[str]:
        found = self.replies(model, conversations, **request)
        return [normalise(extract_marked(reply.text)) for reply in found]

    def verdicts(self, model: Simulated, conversations: list[Asked], **request: Any) -> list[str]:
        return [verdict(reply.text) for reply in self.replies(model, conversations, **request)]

    def accuracy(
        self, model: Simulated, conversations: list[Asked], samples: int = 2, **request: Any
    ) -> float:
        """The share of right answers over all sums and some samples."""
        truths = [truth for _, truth in conversations]
        right = [
            given == truth
            for sample in range(samples)
            for given, truth in zip(
                self.answers(model, conversations, sample=sample, **request), truths, strict=True
            )
        ]
        return sum(right) / len(right)

    def worked(self, answer: str) -> str:
        """A message that shows its working."""
        return "I add the first two and then take the third away.\n" * 4 + f"Answer: {answer}"

    def off(self, truth: str, by: int = 1) -> str:
        """A wrong answer."""
        return str(int(truth) + by)
