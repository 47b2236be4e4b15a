"""Prompts by lines: the prompt of a role first, then others, among them library fragments."""

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from search_spaces.config import Agent
from search_spaces.library import Fragment, Role, fragments, roles


def found_fragments(prompt: str) -> list[Fragment]:
    """The library fragments that are lines of the prompt."""
    known = _by_text()
    return [known[line] for line in prompt.split("\n") if line in known]


def found_role(agent: Agent) -> Role | None:
    """The library role whose title the agent has as its role."""
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
    """The agent in another role; of its prompt, the library fragments are kept."""
    prompt = compose(role, found_fragments(agent.prompt))
    return agent.model_copy(update={"role": role.title, "prompt": prompt})


@cache
def _by_text() -> Mapping[str, Fragment]:
    return MappingProxyType({fragment.text: fragment for fragment in fragments().values()})


@cache
def _by_title() -> Mapping[str, Role]:
    return MappingProxyType({role.title: role for role in roles().values()})
