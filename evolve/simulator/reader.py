"""Parses what instructions ask for, in free wording.

Any wording counts as much as the library's: see ``vocabulary.py``. A hit is negated by a "not",
"without", "avoid", … shortly before it in the same clause, unless what comes between turns it
round ("do not forget to check", "never answer before verifying"). To ask for no reasoning is to
ask for haste.
"""

import re
from collections.abc import Set
from dataclasses import dataclass

from evolve.simulator.vocabulary import FEATURES, PROCEDURES, ROLES, Feature, Role

_FEATURE = re.compile(
    "|".join(f"(?P<{name}>{'|'.join(any_of)})" for name, any_of in FEATURES.items())
)
_ROLE = re.compile(
    "|".join(rf"(?P<{name}>\b(?:{'|'.join(any_of)}))" for name, any_of in ROLES.items())
)
_PERSONA = re.compile(r"\b(?:you are|you're|act as|acting as|as) (?:an? |the )([^.\n;:]{1,80})")
_NEGATION = re.compile(
    r"(?:\b(?:not|never|without|avoid|skip|omit|no|instead of|rather than)|n't)\b([^.;:!?,\n]*)$"
)
_TURNED = re.compile(r"\b(?:forget|fail|hesitate|only|just|until|before|unless|stop|neglect|skip)")


@dataclass(frozen=True, slots=True)
class Reading:
    """The parsed features of an instruction."""

    features: frozenset[Feature] = frozenset()
    roles: frozenset[Role] = frozenset()
    contradictions: int = 0
    words: int = 0

    @property
    def approach(self) -> str:
        """A name for the requested way of working."""
        return " ".join(sorted((*(PROCEDURES & self.features), *self.roles)))


def read(text: str) -> Reading:
    """Reads an instruction."""
    words = text.lower().replace("’", "'")
    asked, denied = set[Feature](), set[Feature]()
    for hit in _FEATURE.finditer(words):
        feature: Feature = hit.lastgroup  # type: ignore[assignment] # groups are features
        (denied if _negated(words, hit.start()) else asked).add(feature)
    if "step_by_step" in denied - asked:
        asked.add("hasty")
    return Reading(
        features=frozenset(asked),
        roles=frozenset(_roles(words)),
        contradictions=contradictions(asked, denied),
        words=len(text.split()),
    )


def contradictions(asked: Set[Feature], denied: Set[Feature] = frozenset()) -> int:
    """To be brief and to elaborate, to hurry and to work, to do a thing and not to do it."""
    return (
        ({"concise", "elaborate"} <= asked)
        + ("hasty" in asked and not asked.isdisjoint(PROCEDURES | {"elaborate"}))
        + len(asked & denied & PROCEDURES)
    )


def _negated(text: str, start: int) -> bool:
    negation = _NEGATION.search(text, max(0, start - 40), start)
    return negation is not None and not _TURNED.search(negation.group(1))


def _roles(text: str) -> set[Role]:
    found = set[Role]()
    for persona in _PERSONA.finditer(text):
        for hit in _ROLE.finditer(persona.group(1)):
            found.add(hit.lastgroup)  # type: ignore[arg-type] # groups are roles
    return found
