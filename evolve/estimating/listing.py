"""Whether endpoints list the models that a run file names; asking that costs nothing."""

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.request import Request, urlopen

from evolve.errors import OutageError
from evolve.models.base import Model

_TIMEOUT_S = 1.0


def unlisted(models: Mapping[str, Model]) -> list[str]:
    """Warnings about models that their endpoint does not list, or that cannot be reached."""
    with ThreadPoolExecutor(max(1, len(models))) as pool:
        return [doubt for doubt in pool.map(_doubt, models, models.values()) if doubt]


def _doubt(name: str, model: Model) -> str:
    try:
        listing = model.listing
    except OutageError as error:
        return f"{name}: {error}"
    if listing is None:
        return ""
    url = f"{listing.base_url}/models"
    headers = {"Authorization": f"Bearer {listing.key}"} if listing.key else {}
    try:
        # The run file's own endpoint, whose scheme was checked when it was read.
        with urlopen(Request(url, headers=headers), timeout=_TIMEOUT_S) as answer:  # noqa: S310
            listed = _names(json.load(answer))
    except (OSError, ValueError) as error:
        return f"{name}: {url} does not answer ({getattr(error, 'reason', None) or error!s:.80})"
    if listing.model in listed:
        return ""
    known = ", ".join(sorted(listed)[:8]) or "nothing"
    return f"{name}: {listing.base_url} does not list {listing.model!r}; it lists {known}"


def _names(answer: object) -> set[str]:
    data = answer.get("data") if isinstance(answer, Mapping) else None
    entries = data if isinstance(data, Iterable) and not isinstance(data, str) else []
    return {str(entry["id"]) for entry in entries if isinstance(entry, Mapping) and "id" in entry}
