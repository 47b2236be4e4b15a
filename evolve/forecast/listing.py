"""Whether endpoints list the models that a run file names; the request is free."""

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from difflib import get_close_matches

from evolve.errors import OutageError
from evolve.models.base import Listing, Model
from search_spaces.text import shown

_TIMEOUT_S = 5.0
_SHOWN = 8
"""Models of an endpoint that are named, the nearest first."""


def unlisted(models: Mapping[str, Model]) -> list[str]:
    """Warnings about models that their endpoint does not list, or that cannot be reached."""
    with ThreadPoolExecutor(max(1, len(models))) as pool:
        return [doubt for doubt in pool.map(_doubt, models, models.values()) if doubt]


def _doubt(name: str, model: Model) -> str:
    try:
        listing = model.listing
        if listing is None:
            return ""
        known = listed(listing)
    except OutageError as error:
        return f"{name}: {error}"
    missing = not_listed(listing, known)
    return missing and f"{name}: {missing}"


def listed(listing: Listing, timeout_s: float = _TIMEOUT_S) -> set[str]:
    """The models that an endpoint lists.

    Raises:
        OutageError: It does not say.
    """
    return listing.names(timeout_s)


def not_listed(listing: Listing, known: Collection[str]) -> str:
    """A warning about a model that its endpoint does not list; empty if it does."""
    if listing.model in known:
        return ""
    near = get_close_matches(listing.model, known, n=_SHOWN, cutoff=0.3)
    first = dict.fromkeys([*near, *sorted(known)])
    names = ", ".join(shown(each, 40) for each in list(first)[:_SHOWN]) or "nothing"
    return f"{listing.base_url} does not list {listing.model!r}; it lists {names}"
