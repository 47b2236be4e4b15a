"""The prompts as files: read, filled with values, and identified by a hash of their text."""

import re
from functools import cache
from importlib import resources

from archive.records import Prompt

NAMES = ("system", "edits", "crossover", "whole", "repair", "choose")
"""Every prompt: what always comes first, one for each assignment, the complaint, the choice."""

_PLACE = re.compile(r"\{([a-z_]+)\}")


@cache
def template(name: str) -> Prompt:
    """The prompt of that name, one of `NAMES`."""
    file = resources.files(__package__).joinpath("prompts", f"{name}.md")
    return Prompt(name=name, text=file.read_text(encoding="utf-8").strip())


def places(prompt: Prompt) -> set[str]:
    """The names of the values that a prompt wants."""
    return set(_PLACE.findall(prompt.text))


def fill(prompt: Prompt, **values: str) -> str:
    """A prompt with its values, which are put in as they are: braces in them mean nothing."""
    return _PLACE.sub(lambda place: values[place[1]], prompt.text)
