"""What `--help` prints of commands, options and their values."""

import pytest

from evolve.cli.main import command as command_tree
from tests.evolve.cli.commands import Command, is_one_clear_line

PLAIN = ["run", "init", "archive show", "export", "list", "sim serve"]


@pytest.mark.parametrize("words", ["", *PLAIN])
def test_a_flag_has_no_value_and_an_option_a_word(
    command: Command, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    result = command(*words.split(), "-h")
    assert result.code == 0, result
    assert result.out == command(*words.split(), "--help").out
    options = result.out.partition("Options ─")[2]
    for type_name in ("<bool>", "<str>", "<int>", "<float>", "list["):
        assert type_name not in options
    assert "…" not in options


def test_every_command_stands_in_a_named_group_of_the_help() -> None:
    for each in command_tree().commands.values():
        assert getattr(each, "rich_help_panel", None), each.name


def test_the_lines_of_a_description_end_where_the_screen_does(command: Command) -> None:
    assert "cap is reached. Exits with 0" in " ".join(command("gate", "-h").out.split())
    lines = command("gate", "-h").out.splitlines()
    assert "is reached. Exits" not in [line.strip() for line in lines]


def test_an_argument_is_named_as_in_the_help(command: Command) -> None:
    assert "[RUN]" in command("resume", "-h").out
    is_one_clear_line(command("export", "best", "x"), "`evolve export --help`")
