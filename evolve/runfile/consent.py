"""Consent to settings from an archive: what they would load, run, read or send.

An archive may come from another person. Reading it needs no consent; resuming its runs or using its
systems does. The settings are read as plain JSON here: nothing in them is loaded.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from search_spaces.errors import ConfigError

Consent: TypeAlias = Callable[[str, Sequence[str]], bool]
"""Whether a person accepts what the settings of a run would do."""

_CODE = re.compile(r"[A-Za-z_]\w*(\.\w+)*:[A-Za-z_]\w*")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")
_ADDRESSES = {"address", "base_url", "endpoint", "host", "uri", "url"}
_FUNCTIONS = {"function", "script"}
_IMAGES = {"image"}
_VARIABLE = re.compile(r"(.*_)?(env|variables?)")
_PLAIN = {"default_model", "description", "id", "instructions", "model", "models", "name"}
"""Keys whose texts are never names of code, such as ``llama3:latest`` for a model."""
_SENT = {
    "models": "prompts",
    "embedder": "texts",
    "tools": "arguments of tools",
    "trackers": "figures and settings",
    "executor": "tasks, prompts and the models' keys",
}
"""What goes to an address, by the section of the run file that names it."""


def refuse_all(run: str, uses: Sequence[str]) -> bool:
    """Accepts nothing."""
    return False


def accept_all(run: str, uses: Sequence[str]) -> bool:
    """Accepts everything."""
    return True


def require_consent(run: str, settings: str, consent: Consent) -> None:
    """Makes sure that a person accepts what settings would do.

    Args:
        run: The run's id.
        settings: Its settings as JSON.
        consent: Asked only if there is anything to accept.

    Raises:
        ConfigError: It is not accepted; the message lists it.
    """
    uses = uses_of(settings)
    if uses and not consent(run, uses):
        raise ConfigError(
            f"run {run} is not known to have been started here, and its settings would do this: "
            f"{'; '.join(uses)}. If you trust them, add --trust (from Python: trust=True), or give "
            "a run file of your own with --run-file"
        )


def uses_of(settings: str) -> list[str]:
    """What settings would load, run, read or send, a line each.

    Args:
        settings: JSON as an archive holds it.
    """
    try:
        values = json.loads(settings)
    except (ValueError, RecursionError):
        return []
    return list(dict.fromkeys(_uses(values, ())))


def _uses(value: object, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from _of_mapping(value, path)
        for name, inner in value.items():
            if _CODE.fullmatch(str(name)):
                yield _loads(str(name), path)
            yield from _uses(inner, (*path, str(name)))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _uses(inner, (*path, str(place)))
    elif isinstance(value, str) and _names_code(value, path):
        yield _loads(value, path)


def _of_mapping(values: Mapping[str, object], path: tuple[str, ...]) -> Iterator[str]:
    """Addresses with what goes there, and commands."""
    variables = [
        name
        for key, value in values.items()
        if _VARIABLE.fullmatch(key)
        for name in (value if isinstance(value, list | dict) else [value])
    ]
    addresses = [
        str(value)
        for key, value in values.items()
        if isinstance(value, str)
        and value not in ("", "local")
        and (key in _ADDRESSES or (key not in _PLAIN and _ADDRESS.fullmatch(value)))
    ]
    where = ".".join(path[:2])
    sent = _SENT.get(path[0] if path else "", "data")
    if variables:
        sent = ", ".join([f"the value of {name}" for name in map(str, variables)]) + f" and {sent}"
    for key, value in values.items():
        if key == "command":
            words = value if isinstance(value, list) else [value]
            with_variables = f" with {' and '.join(map(str, variables))}" if variables else ""
            yield f"`{' '.join(map(str, words))}` is run{with_variables} ({where})"
        if key in _IMAGES:
            yield f"the container image {value} is used ({where})"
    if "command" not in values:
        for address in addresses or (["its default address"] if variables else []):
            yield f"{sent} go to {address} ({where})"
    if path[-1:] == ("dataset",):
        yield f"the data set {values.get('name')} is loaded ({where})"
    if values.get("mode") == "online":
        yield f"{sent} go to Weights & Biases ({where})"


def _names_code(value: str, path: tuple[str, ...]) -> bool:
    key = next((each for each in reversed(path) if not each.isdecimal()), "")
    return key in _FUNCTIONS or (key not in _PLAIN and bool(_CODE.fullmatch(value)))


def _loads(name: str, path: tuple[str, ...]) -> str:
    return f"the Python module {name.partition(':')[0]} is run ({'.'.join(path[:2])})"
