"""Variables come from the environment and from .env files, and secrets stay out of run files."""

from pathlib import Path

import pytest

from evolve.secrets.variables import expand_environment, read_env_file, variables
from search_spaces.errors import ConfigError

ENVIRONMENT = {
    "HOST": "example.org",
    "DATA": "/data",
    "MY_KEY": "hush-hush-hush",
    "COPY": "hush-hush-hush",
}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=a b", "a b"),
        ("export NAME = a # comment", "a"),
        ("NAME='a # b' # comment", "a # b"),
        ('NAME="a=b"', "a=b"),
        ("NAME=a#b", "a#b"),
        ("NAME=", ""),
        ("NAME=#", ""),
        ("NAME='half", "'half"),
    ],
)
def test_env_files_are_read(line: str, value: str, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f"# a comment\n\nno assignment\n{line}\n")
    assert read_env_file(file) == {"NAME": value}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_a_byte_order_mark_sets_the_encoding(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    text = "NAME=a ü\r\nSECOND=2\r\n"
    marked = "\ufeff" + text if encoding == "utf-16-be" else text
    file.write_bytes(marked.encode(encoding))
    assert read_env_file(file) == {"NAME": "a ü", "SECOND": "2"}


def test_a_missing_env_file_is_empty_and_a_bad_one_is_reported(tmp_path: Path) -> None:
    assert read_env_file(tmp_path / ".env") == {}
    assert read_env_file(tmp_path) == {}
    (tmp_path / ".env").write_bytes(b"NAME=\xff")
    with pytest.raises(ConfigError, match=r"\.env: cannot be read: it is no UTF-8 text"):
        read_env_file(tmp_path / ".env")


def test_the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("A=1\nB=1")
    second.write_text("B=2\nC=2")
    monkeypatch.setenv("A", "0")
    for name in ("B", "C", "D"):
        monkeypatch.delenv(name, raising=False)
    known = variables([first, second])
    assert [known.get(name) for name in "ABCD"] == ["0", "1", "2", None]


def test_variables_are_written_into_values() -> None:
    values = {
        "models": {"a": {"openai": {"base_url": "http://${HOST}:${PORT:-80}/v1"}}},
        "files": ["${DATA}/x.jsonl", 3, None],
    }
    assert expand_environment(values, ENVIRONMENT) == {
        "models": {"a": {"openai": {"base_url": "http://example.org:80/v1"}}},
        "files": ["/data/x.jsonl", 3, None],
    }


@pytest.mark.parametrize("text", ["$x$", "${x}^2$", "$HOST", "${}", "${A}"])
def test_formulas_are_left_alone(text: str) -> None:
    assert expand_environment([text], ENVIRONMENT) == [text]


def test_a_variable_can_be_written_as_such() -> None:
    assert expand_environment("$${HOST}", ENVIRONMENT) == "${HOST}"


def test_a_missing_variable_is_reported_with_its_place() -> None:
    with pytest.raises(ConfigError, match=r"^x\.yaml: tasks\.file\[1\]: the variable NOPE is not"):
        expand_environment({"tasks": {"file": ["", "${NOPE}"]}}, ENVIRONMENT, "x.yaml")


@pytest.mark.parametrize("name", ["MY_KEY", "COPY", "OPENAI_API_KEY", "GH_TOKEN", "DB_PASSWORD"])
def test_secrets_are_refused_and_not_shown(name: str) -> None:
    variables = {"OPENAI_API_KEY": "hush", "GH_TOKEN": "hush", "DB_PASSWORD": "hush", **ENVIRONMENT}
    with pytest.raises(ConfigError, match=f"{name} looks like a secret") as caught:
        expand_environment({"key": f"${{{name}}}"}, variables)
    assert "hush" not in str(caught.value)
