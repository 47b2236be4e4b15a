"""Landscapes: the gains of each domain, and the answer key."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag

from evolve.plugins import RunPath
from evolve.simulator.files import read_yaml
from evolve.simulator.vocabulary import Feature, Role
from search_spaces.frozen import Frozen

Kind = Literal["plain", "sequential", "parallel", "tools"]
"""How a task divides among agents: neutral, sequential, parallel, or with tools."""


Repeats = Literal["refuse", "first"]

GENERAL = Path(__file__).parent / "general.yaml"
"""A landscape for unknown tasks, without an answer key."""


class Pair(Frozen):
    """An interaction of two instructions."""

    of: tuple[Feature, Feature]
    gain: float = Field(description="The gain or loss of both together, beyond their own.")


class Domain(Frozen):
    """A kind of task. Gains and difficulties are on the probit scale: Φ(1) = .84."""

    topic: str = Field(default="", description="The skill of a profile that it needs.")
    difficulty: float = Field(default=0.0, description="The mean of its tasks' difficulties.")
    variety: float = Field(default=0.7, ge=0, description="Their standard deviation.")
    rewards: dict[Feature, float] = Field(
        default={}, description="The gain or loss of an instruction, by feature."
    )
    pairs: tuple[Pair, ...] = ()
    roles: dict[Role, float] = Field(default={}, description="The gain of a role.")
    demonstrations: float = Field(default=0.1, description="Gain of many good worked examples.")
    thinking: float = Field(default=1.0, ge=0, description="Multiplies the gain of thinking.")
    alike: float = Field(
        default=0.0, ge=0, lt=1, description="The share of the samples' noise that is common."
    )
    checkable: float = Field(default=0.0, description="Makes errors easier to find.")
    kind: Kind = "plain"
    division: float = Field(default=0.2, ge=0, description="The strength of the effect of `kind`.")
    echo: float = Field(
        default=0.15, ge=0, description="How far peers' reasoning helps or misleads."
    )
    length: float = Field(default=1.0, gt=0, description="Multiplies the length of replies.")


class AnswerSource(Frozen):
    """A task file as an answer key; its fields are named as in a run file's ``tasks``."""

    file: RunPath = Field(description="A .jsonl, .json or .csv file, also with .gz.")
    question: str = Field(
        default="question", min_length=1, description="A field, or a text with {field}s."
    )
    answer: str = Field(default="answer", min_length=1, description="The field with the truth.")
    answer_pattern: str | None = Field(
        default=None, description="A regular expression that finds the truth in that field."
    )
    domain: str = Field(default="domain", description="A field; rows may lack it.")
    repeats: Repeats = Field(
        default="refuse",
        description="What to do with a question repeated with another answer: refuse the "
        "file, or keep the first answer.",
    )


class Optimum(Frozen):
    """The best known system, for measuring searches; models do not use it."""

    system: dict[str, Any] = Field(description="As in a system file.")
    score: float = Field(ge=0, le=1, description="Its mean score on validation and test tasks.")
    how: str = Field(default="", description="The evidence that it is the best.")


class Landscape(Frozen):
    """Domains, and how instructions act in all of them."""

    optimum: Optimum | None = None

    answers: AnswerSource | None = Field(
        default=None, description="The answer key, unless the model names another."
    )
    seed: int = Field(default=0, description="Fixes difficulties, pitfalls and family traits.")
    domains: dict[str, Domain] = Field(default={}, description="The domains by name.")
    elsewhere: Domain = Field(
        default=Domain(), description="The domain of tasks whose own is not listed."
    )

    ceiling: float = Field(default=0.9, gt=0, description="The largest gain of instructions.")
    dilution: float = Field(
        default=0.08, ge=0, description="Loss for each procedure beyond what a model can follow."
    )
    contradiction: float = Field(default=0.3, ge=0, description="Loss for each contradiction.")
    bloat_words: int = Field(default=120, ge=1, description="Instructions beyond this are bloat.")
    bloat: float = Field(default=0.12, ge=0, description="Loss for each doubling beyond it.")
    crowding: float = Field(
        default=0.25, ge=0, description="Loss for each doubling of the prompt beyond the window."
    )
    misfit: float = Field(default=0.05, ge=0, description="Loss for a role from another topic.")
    overheating: float = Field(default=0.5, ge=0, description="Loss by temperature above 1.")
    feedback: float = Field(default=0.3, ge=0, description="Gain of justified criticism.")
    gist_tokens: float = Field(
        default=12, gt=0, description="Length at which a message conveys half of its content."
    )

    def domain(self, name: str) -> Domain:
        """The domain of that name, or ``elsewhere``."""
        return self.domains.get(name, self.elsewhere)


LandscapeOption: TypeAlias = Annotated[
    Annotated[RunPath, Tag("file")] | Annotated[Landscape, Tag("world")],
    Discriminator(lambda value: "world" if isinstance(value, Mapping | Landscape) else "file"),
]
"""A landscape, by name or inline."""


def load_landscape(path: Path) -> Landscape:
    """Reads a landscape; its answer file's path is made relative to the landscape's folder.

    Raises:
        ConfigError: The file is missing or does not describe a landscape.
    """
    landscape = read_yaml(path, Landscape)
    if landscape.answers is None:
        return landscape
    source = landscape.answers
    source = source.model_copy(update={"file": path.parent / source.file})
    return landscape.model_copy(update={"answers": source})
