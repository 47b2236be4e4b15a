"""Where an endpoint is: its base URL, query parameters and headers, with secrets looked up."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pydantic import AfterValidator, Field

from search_spaces.frozen import Frozen

_SECRET = re.compile(
    r"(api|access|subscription|function)?.?key\b|(access|auth).?token|\btoken\b|secret|passw"
    r"|authorization|credential|cookie|\bsig(nature)?\b",
    re.IGNORECASE,
)
_VERSION = re.compile(r"(api.?)?version", re.IGNORECASE)


def variable_name(name: str) -> str:
    """The name of an environment variable; raises ValueError for anything else."""
    if not re.fullmatch(r"[A-Za-z_]\w*", name):
        raise ValueError(
            "expected the name of an environment variable, such as OPENAI_API_KEY; the key itself "
            "goes there, or into a .env file"
        )
    return name


VariableName = Annotated[str, AfterValidator(variable_name)]


class FromVariable(Frozen):
    """A value that an environment variable or a ``.env`` file holds."""

    env: VariableName = Field(description="The variable's name.")


Value = str | FromVariable
"""A header's or query parameter's value; a secret only ever by its variable."""


def plain_url(url: str) -> str:
    """A base URL without secrets; raises ValueError for anything else."""
    parts = urlsplit(url.strip())
    if url and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError("expected a URL such as http://localhost:8000/v1")
    if parts.username or parts.password:
        raise ValueError("a URL with a password may hold a secret; use `api_key_env`")
    if other := [name for name in dict(parse_qsl(parts.query)) if not _VERSION.fullmatch(name)]:
        raise ValueError(
            f"the URL's query may hold a secret; give `query: {{{other[0]:.40}: …}}`, a secret as "
            "`{env: NAME_OF_ITS_VARIABLE}`, and a key by `api_key_env`"
        )
    path = parts.path.rstrip("/").removesuffix("/chat/completions")
    return parts._replace(path=path).geturl() if path != parts.path.rstrip("/") else url.strip()


def without_secrets(values: dict[str, Any]) -> dict[str, Any]:
    """Options without values that look like secrets; raises ValueError if there are any."""
    for name, value in values.items():
        if _SECRET.search(name) and isinstance(value, str):
            raise ValueError(
                f"{name!r:.40} looks like a secret, which an archive must not keep; name the "
                "variable that holds it, by `api_key_env`, or by `{env: NAME}` in `headers` and "
                "`query`"
            )
        if isinstance(value, dict):
            without_secrets(value)
    return values


def is_key(name: str, value: Value) -> bool:
    """Whether a header carries the endpoint's key, instead of ``Authorization``."""
    return isinstance(value, FromVariable) and bool(_SECRET.search(name))


@dataclass(frozen=True, slots=True)
class Address:
    """Where requests go, and with which headers and query parameters."""

    base_url: str
    """Up to and with the version."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Values that no text from the endpoint may show."""

    @property
    def parameters(self) -> dict[str, str]:
        """Every query parameter, those of the base URL first."""
        return {**dict(parse_qsl(urlsplit(self.base_url).query)), **self.query}

    def url(self, path: str) -> str:
        """The URL of a resource, such as ``chat/completions``."""
        parts = urlsplit(self.base_url)
        whole = f"{parts.path.rstrip('/')}/{path}"
        return urlunsplit((parts.scheme, parts.netloc, whole, urlencode(self.parameters), ""))
