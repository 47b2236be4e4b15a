"""The world that simulated models work in: what each domain rewards, and where the answers are."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag

from evolve.models.simulated.files import read_yaml
from evolve.models.simulated.vocabulary import Feature, Role
from evolve.plugins import RunPath
from search_spaces.frozen import Frozen

Kind = Literal["plain", "sequential", "parallel", "tools"]
"""How work on a task divides: not specially, badly, well, or at the price of coordination."""


Repeats = Literal["refuse", "first"]

GENERAL = Path(__file__).parent / "general.yaml"
"""A world for tasks of which nothing is known; its answer key is for others to give."""


class Pair(Frozen):
    """Instructions that do something together which neither does by itself."""

    of: tuple[Feature, Feature]
    gain: float = Field(description="What both together gain or lose, on top of their own.")


class Domain(Frozen):
    """A kind of task. Gains and difficulties are on the probit scale: Φ(1) = .84."""

    topic: str = Field(default="", description="Which of a profile's skills it calls for.")
    difficulty: float = Field(default=0.0, description="The mean of its tasks' difficulties.")
    variety: float = Field(default=0.7, ge=0, description="Their standard deviation.")
    rewards: dict[Feature, float] = Field(
        default={}, description="What an instruction to do so gains, or loses."
    )
    pairs: tuple[Pair, ...] = ()
    roles: dict[Role, float] = Field(default={}, description="What a role gains.")
    demonstrations: float = Field(default=0.1, description="Gain of many good worked examples.")
    thinking: float = Field(default=1.0, ge=0, description="Multiplies the gain of thinking.")
    alike: float = Field(
        default=0.0, ge=0, lt=1, description="Share of the samples' own luck that all have alike."
    )
    checkable: float = Field(default=0.0, description="Makes errors easier to find.")
    kind: Kind = "plain"
    division: float = Field(default=0.2, ge=0, description="How strongly the kind acts.")
    echo: float = Field(
        default=0.15, ge=0, description="How far reasoning that is heard helps or misleads."
    )
    length: float = Field(default=1.0, gt=0, description="Multiplies the length of replies.")


class AnswerSource(Frozen):
    """A task file as an answer key; its fields are named as in a run file's ``tasks``."""

    file: RunPath = Field(description="A .jsonl, .json or .csv file, perhaps with .gz.")
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
        description="What to do where a question comes again with another answer: refuse the "
        "file, or keep the first answer.",
    )


class Optimum(Frozen):
    """The best system that is known, for those who judge searches; models make nothing of it."""

    system: dict[str, Any] = Field(description="As a system file says it.")
    score: float = Field(ge=0, le=1, description="Its mean score on validation and test tasks.")
    how: str = Field(default="", description="How it is known to be the best.")


class Landscape(Frozen):
    """Domains, and how instructions act in all of them."""

    optimum: Optimum | None = None

    answers: AnswerSource | None = Field(
        default=None, description="The answer key, where the model names no other."
    )
    seed: int = Field(default=0, description="Fixes difficulties, pitfalls and family traits.")
    domains: dict[str, Domain] = Field(default={}, description="By the name that tasks give.")
    elsewhere: Domain = Field(default=Domain(), description="Where a task's domain is not listed.")

    ceiling: float = Field(default=0.9, gt=0, description="What instructions gain at the most.")
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
        default=12, gt=0, description="Length at which a message tells half of what it can."
    )

    def domain(self, name: str) -> Domain:
        """The domain of that name, or ``elsewhere``."""
        return self.domains.get(name, self.elsewhere)


LandscapeOption: TypeAlias = Annotated[
    Annotated[RunPath, Tag("file")] | Annotated[Landscape, Tag("world")],
    Discriminator(lambda value: "world" if isinstance(value, Mapping | Landscape) else "file"),
]
"""A landscape that a run file names or writes out."""


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
