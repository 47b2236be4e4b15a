import asyncio
from random import Random

from pydantic import PrivateAttr

from archive.records import Candidate
from evolve.models.base import Model, Models, Reply, Request
from evolve.runtime.scheduler import run_system
from evolve.standings.view import ArchiveView
from evolve.strategies.composed import Composed
from evolve.strategies.parts.label_calibration import INPUTS, worst_case
from evolve.strategies.parts.proposers.label_choice import LabelChoices, labels_of
from evolve.tasks.base import TaskInput
from search_spaces.config import Agent, Demonstration, SystemConfig
from search_spaces.space import SearchSpace
from tests.evolve.strategies.searches import view_of

POOL = [
    Demonstration(question=f"message {number}", answer="ab"[number % 2], source=str(number))
    for number in range(8)
]
SPACE = SearchSpace(agents=[1, 3]).with_training(POOL)
SINGLE = SystemConfig(agents=(Agent(name="solver", demonstrations=tuple(POOL[:2])),))
SEED = Candidate(number=0, config=SINGLE, operator="seed")


class Biased(Model):
    """Prefers the label ``a``; an input with ``b!`` makes ``b`` rise a little."""

    _requests: list[Request] = PrivateAttr(default_factory=list)

    @property
    def scores_labels(self) -> bool:
        return True

    async def complete(self, request: Request) -> Reply:
        self._requests.append(request)
        rise = 0.5 if "b!" in request.messages[-1].content else 0.0
        scores = tuple(-1.0 if label == "a" else -3.0 + rise for label in request.labels)
        return Reply("a", 5, 1, 0.0, label_scores=scores)


def proposed(model: Model) -> tuple[SystemConfig, int]:
    strategy = Composed(proposers=(LabelChoices(),))
    view: ArchiveView = view_of(SPACE, [SEED], [0.5])
    proposal = asyncio.run(strategy.ask(view, Models({"m": model}, "m"), Random(0)))
    assert proposal is not None
    return proposal.config, len(proposal.steps)


def test_means_are_estimated_from_training_inputs_and_booked() -> None:
    config, steps = proposed(Biased())
    choice = config.agents[0].label_choice
    assert choice is not None
    assert (choice.labels, choice.means) == (("a", "b"), (-1.0, -3.0))
    assert steps == len(POOL) <= INPUTS


def test_a_calibrated_choice_removes_the_bias() -> None:
    model = Biased()
    config, _ = proposed(model)
    models = Models({"m": model}, "m")

    def answer(text: str) -> str:
        return asyncio.run(run_system(config, TaskInput(id="t", text=text), models)).answer

    assert (answer("x"), answer("x b!")) == ("a", "b")
    assert model._requests[-1].max_tokens == 1


def test_agents_keep_writing_where_labels_do_not_fit() -> None:
    numbers = [each.model_copy(update={"answer": each.source}) for each in POOL]
    assert labels_of(SINGLE.agents[0], SearchSpace().with_training(numbers)) == ()


def test_models_without_log_probabilities_are_not_asked() -> None:
    class Plain(Biased):
        @property
        def scores_labels(self) -> bool:
            return False

    models = Models({"m": Plain()}, "m")
    assert worst_case(SPACE, models).calls == 0
    assert worst_case(SPACE, Models({"m": Biased()}, "m")).calls == INPUTS * 3


def test_an_input_is_never_its_own_worked_example() -> None:
    agent = Agent(name="solver", demonstrations=tuple(POOL), nearest_examples=2)
    seed = SEED.model_copy(update={"config": SystemConfig(agents=(agent,))})
    model = Biased()
    view = view_of(SPACE, [seed], [0.5])
    strategy = Composed(proposers=(LabelChoices(),))
    proposal = asyncio.run(strategy.ask(view, Models({"m": model}, "m"), Random(0)))
    assert proposal is not None
    assert proposal.config.agents[0].label_choice is not None
    assert len(model._requests) == len(POOL)
    for request in model._requests:
        *shown, asked = [each.content for each in request.messages if each.role == "user"]
        assert len(shown) == 2
        assert not [text for text in shown if text in asked]
