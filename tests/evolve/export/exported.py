"""Systems to export, and their answers in evolve and in exported programs."""

import asyncio
import hashlib
import types
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from archive.records import Candidate
from archive.store import Archive
from evolve.errors import RunError
from evolve.export import programs
from evolve.export.choice import Choice, choose
from evolve.models.base import Models, Request
from evolve.models.scripted import Scripted
from evolve.runfile.settings import RunSettings, as_json
from evolve.runtime.scheduler import run_system
from evolve.tasks.base import TaskInput
from search_spaces.config import SystemConfig
from search_spaces.edits import apply
from search_spaces.library import systems
from search_spaces.operators import mutate
from search_spaces.space import SearchSpace

QUESTIONS = tuple(f"What is {number} plus {number}?" for number in range(8))


def chosen(config: SystemConfig, settings: RunSettings) -> Choice:
    """A candidate of an archive that has nothing else."""
    archive = Archive.in_memory()
    run = archive.create_run("sample", 0, as_json(settings), [])
    archive.add_candidate(run, Candidate(number=0, config=config, operator="seed"))
    return choose(archive, run, "0")


def some_systems(count: int) -> Iterator[SystemConfig]:
    """The known systems that need no embedder, and descendants of them."""
    rng = Random("exported")
    space = SearchSpace(models=("large",))
    known = [each for each in systems().values() if _can_be_a_program(each)]
    yield from known
    made = 0
    while made < count:
        config = rng.choice(known)
        for _ in range(rng.randint(1, 5)):
            if found := mutate(config, space, rng):
                config = apply(config, found[1])
        if _can_be_a_program(config):
            made += 1
            yield config


def _can_be_a_program(config: SystemConfig) -> bool:
    try:
        programs.check(config, "python")
    except RunError:
        return False
    return True


def say(model: str, messages: Sequence[dict[str, str]]) -> str:
    """What a model answers: a function of its messages, of every form that answers take."""
    prompt = "".join(f"{each['role']}:{each['content']}\n" for each in messages)
    drawn = Random(hashlib.sha256(f"{model}/{prompt}".encode()).hexdigest())
    thinking = f"thought {drawn.randint(0, 99)}. " * drawn.randint(1, 30)
    answer = drawn.choice(["1", "2", "2.0", "**two**", "\\boxed{2}", "none of them"])
    lines = [f"Answer: {answer}", f"so {answer}", f"#### {answer}", f"Answer:\n{answer}", ""]
    verdict = drawn.choice(["Verdict: approved", "Verdict: revise", "", "verdict is open"])
    return f"{thinking}\n{drawn.choice(lines)}\n{verdict}"


async def by_evolve(choice: Choice, question: str) -> str:
    """What evolve's own runtime answers."""

    def reply(name: str) -> Callable[[Request], str]:
        return lambda request: say(
            name, [{"role": turn.role, "content": turn.content} for turn in request.messages]
        )

    settings = choice.settings
    scripted = {
        name: Scripted(script=reply(getattr(model, "model", name)), max_tokens=model.max_tokens)
        for name, model in settings.models.items()
    }
    models = Models(scripted, settings.answering)
    task = TaskInput(id="question", text=question, instructions=settings.tasks.request)
    return (await run_system(choice.config, task, models, embedder=settings.embedder)).answer


def program(text: str, *, models: str = "Models") -> types.ModuleType:
    """An exported program as a module, which asks what models say here instead of an endpoint."""
    module = types.ModuleType("exported")
    exec(compile(text, "exported.py", "exec"), vars(module))

    class FakeModel:
        async def ask(self, agent: dict[str, Any], messages: list[dict[str, str]]) -> list[Any]:
            text = say(agent["model"], messages)
            return [module.Reply(text) for _ in range(agent["samples"])]

        async def close(self) -> None:
            pass

    setattr(module, models, FakeModel)
    return module


def agrees(choice: Choice, text: str, questions: Sequence[str] = QUESTIONS) -> None:
    """Makes sure that a program answers as evolve does."""
    module = program(text)

    async def compare() -> None:
        for question in questions:
            assert await module.solve(question) == await by_evolve(choice, question), choice.config

    asyncio.run(compare())
