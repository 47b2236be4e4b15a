"""Searches for and evolves LLM multi-agent systems.

`search` and `load_archive` are the same searches and archives that the command line has; what they
need is imported at their first use. See docs/python.md.
"""

from typing import TYPE_CHECKING

from evolve.version import __version__

if TYPE_CHECKING:
    from evolve.api.archives import Archives as Archives
    from evolve.api.archives import load_archive as load_archive
    from evolve.api.finding import Estimate as Estimate
    from evolve.api.finding import Finding as Finding
    from evolve.api.finding import FoundSystem as FoundSystem
    from evolve.api.search import search as search
    from evolve.api.search import search_async as search_async
    from evolve.tasks.base import Task as Task
    from search_spaces.errors import EvolveError as EvolveError

_PLACES = {
    "Archives": "evolve.api.archives",
    "load_archive": "evolve.api.archives",
    "Estimate": "evolve.api.finding",
    "Finding": "evolve.api.finding",
    "FoundSystem": "evolve.api.finding",
    "search": "evolve.api.search",
    "search_async": "evolve.api.search",
    "Task": "evolve.tasks.base",
    "EvolveError": "search_spaces.errors",
}

__all__ = [
    "Archives",
    "Estimate",
    "EvolveError",
    "Finding",
    "FoundSystem",
    "Task",
    "__version__",
    "load_archive",
    "search",
    "search_async",
]


def __getattr__(name: str) -> object:
    """Imports what programs use when they first do."""
    if name not in _PLACES:
        raise AttributeError(f"module 'evolve' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return __all__
