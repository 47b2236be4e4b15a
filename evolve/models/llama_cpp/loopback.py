"""The server of this process as an endpoint like any other."""

from collections.abc import Mapping

from pydantic import PrivateAttr

from evolve.models.llama_cpp.server import Server
from evolve.models.openai import OpenAI
from evolve.models.openai.faults import Need
from evolve.models.openai.pace import Pace


class Loopback(OpenAI):
    """An endpoint whose key no environment variable holds, and whose places models share."""

    _server: Server = PrivateAttr()

    @classmethod
    def to(cls, server: Server, options: Mapping[str, object]) -> "Loopback":
        """The endpoint of a server.

        Args:
            server: A running one.
            options: Those of the model kind openai that are not about where it is.
        """
        made = cls.model_validate({**options, "base_url": server.url})
        made._server = server
        return made

    def _key(self, url: str) -> str:
        return self._server.key

    def _pace(self) -> Pace:
        return Pace(self.concurrency, slots=self._server.slots)

    def _advice(self) -> Mapping[Need, str]:
        service = "the server in this process stopped answering; start again with `evolve resume`"
        return {
            **super()._advice(),
            "key": service,
            "route": service,
            "request": "check the model's `extra`",
            "service": service,
        }
