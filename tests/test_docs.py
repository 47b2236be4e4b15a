"""The documentation says what the code says, and leaves nothing out."""

import re
from pathlib import Path

import pytest

from docs.generate import DOCS, commands, pages

ROOT = DOCS.parent
PAGES = pages()


@pytest.mark.parametrize("path", sorted(PAGES))
def test_generated_pages_are_up_to_date(path: str) -> None:
    assert (DOCS / path).read_text(encoding="utf-8") == PAGES[path], "run `make docs`"


@pytest.mark.parametrize("page", ["run-file.md", "commands.md"])
def test_every_key_option_and_argument_is_explained(page: str) -> None:
    bare = [line for line in PAGES[page].splitlines() if re.fullmatch(r"- .*:\s*", line)]
    assert not bare


def test_every_command_has_a_description() -> None:
    sections = commands().split("\n## ")[1:]
    assert len(sections) > 10
    assert all(len(section.splitlines()[2]) > 20 for section in sections)


@pytest.mark.parametrize(
    "path", sorted(p.relative_to(ROOT) for p in ROOT.rglob("*.md") if ".venv" not in p.parts)
)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    missing = [link for link in links if not (ROOT / path).parent.joinpath(link).exists()]
    assert not missing


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    groups = {heading.split()[1] for heading in re.findall(r"`(evolve [^`]+)`", commands())}
    assert all(f"evolve {group}" in readme for group in groups)
