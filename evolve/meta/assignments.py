"""The assignments of a meta-agent: edits, a whole system, or a cross of two systems.

A prompt's size is bounded by construction: each section is cut to its share of what is allowed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal, TypeAlias

from archive.records import Candidate, Prompt
from evolve.meta import examples, schemas
from evolve.meta.checks import Checks, Child
from evolve.meta.history import History
from evolve.meta.showing import best_in_words, limits_in_words, objective_in_words, system_in_words
from evolve.meta.templates import fill, template
from evolve.models.base import Message, Models
from evolve.prompts.lengths import cut
from evolve.prompts.quoting import listed
from evolve.standings.view import ArchiveView

Kind: TypeAlias = Literal["edits", "crossover", "whole"]

_SHARES = {
    "system": 0.25,
    "other": 0.2,
    "failed": 0.3,
    "solved": 0.03,
    "domains": 0.03,
    "lineage": 0.06,
    "tried": 0.1,
    "elsewhere": 0.05,
    "limits": 0.12,
    "objective": 0.04,
}
"""The shares of the sections in what the templates leave; ``other`` is not always there."""

SOLVED_SHOWN = 3


@dataclass(frozen=True)
class Assignment:
    """What is asked, how the reply has to look, and how it is read and checked."""

    kind: Kind
    prompts: tuple[Prompt, ...]
    messages: tuple[Message, ...]
    schema: schemas.Schema
    read: Callable[[str], Child]
    """Raises a ConfigError of one line, for the meta-agent to put right."""


def assign(
    kind: Kind,
    view: ArchiveView,
    models: Models,
    parent: Candidate,
    other: Candidate | None,
    rng: Random,
    *,
    failures: int,
    prompt_bytes: int,
    systems: int = 0,
    only: Sequence[str] = (),
) -> Assignment:
    """Writes an assignment.

    Args:
        kind: What to ask for.
        view: What was found so far.
        models: The models whose prices are shown.
        parent: The system to start from.
        other: The system to cross it with, for a crossover.
        rng: Decides which examples are shown.
        failures: How many failed examples are shown.
        prompt_bytes: UTF-8 bytes that the messages take at most.
        systems: How many other systems are shown, the best first, where a whole one is requested.
        only: The kinds of edits that are requested; none named: all.
    """
    first, then = template("system"), template(kind)
    seen = view.examples(parent.number)
    failed = examples.failed(seen, failures, rng)
    solved = examples.solved(seen, SOLVED_SHOWN, rng)
    room = prompt_bytes - sum(len(prompt.text.encode()) for prompt in (first, then))
    share = {name: int(part * room) for name, part in _SHARES.items()}
    if other is None and not systems:
        share["failed"] += share["other"]
    sections = {
        "failed": examples.in_full(failed, share["failed"]),
        "solved": examples.in_brief(solved, share["solved"]),
        "domains": listed(examples.domains_in_words(seen), share["domains"], "All are of one."),
        "limits": cut("\n".join(limits_in_words(view.space, models, only)), share["limits"]),
        "archive": listed(
            best_in_words(view, parent, systems), share["other"] if systems else 0, "None yet."
        ),
        **_found(view, parent, other, share),
    }
    asked = cut(fill(then, **sections), prompt_bytes - len(first.text.encode()))
    checks = Checks(view, parent, [*failed, *solved], only)
    return Assignment(
        kind=kind,
        prompts=(first, then),
        messages=(Message("system", first.text), Message("user", asked)),
        schema=schemas.system_schema(view.space)
        if kind == "whole"
        else schemas.edits_schema(view.space, only),
        read=checks.system if kind == "whole" else checks.edits,
    )


def _found(
    view: ArchiveView, parent: Candidate, other: Candidate | None, share: Mapping[str, int]
) -> dict[str, str]:
    """The sections on what the search found: systems, standings and history."""
    past, none = History(view, parent), "Nothing yet."
    return {
        "objective": cut(objective_in_words(view), share["objective"]),
        "system": system_in_words(view, parent, share["system"]),
        "other": system_in_words(view, other, share["other"]) if other else "",
        "lineage": listed(past.came_about(), share["lineage"], "It is a seed of the search."),
        "tried": listed(past.tried(), share["tried"], none),
        "elsewhere": listed(past.helped_elsewhere(), share["elsewhere"], none),
    }
