"""The models that an endpoint lists; asking that costs nothing."""

import httpx2
import openai

from evolve.errors import OutageError
from evolve.models.openai.address import Address
from evolve.models.openai.faults import one_line
from evolve.models.openai.proxies import is_socks, proxy_for
from evolve.secrets.redaction import Mask

_SHOWN = 80
"""Characters of a reason."""


def listed(address: Address, timeout_s: float) -> set[str]:
    """The names that an endpoint lists under ``/models``.

    Args:
        address: The endpoint.
        timeout_s: How long it may take, in seconds.

    Raises:
        OutageError: It lists nothing.
    """
    where = f"{address.base_url.partition('?')[0]}/models"
    proxy = proxy_for(address.base_url)
    if is_socks(proxy):
        raise OutageError(f"{where} is not read through a SOCKS proxy")
    omitted = {"Authorization": openai.Omit()} if address.headers else {}
    headers = {**omitted, **address.headers}
    try:
        # A redirection would take the key elsewhere.
        with (
            httpx2.Client(
                trust_env=False, proxy=proxy, timeout=timeout_s, follow_redirects=False
            ) as http,
            openai.OpenAI(
                base_url=address.base_url.partition("?")[0],
                api_key="none",
                default_headers=headers,  # type: ignore[arg-type]
                default_query=address.parameters,
                max_retries=0,
                http_client=http,
            ) as client,
        ):
            return {str(model.id) for model in client.models.list().data}
    except (openai.OpenAIError, httpx2.HTTPError, ValueError, TypeError, AttributeError) as error:
        cause = error.__cause__ or error
        reason = str(cause)
        for secret in address.secrets:
            reason = Mask(secret).text(reason)
        raise OutageError(f"{where} does not answer ({one_line(reason):.{_SHOWN}})") from None
