"""Exported programs, real frameworks and all, answer fifty tasks as `evolve apply` does."""

import asyncio
import json
import types
from collections.abc import Iterable, Iterator

import pytest

from evolve.export import programs
from evolve.export.formats import FORMATS
from evolve.serving.apply import ask
from evolve.serving.deployment import Deployment
from search_spaces.config import Agent, SystemConfig
from search_spaces.library import system
from tests.evolve.export.exported import chosen
from tests.evolve.runs import settings
from tests.evolve.serving.served import start, stop

pytestmark = pytest.mark.full
QUESTIONS = {f"What is {number} times 7?": str(number * 7) for number in range(50)}
ELSE = SystemConfig.model_validate(
    {
        "name": "all_else",
        "description": "Whatever the known systems do not ask for.",
        "agents": [
            {
                "name": "solver",
                "temperature": 0.9,
                "top_p": 0.8,
                "max_tokens": 200,
                "weight": 2.0,
                "demonstrations": [
                    {"question": "What is 1 times 7?", "answer": "Answer: 7"},
                    {"question": "What is 30 times 7?", "answer": "Answer: 210"},
                ],
                "nearest_examples": 1,
            },
            {"name": "other", "role": "solver", "model": "other", "effort": "low", "samples": 3},
        ],
        "edges": [{"source": "other", "target": "solver", "kind": "feedback"}],
        "rounds": 3,
        "stop": {"rule": "consensus"},
        "answer": {"mode": "weighted_vote", "sources": ["solver", "other"]},
    }
)
NAMES = ("critic_solver", "debate_with_judge", "mixture_of_agents", "self_consistency")
ROUTED = SystemConfig.model_validate(
    {
        "name": "routed",
        "agents": [
            {"name": "router"},
            {"name": "odd", "role": "solver", "prompt": "Numbers are odd.", "model": "other"},
            {"name": "even", "role": "solver"},
            {"name": "checker", "role": "critic"},
        ],
        "edges": [
            {"source": "router", "target": "odd", "kind": "route", "when": "task: 1, 3, 5, 11, 13"},
            {"source": "router", "target": "even", "kind": "route", "when": "else"},
            {"source": "odd", "target": "checker"},
        ],
        "answer": {"mode": "vote", "sources": ["odd", "even", "checker"]},
    }
)
SYSTEMS = [*map(system, NAMES), ELSE, ROUTED]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("key") / "key.jsonl"
    rows = [{"question": models_of, "answer": truth} for models_of, truth in QUESTIONS.items()]
    path.write_text("\n".join(map(json.dumps, rows)))
    process, address = start("--answers", str(path), "--pace", "0")
    yield address
    assert stop(process) == 0


def test_they_ask_for_all_that_programs_can_do() -> None:
    def models_of(parts: Iterable[SystemConfig | Agent]) -> set[str]:
        return {name for part in parts for name in part.model_dump(exclude_defaults=True)}

    assert models_of(SYSTEMS) == programs.SYSTEM_FIELDS
    # The server reports no log-probabilities, by which labels are chosen.
    asked = models_of(agent for each in SYSTEMS for agent in each.agents) | {"label_choice"}
    assert asked == programs.AGENT_FIELDS
    assert {each.answer.mode for each in SYSTEMS} == programs.MODES
    assert {each.stop.rule for each in SYSTEMS} == programs.RULES
    assert {edge.kind for each in SYSTEMS for edge in each.edges} == programs.EDGES


@pytest.mark.parametrize("config", SYSTEMS, ids=lambda config: config.name)
def test_programs_answer_as_apply_does(url: str, config: SystemConfig) -> None:
    # With a seed the server says the same to the same request, whichever program asks first.
    model = {"model": "alder-small", "base_url": url, "extra": {"seed": 1}, "max_tokens": 400}
    models = {"small": {"openai": model}, "other": {"openai": {**model, "model": "birch-small"}}}
    run = settings(models=models, space={})
    choice, deployment = chosen(config, run), Deployment.of(run)
    wanted = {question: ask(deployment, choice.config, question).answer for question in QUESTIONS}
    assert len(set(wanted.values())) > 20
    for form in ("python", "langgraph", "openai-agents"):
        module = types.ModuleType(form.replace("-", "_"))
        exec(compile(FORMATS[form].write(choice), f"{form}.py", "exec"), vars(module))

        async def answer_all(program: types.ModuleType = module) -> dict[str, str]:
            return {question: await program.solve(question) for question in QUESTIONS}

        assert asyncio.run(answer_all()) == wanted, form
