"""Domains for worked examples that have none: clusters by wording, where words tell them apart."""

from collections import defaultdict
from collections.abc import Sequence

from scipy.cluster.hierarchy import fcluster, linkage

from evolve.models.embedders.hashed import Hashed, unit_rows
from search_spaces.config import Demonstration
from search_spaces.routes import telling_phrases

MOST = 8
"""Clusters at most."""

MEANT = 4
"""Letters of a phrase that is taken for a name: articles tell questions apart and name nothing."""

LEAST_SIZE = 4
"""Examples of a cluster at least: as many as a specialist is shown first."""


def with_domains(examples: Sequence[Demonstration]) -> list[Demonstration]:
    """The examples with the clusters of their questions as domains, named after a telling phrase.

    Questions are clustered by average linkage of the cosines of their n-gram counts (Sokal &
    Michener, "A statistical method for evaluating systematic relationships", 1958). Of the
    divisions whose clusters rules on words can tell apart, the finest is taken.

    Returns:
        The examples in the same order; as they are if some have a domain, or if there is no such
        division.
    """
    if len(examples) < 2 * LEAST_SIZE or any(each.domain for each in examples):
        return list(examples)
    questions = [each.question for each in examples]
    hashed = Hashed()
    rows = unit_rows(questions, hashed.dimensions, hashed.shortest, hashed.longest)
    tree = linkage(rows, "average", metric="cosine")
    for count in range(min(MOST, len(examples) // LEAST_SIZE), 1, -1):
        labels = fcluster(tree, count, "maxclust").tolist()
        names = _names(questions, labels)
        if names:
            pairs = zip(examples, labels, strict=True)
            return [each.model_copy(update={"domain": names[label]}) for each, label in pairs]
    return list(examples)


def _names(questions: Sequence[str], labels: Sequence[int]) -> dict[int, str]:
    """A name for each cluster, by its label; empty if rules cannot tell them apart."""
    groups: dict[str, list[str]] = defaultdict(list)
    for question, label in zip(questions, labels, strict=True):
        groups[str(label)].append(question)
    if len(groups) < 2 or min(map(len, groups.values())) < LEAST_SIZE:
        return {}
    phrases = telling_phrases(groups)
    if not phrases:
        return {}
    return {int(label): _name(label, phrases.get(label, ())) for label in groups}


def _name(label: str, phrases: Sequence[str]) -> str:
    """The longest phrase, where it may mean something to people; else a number."""
    longest = max(phrases, key=len, default="")
    return longest if len(longest) >= MEANT else f"group {label}"
