"""Plug-ins: one file whose class's fields are its options, and whose name is its file's.

A run file writes one as ``name`` or ``{name: {option: value}}``; a third party's as
``package.module:Class``. Adding one to evolve is adding that file.
"""

import difflib
import importlib
import inspect
import os
import pkgutil
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    SerializationInfo,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import core_schema

from search_spaces.errors import ConfigError, explain

INERT = "inert"
"""A key of the validation context: settings are read to be looked at, so no code is loaded."""


class Plugin(BaseModel):
    """The base of every plug-in."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    @classmethod
    def plugin_name(cls) -> str:
        """The name a run file gives it: its file's name, or the dotted path of a third party's."""
        package, _, name = cls.__module__.rpartition(".")
        return name if package.startswith("evolve.") else f"{cls.__module__}:{cls.__name__}"

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables that it needs, keys among them, for work in other places."""
        return {}

    @classmethod
    def names_code(cls, options: Mapping[str, Any]) -> bool:
        """Whether options as written name a function that is imported to check them."""
        return False

    def written(self, context: Mapping[str, Any] | None = None) -> str | dict[str, Any]:
        """The plug-in as a run file writes it.

        Args:
            context: The context of serialisation; see `RunPath`.
        """
        options = self.model_dump(mode="json", exclude_defaults=True, context=dict(context or {}))
        return {self.plugin_name(): options} if options else self.plugin_name()


P = TypeVar("P", bound=Plugin)


class Kind(Generic[P]):
    """One kind of plug-in; as the metadata of an annotated field it reads and writes run files."""

    def __init__(
        self,
        package: str,
        base: type[P],
        besides: tuple[str, ...] = (),
        elsewhere: tuple[str, ...] = (),
        stand_in: Mapping[str, Mapping[str, Any]] = {},
    ) -> None:
        """Describes a kind.

        Args:
            package: Where its plug-ins live, such as ``evolve.strategies``.
            base: The contract they follow.
            besides: What else lives there, by file name.
            elsewhere: Modules of plug-ins in other packages.
            stand_in: The built-in plug-in, with options, that is read in place of one whose code
                is not to be loaded; none: the first one that needs no options.
        """
        self.package = package
        self.base = base
        self.besides = {"base", *besides}
        self.elsewhere = {path.rpartition(".")[2]: path for path in elsewhere}
        self._stand_in = stand_in
        self.noun = base.__name__.lower()

    def names(self) -> list[str]:
        """The names of the plug-ins that come with evolve, sorted."""
        folder = importlib.import_module(self.package).__path__
        found = [module.name for module in pkgutil.iter_modules(folder)]
        own = [name for name in found if name not in self.besides and not name.startswith("_")]
        return sorted([*own, *self.elsewhere])

    def find(self, name: str) -> type[P]:
        """The plug-in class of that name.

        Args:
            name: A file's name in the package, or ``package.module:Class``.

        Raises:
            ConfigError: There is none; the message names the known ones and the nearest.
        """
        module_name, _, class_name = name.partition(":")
        if not class_name:
            self._check_known(name)
            module_name = self.elsewhere.get(name, f"{self.package}.{name}")
        try:
            module = importlib.import_module(module_name)
        except Exception as error:  # noqa: BLE001 - a third party's module may fail in any way
            raise ConfigError(f"{self.noun} {name!r} cannot be loaded: {error}") from None
        for _, value in inspect.getmembers(module, inspect.isclass):
            mine = value.__module__.startswith(module_name) and not inspect.isabstract(value)
            if issubclass(value, self.base) and (
                value.__name__ == class_name if class_name else mine
            ):
                return value
        raise ConfigError(f"{self.noun} {name!r}: {module_name} has no {self.base.__name__} class")

    def built(self, written: object, where: str, *, inert: bool = False) -> P:
        """The plug-in that is written as in a run file, but somewhere else.

        Args:
            written: Its name, or its name with options.
            where: How a person would name the place.
            inert: Whether it is only looked at, so that no code is loaded.

        Raises:
            ConfigError: There is none, or it has no such option.
        """
        annotated: Any = Annotated[self.base, self]
        try:
            plugin: P = TypeAdapter(annotated).validate_python(written, context={INERT: inert})
        except ValidationError as error:
            raise explain(error, where) from None
        return plugin

    def default(self, name: str) -> Any:  # noqa: ANN401 - what pydantic's Field returns
        """A field's default: the plug-in of that name without options."""
        return Field(default_factory=lambda: self.find(name)())

    def _check_known(self, name: str) -> None:
        known = self.names()
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"did you mean {nearest[0]!r}? " if nearest else ""
            raise ConfigError(f"unknown {self.noun} {name!r}; {hint}known: {', '.join(known)}")

    def _build(self, value: object, info: core_schema.ValidationInfo) -> P:
        if isinstance(value, self.base):
            return value
        if isinstance(value, str):
            value = {value: {}}
        if not isinstance(value, Mapping) or len(value) != 1:
            # Values are not shown, because one of them may be a key.
            keys = ", ".join(map(repr, value)) if isinstance(value, Mapping) else ""
            found = f"the keys {keys}" if keys else repr(value)
            raise ValueError(f"expected a name or {{name: {{options}}}}, got {found:.80}")
        ((name, options),) = value.items()
        if (info.context or {}).get(INERT):
            return self._inert(str(name), options or {}, info)
        try:
            plugin = self.find(str(name))
        except ConfigError as error:
            raise ValueError(str(error)) from None
        return plugin.model_validate(options or {}, context=info.context)

    def _inert(self, name: str, options: Mapping[str, Any], info: core_schema.ValidationInfo) -> P:
        """A plug-in to look at; a stand-in where code would be loaded or a file is missing."""
        if name in self.names() and not self.find(name).names_code(options):
            try:
                return self.find(name).model_validate(options, context=info.context)
            except (ValidationError, ConfigError):
                pass
        for each in self._stand_in or self.names():
            try:
                return self.find(each)(**self._stand_in.get(each, {}))
            except ValidationError:
                continue
        raise ValueError(f"no {self.noun} can stand in for {name!r}")

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """How pydantic reads and writes a field of this kind."""
        return core_schema.with_info_plain_validator_function(
            self._build,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda plugin, info: plugin.written(info.context), info_arg=True
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """A name, or one name with its options; the options themselves are in `options_schema`."""
        named = {"type": "string", "examples": self.names()}
        with_options = {"type": "object", "minProperties": 1, "maxProperties": 1}
        return {"$comment": self.package, "anyOf": [named, with_options]}

    def options_schema(self) -> dict[str, Any]:
        """The JSON Schema of every plug-in's options, by its name."""
        return {name: self.find(name).model_json_schema() for name in self.names()}


def _beside_the_run_file(path: Path, info: ValidationInfo) -> Path:
    if "\0" in str(path):
        raise ValueError("a path holds no null character")
    folder = (info.context or {}).get("folder")
    try:
        return path if folder is None else Path(folder) / path.expanduser()
    except RuntimeError:
        raise ValueError(f"no home directory {path.parts[0]}; write the whole path") from None


def _as_written(path: Path, info: SerializationInfo) -> str:
    """A path relative to the context's ``beside`` if it lies within its ``within``."""
    context = info.context or {}
    beside, within = context.get("beside"), context.get("within")
    if beside is None or not path.is_absolute() or not path.is_relative_to(within or beside):
        return str(path)
    return os.path.relpath(path, beside)


RunPath = Annotated[
    Path,
    AfterValidator(_beside_the_run_file),
    PlainSerializer(_as_written, return_type=str, when_used="json"),
]
"""A path that a run file gives relative to its own folder, and an archive relative to its own."""
