"""What `--help` calls values: a word such as TEXT for an option, nothing for a flag."""

from collections.abc import Iterator
from types import MappingProxyType

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

HELP = ("-h", "--help")

WORDS = MappingProxyType({"str": "TEXT", "int": "NUMBER", "float": "NUMBER", "list[str]": "TEXT"})
"""The word for a value of each type; other types are shown as they are."""


def in_plain_words(tree: TyperGroup) -> TyperGroup:
    """The same commands, with a word for every value, and `-h` beside `--help`."""
    tree.context_settings["help_option_names"] = list(HELP)
    for command in _commands(tree):
        command.help = _paragraphs(command.help)
        shown = command.get_help_option(typer.Context(command, help_option_names=list(HELP)))
        for parameter in [*command.params, *([] if shown is None else [shown])]:
            if isinstance(parameter, TyperOption | TyperArgument) and parameter.metavar is None:
                parameter.metavar = _word(parameter)
    return tree


def _commands(command: TyperGroup | TyperCommand) -> Iterator[TyperGroup | TyperCommand]:
    yield command
    for inner in command.commands.values() if isinstance(command, TyperGroup) else ():
        assert isinstance(inner, TyperGroup | TyperCommand)
        yield from _commands(inner)


def _paragraphs(text: str | None) -> str | None:
    """A description whose lines break where the screen ends, not where the source does."""
    if text is None:
        return None
    return "\n\n".join(" ".join(each.split()) for each in text.split("\n\n"))


def _word(parameter: TyperOption | TyperArgument) -> str | None:
    """The word for a parameter's value; None: as its type is written."""
    if isinstance(parameter, TyperArgument):
        return (parameter.name or "").upper()
    if parameter.is_flag:
        return ""
    described = parameter.type_descriptor
    if described.is_path:
        return "PATH"
    return None if described.is_choice else WORDS.get(parameter.bare_type())
