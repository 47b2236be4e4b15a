"""The formats that systems are exported in."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from evolve.export import files, programs, trajectories
from evolve.export.choice import Choice
from search_spaces.errors import unknown


class Format(NamedTuple):
    """How a chosen candidate is written."""

    suffix: str
    write: Callable[[Choice], str]


TRAJECTORIES = "trajectories"
"""The format that needs the tasks and the scorer of the run."""

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "yaml": Format(".yaml", files.yaml),
        "json": Format(".json", files.json_text),
        "python": Format(".py", programs.python),
        "langgraph": Format(".py", programs.langgraph),
        "openai-agents": Format(".py", programs.openai_agents),
        "mermaid": Format(".mmd", files.mermaid),
        TRAJECTORIES: Format(".jsonl", trajectories.write),
    }
)

STUDY = "optuna"
"""The format of a whole run."""


def format_of(name: str) -> Format:
    """The format of that name.

    Raises:
        ConfigError: There is none; the message names the known ones.
    """
    if name not in FORMATS:
        raise unknown("format", name, (*FORMATS, STUDY))
    return FORMATS[name]
