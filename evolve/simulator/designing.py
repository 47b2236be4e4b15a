"""Designing systems: the simulated model's replies as a meta-agent.

It reads the prompt as a model would: the system, the kinds of task that fail and how often, what
was tried, what models cost and what an evaluation may cost. It chooses a kind of task that fails
often. With the profile's probability ``insight`` it knows what that kind rewards, which represents
world knowledge; otherwise it gives common advice, some of which does harm. It considers one kind of
task at a time, so even an informed change can cost elsewhere. With the
probability ``blunders`` its reply is no valid proposal; half as often after an error message.
"""

import json
import re
from collections.abc import Mapping
from random import Random
from typing import Any

from pydantic import ValidationError

from evolve.meta import headings
from evolve.models.base import Request
from evolve.simulator.landscape import Domain, Landscape
from evolve.simulator.profile import Profile
from evolve.simulator.reader import read
from evolve.simulator.remedies import Case, remedied
from search_spaces.config import SystemConfig
from search_spaces.draft import Draft
from search_spaces.edits import EDITS, Edits, SetPrompt, diff
from search_spaces.errors import ConfigError
from search_spaces.yaml_text import parse_system

_HEADING = re.compile(r"^(## .+)$", re.MULTILINE)
_YAML = re.compile(r"^```yaml\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
_DOMAIN = re.compile(r"^- (.+): ([0-9.]+) on (\d+) tasks$", re.MULTILINE)
_FAILED = re.compile(r"^### Task of kind (.+), score [0-9.e-]+$", re.MULTILINE)
_COST = re.compile(r"\$?([0-9.]+)(?: \w+)? per evaluation")
_MAY_COST = re.compile(r"may cost \$?([0-9.]+)")
_PRICE = re.compile(r"^- model (.+): \$\S+ for .*?, \$(\S+) for completion$", re.MULTILINE)
_AGENTS = re.compile(r"^- agents: \d+ to (\d+)", re.MULTILINE)
_ADDED = re.compile(r"\+ '([^']+)'")

_ATTEMPTS = 8
_ROOM = 3.0
"""The assumed room for cost where it is not stated."""


def is_design(schema: Mapping[str, Any] | None) -> bool:
    """Whether a schema is that of a proposal."""
    properties = (schema or {}).get("properties")
    return isinstance(properties, Mapping) and not {"edits", "system"}.isdisjoint(properties)


def designed(request: Request, profile: Profile, landscape: Landscape, rng: Random) -> str:
    """A reply that proposes edits or a whole system, as the request's schema wants.

    Args:
        request: A request whose schema `is_design`.
        profile: The profile of the designer.
        landscape: The landscape, of which insight knows the gains.
        rng: The source of noise.
    """
    schema = request.schema or {}
    asked = next((turn.content for turn in request.messages if turn.role == "user"), "")
    again = any(turn.role == "assistant" for turn in request.messages)
    sections = _sections(asked)
    parent = _system(sections, headings.SYSTEM)
    if parent is None:
        return json.dumps({"rationale": "I cannot read the system.", "edits": []})
    other = _system(sections, headings.OTHER)
    label = _focus(sections, rng)
    case = _case(sections, landscape.domain(label), rng.random() < profile.insight)
    whole = "system" in schema["properties"]
    child = parent
    for attempt in range(_ATTEMPTS):
        draft = Draft.of(parent)
        if other is not None and not again and attempt < _ATTEMPTS / 2:
            _take_over(draft, other, rng)
        else:
            remedied(draft, case, rng, changes=3 if whole else rng.choice((1, 1, 2)))
        child = _built(draft) or parent
        if child.id != parent.id:
            break
    reply: dict[str, Any] = {"rationale": f"Tasks {f'of kind {label} ' if label else ''}fail."}
    if whole:
        reply["system"] = child.model_dump(mode="json")
    else:
        reply["edits"] = EDITS.dump_python(diff(parent, child), mode="json")
    text = json.dumps(_conform(reply, schema), ensure_ascii=False)
    slips = rng.random() < profile.blunders * (0.5 if again else 1.0)
    return _blundered(text, rng) if slips else text


def _sections(asked: str) -> dict[str, str]:
    """The text under each heading of a prompt."""
    parts = _HEADING.split(asked)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _system(sections: Mapping[str, str], heading: str) -> SystemConfig | None:
    found = _YAML.search(sections.get(heading, ""))
    try:
        return parse_system(found[1], "the prompt") if found else None
    except ConfigError:
        return None


def _focus(sections: Mapping[str, str], rng: Random) -> str:
    """A kind of task that fails often; empty where kinds are not distinguished."""
    scores = _DOMAIN.findall(sections.get(headings.DOMAINS, ""))
    failures = {label: (1 - float(mean)) * int(count) for label, mean, count in scores}
    if not any(failures.values()):
        labels = _FAILED.findall(sections.get(headings.FAILED, ""))
        failures = {label: float(labels.count(label)) for label in labels}
    return rng.choices(list(failures), list(failures.values()))[0] if failures else ""


def _case(sections: Mapping[str, str], focus: Domain, knows: bool) -> Case:
    tried = " ".join(_ADDED.findall(sections.get(headings.TRIED, "")))
    limits = sections.get(headings.LIMITS, "")
    prices = {
        None if name.startswith("null") else name: float(price)
        for name, price in _PRICE.findall(limits)
    }
    cost = _number(_COST, sections.get(headings.SYSTEM, ""))
    may_cost = _number(_MAY_COST, sections.get(headings.OBJECTIVE, ""))
    agents = _number(_AGENTS, limits)
    return Case(
        focus=focus,
        knows=knows,
        tried=read(tried).features,
        room=may_cost / cost if may_cost and cost else _ROOM,
        prices=prices,
        most_agents=int(agents or 1),
    )


def _number(pattern: re.Pattern[str], text: str) -> float | None:
    found = pattern.search(text)
    return float(found[1]) if found else None


def _take_over(draft: Draft, other: SystemConfig, rng: Random) -> None:
    """Copies something of another system: a prompt, a model, or a number of samples."""
    name, donor = rng.choice(draft.sources), other.agent(rng.choice(other.sources))
    agent = draft.agents[name]
    news = [line for line in donor.prompt.split("\n") if line not in agent.prompt]
    words = "\n".join([agent.prompt, *news]).strip()
    changes: list[dict[str, object]] = [
        {"prompt": words},
        {"role": donor.role, "prompt": words},
        {"model": donor.model, "temperature": donor.temperature},
    ]
    if draft.answer.mode != "last":
        changes.append({"samples": donor.samples})
    draft.agents[name] = agent.model_copy(update=rng.choice(changes))


def _built(draft: Draft) -> SystemConfig | None:
    try:
        return draft.build()
    except ValidationError:
        return None


def _conform(value: Any, schema: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    """A value without the keys that a schema does not know."""
    for option in schema.get("anyOf", ()):
        tags = option.get("properties", {}).get("edit", {}).get("enum")
        if isinstance(value, dict) and tags and value.get("edit") in tags:
            return _conform(value, option)
    if isinstance(value, dict):
        known = schema.get("properties", {})
        return {key: _conform(part, known[key]) for key, part in value.items() if key in known}
    if isinstance(value, list):
        return [_conform(part, schema.get("items", {})) for part in value]
    return value


def _blundered(text: str, rng: Random) -> str:
    """An invalid proposal: cut off, or naming an unknown agent."""
    cut = text[: len(text) * 2 // 3]
    edits: Edits = (SetPrompt(agent="assistant", prompt="Do better."),)
    unknown = {"rationale": "It is too vague.", "edits": EDITS.dump_python(edits, mode="json")}
    return rng.choice((cut, json.dumps(unknown), '{"rationale": "It is fine.", "edits": []}'))
