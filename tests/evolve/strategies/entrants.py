"""Every shipped search: strategies, some with a meta-agent, and presets."""

from typing import Annotated

from pydantic import TypeAdapter

from evolve.runfile import presets
from evolve.strategies.base import STRATEGIES, Strategy

META = "meta"
"""What presets call the meta-agent's model."""

_READER: TypeAdapter[Strategy] = TypeAdapter(Annotated[Strategy, STRATEGIES])


def written() -> dict[str, object]:
    """Each as a run file would write it, by a name for it; whatever is added is here by itself."""
    plain = {name: name for name in STRATEGIES.names()}
    reflecting = {
        f"{name}+{META}": {name: {"model": META}}
        for name in STRATEGIES.names()
        if "model" in STRATEGIES.find(name).model_fields
    }
    published = {
        f"preset {name}": presets.read_preset(name)["strategy"] for name in presets.names()
    }
    return {**plain, **reflecting, **published}


ENTRANTS = tuple(written())
"""Their names."""


def entrant(name: str) -> Strategy:
    """The strategy of that name."""
    return read(written()[name])


def read(value: object) -> Strategy:
    """The strategy that a run file writes so."""
    return _READER.validate_python(value)
