import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from evolve.models.base import Message, Request
from evolve.simulator.draws import Noise, normal, uniform
from tests.evolve.simulator.simulated_world import Sums, World

ROOT = Path(__file__).parents[3]
SCRIPT = """
from hashlib import sha256
from pathlib import Path
from evolve.models.base import Request
from evolve.simulator.simulated import Simulated
from evolve.runtime.messages import Inbound, VERDICT, selection, turn
from evolve.tasks.base import TaskInput
from search_spaces.config import Agent
import json

rows = [json.loads(line) for line in Path("configs/puzzles.jsonl").read_text().splitlines()][:40]
model = Simulated(profile="birch-medium", landscape="configs/puzzles_landscape.yaml", seed=3)
agent = Agent(name="a", role="careful logician", prompt="Plan, then work step by step. Rule out "
              "what cannot be, spell, mind units, check, keep it short, list every case.")
said = []
for row in rows:
    task = TaskInput(id=row["id"], text=row["question"], instructions="End with 'Answer: …'.")
    first = [model.reply(Request(turn(agent, task), 300, sample=n)) for n in range(3)]
    heard = [Inbound("solver", reply.text) for reply in first]
    for messages in (turn(agent, task, heard, first[0].text), selection(agent, task, ["a", "b"]),
                     turn(agent, task, heard, closing=VERDICT)):
        said.append(model.reply(Request(messages, 300, temperature=0.7, effort="high")))
    said += first
print(sha256(repr(said).encode()).hexdigest())
"""


@pytest.mark.full
def test_replies_are_equal_in_every_process() -> None:
    seen = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "12345")
    }
    assert len(seen) == 1
    assert len(seen.pop().strip()) == 64


def test_the_order_of_calls_changes_nothing(world: World, sums: Sums) -> None:
    one, other = world.model(), world.model()
    requests = [Request(messages, 500) for messages, _ in sums.prompts()[:50]]
    forward = [one.reply(request) for request in requests]
    backward = [other.reply(request) for request in reversed(requests)]
    assert forward == backward[::-1]


def test_samples_are_other_draws_and_repeat_themselves(world: World, sums: Sums) -> None:
    model = world.model()
    conversations = sums.prompts()
    first = sums.replies(model, conversations, sample=0)
    assert first == sums.replies(model, conversations, sample=0)
    assert first != sums.replies(model, conversations, sample=1)


def test_at_temperature_0_all_samples_are_the_same(world: World, sums: Sums) -> None:
    model = world.model()
    conversations = sums.prompts()
    cold = [sums.replies(model, conversations, sample=n, temperature=0.0) for n in range(3)]
    assert cold[0] == cold[1] == cold[2]


def test_warmer_samples_agree_less(world: World, sums: Sums) -> None:
    model = world.model()
    conversations = sums.prompts()

    def agreement(temperature: float) -> int:
        pair = [
            sums.answers(model, conversations, sample=n, temperature=temperature) for n in (0, 1)
        ]
        return sum(a == b for a, b in zip(*pair, strict=True))

    assert agreement(0.2) > agreement(0.6) > agreement(1.0)


def test_seeds_and_profiles_are_other_models(world: World, sums: Sums) -> None:
    conversations = sums.prompts()
    ours = sums.answers(world.model(), conversations)
    assert ours != sums.answers(world.model(seed=1), conversations)
    assert ours != sums.answers(world.model({"clustering": 0.3}), conversations)


def test_a_model_survives_pickling(world: World, sums: Sums) -> None:
    model = world.model()
    conversations = sums.prompts()[:20]
    before = sums.replies(model, conversations)
    assert sums.replies(pickle.loads(pickle.dumps(model)), conversations) == before


def test_draws_are_uniform_and_normal() -> None:
    shares = [uniform("draw", number) for number in range(4000)]
    assert all(0 < share < 1 for share in shares)
    assert abs(sum(shares) / len(shares) - 0.5) < 0.02
    values = [normal("draw", number) for number in range(4000)]
    assert abs(sum(values) / len(values)) < 0.06
    assert abs(sum(value**2 for value in values) / len(values) - 1) < 0.1


def test_the_names_of_a_draw_do_not_run_together() -> None:
    assert uniform("a", "bc") != uniform("ab", "c")


def test_heat_is_the_share_of_variance_that_is_new() -> None:
    def product(number: int) -> float:
        key = f"conversation {number}".encode()
        return Noise(key, 0, 0.3).normal("x") * Noise(key, 1, 0.3).normal("x")

    assert abs(sum(map(product, range(4000))) / 4000 - 0.7) < 0.07


def test_words_between_messages_cannot_be_shifted(world: World) -> None:
    model = world.model()
    one = Request((Message("user", "ab"), Message("user", "c")), 100)
    other = Request((Message("user", "a"), Message("user", "bc")), 100)
    assert model.reply(one).latency_s != model.reply(other).latency_s
