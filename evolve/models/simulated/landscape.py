"""The world that simulated models work in: what each domain rewards, and where the answers are."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from evolve.models.simulated.files import read_yaml
from evolve.models.simulated.vocabulary import Feature, Role
from search_spaces.frozen import Frozen

Kind = Literal["plain", "sequential", "parallel", "tools"]
"""How work on a task divides: not specially, badly, well, or at the price of coordination."""


class Domain(Frozen):
    """A kind of task. Gains and difficulties are on the probit scale: Φ(1) = .84."""

    topic: str = Field(default="", description="Which of a profile's skills it calls for.")
    difficulty: float = Field(default=0.0, description="The mean of its tasks' difficulties.")
    variety: float = Field(default=0.7, ge=0, description="Their standard deviation.")
    rewards: dict[Feature, float] = Field(
        default={}, description="What an instruction to do so gains, or loses."
    )
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
    """A JSON-lines task file, and the names of the fields that matter."""

    file: Path = Field(description="Relative to the landscape's own folder.")
    question: str = "question"
    answer: str = "answer"
    domain: str = "domain"


class Landscape(Frozen):
    """Domains, and how instructions act in all of them."""

    answers: AnswerSource
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


def load_landscape(path: Path) -> Landscape:
    """Reads a landscape; its answer file's path is made relative to the landscape's folder.

    Raises:
        ConfigError: The file is missing or does not describe a landscape.
    """
    landscape = read_yaml(path, Landscape)
    source = landscape.answers
    source = source.model_copy(update={"file": path.parent / source.file})
    return landscape.model_copy(update={"answers": source})
