"""Training tasks as worked examples that agents may be shown."""

from collections.abc import Sequence
from random import Random

from evolve.tasks.base import Task
from evolve.tasks.clusters import with_domains
from search_spaces.config import Demonstration
from search_spaces.operators.examples import balanced
from search_spaces.space import SearchSpace


def with_training_examples(space: SearchSpace, training: Sequence[Task], seed: int) -> SearchSpace:
    """The space with training tasks as worked examples to draw from, domains evenly.

    Where no task has a domain, clusters by wording take their place.

    Tasks whose truth is no plain text or number, or that are longer than the space allows, are
    left out. Tasks of other splits are refused, so that nothing of them can be shown to an agent.

    Args:
        space: What is searched; it limits how many examples there are and how long they may be.
        training: The tasks of the train split.
        seed: The run's; it decides which tasks are taken where there are too many.
    """
    assert all(task.split == "train" for task in training)
    found = [example for task in training if (example := _example(task)) is not None]
    fitting = [example for example in found if example.length <= space.prompt_characters]
    rng = Random(f"{seed}/examples/0")
    # Only what may be shown is clustered, which takes the square of its number.
    shown = balanced(fitting, rng)[: space.training_examples]
    return space.with_training(with_domains(shown))


def _example(task: Task) -> Demonstration | None:
    truth = task.answer[0] if isinstance(task.answer, list) and task.answer else task.answer
    if isinstance(truth, bool) or not isinstance(truth, str | int | float) or truth == "":
        return None
    return Demonstration(
        question=task.input.text, answer=str(truth), source=task.input.id, domain=task.domain
    )
