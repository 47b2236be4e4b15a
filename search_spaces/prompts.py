"""Prompts as lines: a role's words first, then whatever else, with library fragments as lines."""

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from search_spaces.config import Agent
from search_spaces.library import Fragment, Role, fragments, roles


def found_fragments(prompt: str) -> list[Fragment]:
    """The library fragments that stand in the prompt as lines of their own."""
    known = _by_text()
    return [known[line] for line in prompt.split("\n") if line in known]


def found_role(agent: Agent) -> Role | None:
    """The library role that the agent has, by its title."""
    return _by_title().get(agent.role)


def with_fragment(prompt: str, fragment: Fragment) -> str:
    """The prompt with the fragment as its last line."""
    return f"{prompt}\n{fragment.text}".strip()


def without_fragment(prompt: str, fragment: Fragment) -> str:
    """The prompt without the lines that are the fragment."""
    return "\n".join(line for line in prompt.split("\n") if line != fragment.text).strip()


def compose(role: Role | None, chosen: Iterable[Fragment]) -> str:
    """The prompt of an agent with that role, and the fragments after it."""
    lines = [role.prompt] if role else []
    return "\n".join([*lines, *(fragment.text for fragment in chosen)])


def in_role(agent: Agent, role: Role) -> Agent:
    """The agent in another role: its words change, but for the library fragments among them."""
    prompt = compose(role, found_fragments(agent.prompt))
    return agent.model_copy(update={"role": role.title, "prompt": prompt})


@cache
def _by_text() -> Mapping[str, Fragment]:
    return MappingProxyType({fragment.text: fragment for fragment in fragments().values()})


@cache
def _by_title() -> Mapping[str, Role]:
    return MappingProxyType({role.title: role for role in roles().values()})
