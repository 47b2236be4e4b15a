"""Prompts that a model's context cannot hold are refused before a run."""

import pytest
from pydantic import PrivateAttr

from evolve.errors import RunError
from evolve.models.base import Model, Models, Reply, Request
from evolve.runtime.windows import check_windows, prompts
from evolve.tasks.base import TaskInput
from search_spaces.config import SystemConfig


class Narrow(Model):
    _window: int | None = PrivateAttr(default=None)

    @property
    def window(self) -> int | None:
        return self._window

    async def complete(self, request: Request) -> Reply:
        raise NotImplementedError


def models(window: int | None, max_tokens: int = 100) -> Models:
    model = Narrow(max_tokens=max_tokens)
    model._window = window
    return Models({"m": model}, "m")


TWO = SystemConfig.model_validate(
    {
        "name": "two",
        "agents": [{"name": "one", "prompt": "p" * 400}, {"name": "two", "prompt": "q" * 40}],
        "edges": [{"source": "one", "target": "two"}],
    }
)
TASK = TaskInput(id="longest", text="x" * 800)


def test_the_longest_task_and_all_that_is_always_sent_must_fit() -> None:
    check_windows(TWO, TASK, models(400))
    check_windows(TWO, TASK, models(None))
    with pytest.raises(RunError) as raised:
        check_windows(TWO, TASK, models(256))
    message = str(raised.value)
    assert "the context of model m is 256 tokens, and agent 'one' of two takes about 3" in message
    assert message.endswith("raise the model's `context`")


def test_possible_and_certain_lengths_are_distinguished() -> None:
    one, two = sorted(prompts(TWO, TASK, models(400)), key=lambda each: each.agent)
    assert (one.heard, two.heard > 100) == (0, True)
    assert one.certain > two.certain > 200
    assert one.reply == 100
