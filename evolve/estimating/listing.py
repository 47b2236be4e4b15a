"""Whether endpoints list the models that a run file names; asking that costs nothing."""

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from urllib.request import HTTPRedirectHandler, Request, build_opener

from evolve.errors import OutageError
from evolve.models.base import Model
from evolve.secrets import Mask
from search_spaces.describe import shown

_TIMEOUT_S = 1.0
_MOST_BYTES = 4 * 1024 * 1024


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
    except OutageError as error:
        return f"{name}: {error}"
    if listing is None:
        return ""
    url = f"{listing.base_url}/models"
    mask = Mask(listing.key)
    headers = {"Authorization": f"Bearer {listing.key}"} if listing.key else {}
    try:
        # The run file's own endpoint, whose scheme was checked when it was read; a redirection
        # would take the key elsewhere.
        asked = Request(url, headers=headers)  # noqa: S310
        with build_opener(_Stay).open(asked, timeout=_TIMEOUT_S) as answer:
            listed = _names(json.loads(mask.content(answer.read(_MOST_BYTES))))
    except (OSError, HTTPException, ValueError, RecursionError) as error:
        reason = shown(mask.text(str(getattr(error, "reason", None) or error)), 80)
        return f"{name}: {url} does not answer ({reason})"
    if listing.model in listed:
        return ""
    known = ", ".join(shown(each, 40) for each in sorted(listed)[:8]) or "nothing"
    return f"{name}: {listing.base_url} does not list {listing.model!r}; it lists {known}"


def _names(answer: object) -> set[str]:
    data = answer.get("data") if isinstance(answer, Mapping) else None
    entries = data if isinstance(data, Iterable) and not isinstance(data, str) else []
    return {str(entry["id"]) for entry in entries if isinstance(entry, Mapping) and "id" in entry}
