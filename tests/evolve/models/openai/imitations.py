"""Known endpoints in miniature: their paths, keys, refusals, and ways to count and to write."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.evolve.models.openai.fake_endpoint import completion

Answer = Callable[[web.Request, dict[str, Any]], web.Response]


class Refused(Exception):  # noqa: N818 - an answer, no mistake
    """An error answer."""

    def __init__(self, status: int, body: object) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


@dataclass(frozen=True)
class Imitation:
    """An endpoint on this machine."""

    path: str
    """Where chat completions are."""
    key: str
    """The header that holds the key, as it has to be; empty for none."""
    answer: Answer

    async def serve(self, request: web.Request) -> web.Response:
        """Answers a request as the endpoint would."""
        payload = await request.json()
        name, _, value = self.key.partition(": ")
        try:
            if request.path != self.path:
                raise Refused(404, {"error": {"message": "Not found"}})
            if name and request.headers.get(name) != value:
                raise Refused(401, {"error": {"message": "wrong key"}})
            if name not in ("", "Authorization") and "Authorization" in request.headers:
                raise Refused(401, {"error": {"message": "no bearer token is expected"}})
            return self.answer(request, payload)
        except Refused as refused:
            return web.json_response(refused.body, status=refused.status)


def wants(payload: dict[str, Any]) -> str:
    """What a request is for: a tool, a result, an object, or text."""
    if any(turn["role"] == "tool" for turn in payload["messages"]):
        return "result"
    return "tool" if payload.get("tools") else "object" if "Schema" in str(payload) else "text"


def native(payload: dict[str, Any], **call: Any) -> dict[str, Any]:
    """A reply that fits: a call, a value or an answer."""
    if wants(payload) == "tool":
        function = {"name": "add", "arguments": '{"x": 2}'}
        calls = [{"id": "c1", "type": "function", "function": function, **call}]
        body = completion(None, tool_calls=calls)
        body["choices"][0]["finish_reason"] = "tool_calls"
        return body
    schema = "response_format" in payload or wants(payload) == "object"
    return completion('{"n": 4}' if schema else "Answer: 4")


def error(message: str, **details: object) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", **details}}


def openai(request: web.Request, payload: dict[str, Any]) -> web.Response:
    """Names the parameter that it refuses; reasoning models want other limits."""
    if "max_tokens" in payload:
        message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
        raise Refused(400, error(message, param="max_tokens", code="unsupported_parameter"))
    return web.json_response(native(payload))


def azure(request: web.Request, payload: dict[str, Any]) -> web.Response:
    """Wants a version of its interface; filters prompts."""
    if request.query.get("api-version") != "2024-10-21":
        raise Refused(404, {"error": {"code": "404", "message": "Resource not found"}})
    if "cake" in str(payload["messages"]):
        message = "The response was filtered due to Azure OpenAI's content management policy."
        raise Refused(400, {"error": {"code": "content_filter", "message": message}})
    return web.json_response(native(payload))


def openrouter(request: web.Request, payload: dict[str, Any]) -> web.Response:
    """Puts errors into answers with status 200; the first provider is overloaded."""
    assert request.headers["X-Title"] == "evolve"
    assert payload["provider"] == {"require_parameters": True}
    if "tools" in payload:
        message = "No endpoints found that support tool use."
        raise Refused(404, {"error": {"message": message, "code": 404}})
    if "cake" in str(payload["messages"]):
        message = "The model requires moderation and your input was flagged."
        raise Refused(403, {"error": {"code": 403, "message": message}})
    text = '```tool\n{"name": "add", "arguments": {"x": 2}}\n```'
    body = completion(text) if "## Tools" in str(payload) else native(payload)
    body["usage"] |= {"cost": 0.0001}
    return web.json_response(body)


def litellm(request: web.Request, payload: dict[str, Any]) -> web.Response:
    """Refuses what the provider behind it does not support."""
    if "response_format" in payload:
        message = "litellm.UnsupportedParamsError: parameters: ['response_format']"
        raise Refused(400, error(message, code="400"))
    return web.json_response(native(payload))


def ollama(request: web.Request, payload: dict[str, Any]) -> web.Response:
    """Knows no key, and not every model has tools."""
    if "tools" in payload:
        raise Refused(400, error(f"{payload['model']} does not support tools", param=None))
    text = '```tool\n{"name": "add", "arguments": {"x": 2}}\n```'
    return web.json_response(completion(text) if "## Tools" in str(payload) else native(payload))


def vllm(request: web.Request, payload: dict[str, Any]) -> web.Response:
    """Runs a chat template without a system role, and no tool parser."""
    refusal = {"object": "error", "type": "BadRequestError", "param": None, "code": 400}
    if any(turn["role"] == "system" for turn in payload["messages"]):
        raise Refused(400, {**refusal, "message": "System role not supported"})
    if "tools" in payload:
        message = '"auto" tool choice requires --enable-auto-tool-choice'
        raise Refused(400, {**refusal, "message": message})
    text = '```tool\n{"name": "add", "arguments": {"x": 2}}\n```'
    return web.json_response(completion(text) if "## Tools" in str(payload) else native(payload))


def lm_studio(request: web.Request, payload: dict[str, Any]) -> web.Response:
    """Takes schemas, but not any JSON object; errors are plain texts."""
    if payload.get("response_format", {}).get("type") == "json_object":
        raise Refused(400, {"error": "'response_format.type' must be 'json_schema' or 'text'"})
    body = native(payload)
    body["choices"][0]["message"]["reasoning_content"] = "2 and 2…"
    return web.json_response(body)


def llama_cpp(request: web.Request, payload: dict[str, Any]) -> web.Response:
    """Refuses long prompts with a type of its own."""
    if "cake" in str(payload["messages"]):
        message = "the request exceeds the available context size, try increasing it"
        details = {"code": 400, "type": "exceed_context_size_error", "n_ctx": 512}
        raise Refused(400, {"error": {"message": message, **details}})
    body = native(payload)
    body["usage"] |= {"prompt_tokens_details": {"cached_tokens": 3}}
    return web.json_response(body)


def gemini(request: web.Request, payload: dict[str, Any]) -> web.Response:
    """Wants signatures of thoughts back, filters in silence, and counts thoughts apart."""
    for turn in payload["messages"]:
        for call in turn.get("tool_calls", ()):
            if call.get("extra_content") != {"google": {"thought_signature": "s"}}:
                message = "Function call is missing a thought_signature"
                raise Refused(400, [{"error": {"code": 400, "message": message}}])
    if "cake" in str(payload["messages"]):
        empty = {"choices": [], "usage": {"prompt_tokens": 20, "total_tokens": 20}}
        return web.json_response(empty)
    body = native(payload, extra_content={"google": {"thought_signature": "s"}})
    body["usage"]["total_tokens"] = 118
    return web.json_response(body)


CHAT = "/chat/completions"
BEARER = "Authorization: Bearer secret-0123456789"

IMITATIONS = {
    "OpenAI": Imitation(f"/v1{CHAT}", BEARER, openai),
    "Azure OpenAI": Imitation(
        f"/openai/deployments/DEPLOYMENT{CHAT}", "api-key: secret-0123456789", azure
    ),
    "OpenRouter": Imitation(f"/api/v1{CHAT}", BEARER, openrouter),
    "LiteLLM's proxy": Imitation(f"/v1{CHAT}", BEARER, litellm),
    "Ollama": Imitation(f"/v1{CHAT}", "", ollama),
    "vLLM": Imitation(f"/v1{CHAT}", "", vllm),
    "LM Studio": Imitation(f"/v1{CHAT}", "", lm_studio),
    "llama.cpp": Imitation(f"/v1{CHAT}", "", llama_cpp),
    "Gemini's compatible endpoint": Imitation(f"/v1beta/openai{CHAT}", BEARER, gemini),
}
