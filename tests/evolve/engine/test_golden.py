"""The same seed gives the same search in every process; clock readings are left out."""

from pathlib import Path

import pytest

from archive.reading import Reader
from evolve.runfile.settings import as_json
from tests.evolve.cli.commands import begin, end
from tests.evolve.runs import facts, settings


@pytest.mark.parametrize(
    "evaluations", [300, pytest.param(1_500, marks=pytest.mark.full)], ids="{} evaluations".format
)
def test_quickstart_is_the_same_in_every_process(tmp_path: Path, evaluations: int) -> None:
    (tmp_path / "run.yaml").write_text(as_json(settings(budget={"evaluations": evaluations})))
    names = ("one.db", "two.db")
    running = [
        begin("run", "run.yaml", "--archive", name, folder=tmp_path, PYTHONHASHSEED=str(seed))
        for seed, name in enumerate(names)
    ]
    result = [end(process) for process in running]
    assert [each.code for each in result] == [0, 0], result
    assert result[0].out.replace("one.db", "two.db") == result[1].out
    with Reader.read(tmp_path / "one.db") as one, Reader.read(tmp_path / "two.db") as two:
        assert facts(one) == facts(two)
        assert len(one.candidates(one.run())) > 5
    exporting = [
        begin("export", "-o", f"{name}.yaml", "--archive", name, folder=tmp_path) for name in names
    ]
    assert [end(process).code for process in exporting] == [0, 0]
    exports = [(tmp_path / f"{name}.yaml").read_bytes() for name in names]
    assert exports[0] == exports[1]
    assert b"Found by evolve, run quickstart_simulated-" in exports[0]


@pytest.mark.full
def test_another_seed_is_another_search(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(as_json(settings(budget={"evaluations": 150})))
    running = [
        begin(
            "run", "run.yaml", "--quiet", "--archive", f"{seed}.db", "--seed", seed, folder=tmp_path
        )
        for seed in ("1", "2")
    ]
    assert [end(process).code for process in running] == [0, 0]
    with Reader.read(tmp_path / "1.db") as one, Reader.read(tmp_path / "2.db") as two:
        assert one.run().seed == 1
        assert facts(one)["results"] != facts(two)["results"]
