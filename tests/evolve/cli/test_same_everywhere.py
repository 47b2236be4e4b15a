"""Same seed, same result: real processes with other hash seeds and thread counts."""

from pathlib import Path

import pytest

from archive.reading import Reader
from tests.evolve.cli.commands import begin, end
from tests.evolve.runs import facts


@pytest.mark.full
def test_runs_do_not_depend_on_the_process(tmp_path: Path) -> None:
    environments = (
        {"PYTHONHASHSEED": "0"},
        {"PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "2"},
        {"PYTHONHASHSEED": "4242"},
    )
    text = SEARCH.format(folder=Path(__file__).parents[3] / "configs")
    tmp_path.joinpath("run.yaml").write_text(text, encoding="utf-8")
    words = ("run", "run.yaml", "--quiet", "--archive")
    processes = [
        begin(*words, f"{number}.db", folder=tmp_path, **variables)
        for number, variables in enumerate(environments)
    ]
    assert [end(process).code for process in processes] == [0, 0, 0]
    found = []
    for number in range(len(environments)):
        with Reader.read(tmp_path / f"{number}.db") as archive:
            found.append(facts(archive))
            assert len(archive.candidates(archive.run())) > 5
    assert found[0] == found[1] == found[2]


SEARCH = """
name: same
tasks:
  {{file: {folder}/puzzles.jsonl, input: question, answer: answer, domain: domain, split: split}}
models:
  small: {{simulated: {{profile: alder-small, landscape: {folder}/puzzles_landscape.yaml}}}}
  meta: {{simulated: {{profile: birch-medium, landscape: {folder}/puzzles_landscape.yaml}}}}
space: {{agents: [1, 4]}}
strategy: {{reflective: {{model: meta}}}}
budget: {{evaluations: 250}}
proposes_until: 1.0
confirm: {{tasks: 10}}
"""
