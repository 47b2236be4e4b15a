"""A Python function of one's own as a tool."""

import asyncio
import inspect
from collections.abc import Callable, Mapping
from functools import cached_property
from threading import Thread
from typing import Any

from pydantic import Field, TypeAdapter, ValidationError, create_model, field_validator

from evolve.functions.loading import load_function
from evolve.functions.printing import prints_to_stderr
from evolve.tools.base import Arguments, Tool, ToolError
from search_spaces.errors import ConfigError, explain


class Function(Tool):
    """Calls a Python function, plain or async; its docstring and annotations describe it to models.

    A plain function works in a thread of its own, so it may take its time; one that never returns
    keeps that thread. What it prints goes to standard error.
    """

    function: str = Field(
        description="`module:function` or `path/to/file.py:function`, from the run file's folder; "
        "its parameters are what models fill in."
    )

    @classmethod
    def names_code(cls, options: Mapping[str, Any]) -> bool:
        """Always."""
        return True

    @field_validator("function")
    @classmethod
    def _can_be_called(cls, value: str) -> str:
        _schema(load_function(value), value)
        return value

    @cached_property
    def _callable(self) -> Callable[..., Any]:
        return load_function(self.function)

    @property
    def description(self) -> str:
        """The first paragraph of the function's docstring, else its name."""
        text = inspect.getdoc(self._callable) or self.function.rpartition(":")[2].replace("_", " ")
        return " ".join(text.split("\n\n")[0].split())

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What its annotations say."""
        return _schema(self._callable, self.function)

    async def call(self, arguments: Arguments) -> str:
        """Calls it with arguments that fit its annotations.

        Raises:
            ToolError: They do not fit, or it raises.
        """
        try:
            fitting = _model(self._callable, self.function).model_validate(dict(arguments))
        except ValidationError as error:
            raise ToolError(str(explain(error, "the arguments"))) from None
        given = {name: getattr(fitting, name) for name in type(fitting).model_fields}
        try:
            result = await self._call(given)
        except Exception as error:
            raise ToolError(f"{type(error).__name__}: {error}") from error
        return result if isinstance(result, str) else _written(result)

    async def _call(self, given: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever it returns
        if inspect.iscoroutinefunction(self._callable):
            with prints_to_stderr():
                return await self._callable(**given)
        loop = asyncio.get_running_loop()
        returned: asyncio.Future[Any] = loop.create_future()

        def settle(value: object, error: BaseException | None) -> None:
            if not returned.done():
                returned.set_exception(error) if error else returned.set_result(value)

        def work() -> None:
            value, raised = None, None
            try:
                with prints_to_stderr():
                    value = self._callable(**given)
            except BaseException as error:  # noqa: BLE001 - the caller gets to see it
                raised = error if isinstance(error, Exception) else RuntimeError(repr(error))
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, value, raised)

        Thread(target=work, daemon=True).start()
        return await returned


def _model(function: Callable[..., Any], name: str) -> type[Any]:
    """A pydantic model of a function's parameters."""
    fields: dict[str, Any] = {}
    for parameter in inspect.signature(function, eval_str=True).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY):
            raise ValueError(f"{name}: a tool's parameters are called by name")
        if parameter.kind is parameter.VAR_KEYWORD:
            continue
        kind = Any if parameter.annotation is parameter.empty else parameter.annotation
        fields[parameter.name] = (
            kind,
            ... if parameter.default is parameter.empty else parameter.default,
        )
    made: type[Any] = create_model("Arguments", __config__={"extra": "forbid"}, **fields)
    return made


def _schema(function: Callable[..., Any], name: str) -> Mapping[str, Any]:
    try:
        schema: dict[str, Any] = _model(function, name).model_json_schema()
    except ValueError:
        raise
    except Exception as error:  # noqa: BLE001 - annotations may be anything
        raise ValueError(f"{name}: its annotations make no JSON Schema: {error}") from None
    return {key: value for key, value in schema.items() if key != "title"}


def _written(result: object) -> str:
    try:
        return TypeAdapter(Any).dump_json(result).decode()
    except (ValueError, ConfigError):
        return str(result)
