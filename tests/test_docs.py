"""The documentation matches the code, and is complete."""

import re
from pathlib import Path

import pytest

from docs.generate import DOCS, commands, pages
from docs.run_file import KINDS
from docs.sections import SECTIONS, Section
from evolve.runfile.settings import RunSettings
from search_spaces.yaml_text import read_mapping
from tests.test_architecture import imports, room

ROOT = DOCS.parent
PAGES = pages()


@pytest.mark.parametrize("path", sorted(PAGES))
def test_generated_pages_are_up_to_date(path: str) -> None:
    assert (DOCS / path).read_text(encoding="utf-8") == PAGES[path], "run `make docs`"


@pytest.mark.parametrize("page", ["run-file.md", "commands.md"])
def test_every_key_option_and_argument_is_explained(page: str) -> None:
    lines = PAGES[page].splitlines()
    bare = [line for line in lines if re.fullmatch(r"- .*:\s*|\|.*\|\s*\|", line)]
    assert not bare


def test_every_key_of_a_run_file_is_in_one_section() -> None:
    keys = [key for section in SECTIONS for key in section.keys]
    kinds = [kind for section in SECTIONS for kind in section.kinds]
    assert sorted(keys) == sorted(RunSettings.model_fields)
    assert sorted(kinds) == sorted(KINDS)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.title)
def test_the_example_of_each_section_is_a_valid_part_of_a_run_file(section: Section) -> None:
    """Names that an example refers to are added; nothing it says is replaced."""
    models = {"small": {"openai": {"model": "a"}}, "own": {"openai": {"model": "b"}}}
    tools = {"calculator": "calculator"}
    budget = {"budget": {"evaluations": 10}}
    base = {"tasks": {"file": "questions.csv"}, "models": models, "tools": tools, **budget}
    RunSettings.model_validate(base | read_mapping(section.example, section.title, trusted=True))


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
    groups = {heading.split()[1] for heading in re.findall(r"## `(evolve [^`]+)`", commands())}
    assert all(f"evolve {group}" in readme for group in groups)


def test_the_paths_that_contributors_are_given_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = [path for path in re.findall(r"`([\w./-]+/[\w./-]*)`", text) if "<" not in path]
    assert len(paths) > 50
    assert not [path for path in paths if not (ROOT / path).exists()]


def test_packages_import_only_those_above_them_in_the_table_of_packages() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.partition("The packages within `evolve/`")[2].partition("## ")[0]
    rows = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    places = {f"evolve.{name}": place for place, name in enumerate(rows)}
    packages = {path.parent.name for path in (ROOT / "evolve").glob("*/__init__.py")}
    assert set(rows) == packages
    arrows = [(room(each.source), room(each.target)) for each in imports()]
    known = [(a, b) for a, b in arrows if a != b and a in places and b in places]
    assert not [(a, b) for a, b in known if places[b] > places[a]]
