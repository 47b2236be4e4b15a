"""Whether endpoints list the models that a run file names; asking that costs nothing."""

import json
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from difflib import get_close_matches
from http.client import HTTPException
from urllib.request import HTTPRedirectHandler, Request, build_opener

from evolve.errors import OutageError
from evolve.models.base import Listing, Model
from evolve.secrets import Mask
from search_spaces.describe import shown

_TIMEOUT_S = 1.0
_MOST_BYTES = 4 * 1024 * 1024
_TOLD = 8
"""Models of an endpoint that are named, the nearest first."""


def unlisted(models: Mapping[str, Model]) -> list[str]:
    """Warnings about models that their endpoint does not list, or that cannot be reached."""
    with ThreadPoolExecutor(max(1, len(models))) as pool:
        return [doubt for doubt in pool.map(_doubt, models, models.values()) if doubt]


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Follows no redirection."""


def _doubt(name: str, model: Model) -> str:
    try:
        listing = model.listing
        if listing is None:
            return ""
        known = listed(listing)
    except OutageError as error:
        return f"{name}: {error}"
    told = not_listed(listing, known)
    return told and f"{name}: {told}"


def listed(listing: Listing, timeout_s: float = _TIMEOUT_S) -> set[str]:
    """The models that an endpoint lists.

    Raises:
        OutageError: It does not say.
    """
    url = f"{listing.base_url}/models"
    mask = Mask(listing.key)
    headers = {"Authorization": f"Bearer {listing.key}"} if listing.key else {}
    try:
        # The run file's own endpoint, whose scheme was checked when it was read; a redirection
        # would take the key elsewhere.
        asked = Request(url, headers=headers)  # noqa: S310
        with build_opener(_Stay).open(asked, timeout=timeout_s) as answer:
            return _names(json.loads(mask.content(answer.read(_MOST_BYTES))))
    except (OSError, HTTPException, ValueError, RecursionError) as error:
        reason = shown(mask.text(str(getattr(error, "reason", None) or error)), 80)
        raise OutageError(f"{url} does not answer ({reason})") from None


def not_listed(listing: Listing, known: Collection[str]) -> str:
    """What to tell of a model that its endpoint does not list; nothing of one that it does."""
    if listing.model in known:
        return ""
    near = get_close_matches(listing.model, known, n=_TOLD, cutoff=0.3)
    first = dict.fromkeys([*near, *sorted(known)])
    names = ", ".join(shown(each, 40) for each in list(first)[:_TOLD]) or "nothing"
    return f"{listing.base_url} does not list {listing.model!r}; it lists {names}"


def _names(answer: object) -> set[str]:
    data = answer.get("data") if isinstance(answer, Mapping) else None
    entries = data if isinstance(data, Iterable) and not isinstance(data, str) else []
    return {str(entry["id"]) for entry in entries if isinstance(entry, Mapping) and "id" in entry}
