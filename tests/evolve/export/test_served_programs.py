"""Exported programs, real frameworks and all, answer fifty tasks as `evolve apply` does."""

import asyncio
import json
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
from exported import chosen

from evolve.applying import ask
from evolve.export.formats import FORMATS
from search_spaces.library import system
from tests.evolve.runs import settings
from tests.evolve.serving.served import start, stop

pytestmark = pytest.mark.full
QUESTIONS = {f"What is {number} times 7?": str(number * 7) for number in range(50)}
SYSTEMS = ("critic_solver", "debate_with_judge", "mixture_of_agents", "self_consistency")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("key") / "key.jsonl"
    rows = [{"question": asked, "answer": truth} for asked, truth in QUESTIONS.items()]
    path.write_text("\n".join(map(json.dumps, rows)))
    process, address = start("--answers", str(path), "--pace", "0")
    yield address
    assert stop(process) == 0


@pytest.mark.parametrize("name", SYSTEMS)
def test_programs_answer_as_apply_does(url: str, name: str, tmp_path: Path) -> None:
    # With a seed the server says the same to the same request, whoever asks first.
    model = {"model": "alder-small", "base_url": url, "extra": {"seed": 1}, "max_tokens": 400}
    run = settings(models={"small": {"openai": model}}, space={})
    choice = chosen(system(name), run)
    wanted = {question: ask(run, choice.config, question).answer for question in QUESTIONS}
    assert len(set(wanted.values())) > 20
    for form in ("python", "langgraph", "openai-agents"):
        module = types.ModuleType(form.replace("-", "_"))
        exec(compile(FORMATS[form].write(choice), f"{form}.py", "exec"), vars(module))

        async def answer_all(program: types.ModuleType = module) -> dict[str, str]:
            return {question: await program.solve(question) for question in QUESTIONS}

        assert asyncio.run(answer_all()) == wanted, form
