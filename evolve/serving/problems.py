"""Errors as an OpenAI-compatible endpoint sends them."""

from aiohttp import web


class ApiError(Exception):
    """An error response."""

    def __init__(
        self,
        status: int,
        message: str,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        """Describes the error.

        Args:
            status: The HTTP status.
            message: The message for people.
            kind: The error's type.
            param: The parameter of the request that it concerns.
            code: The code for programs.
            retry_after_s: When the client may try again, in seconds; None: not specified.
        """
        super().__init__(message)
        self.status = status
        self.data = {"message": message, "type": kind, "param": param, "code": code}
        self._headers = {} if retry_after_s is None else {"Retry-After": f"{retry_after_s:g}"}
        if status == 401:
            self._headers["WWW-Authenticate"] = "Bearer"

    def response(self) -> web.Response:
        """The error as an HTTP response."""
        return web.json_response({"error": self.data}, status=self.status, headers=self._headers)


def unsupported(name: str, reason: str) -> ApiError:
    """The refusal of a parameter that cannot be honoured.

    Args:
        name: The parameter.
        reason: Why, and what to do instead.
    """
    message = f"Unsupported parameter: '{name}' {reason}"
    return ApiError(400, message, param=name, code="unsupported_parameter")
