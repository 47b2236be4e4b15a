"""Files and words that are wrong: one clear line, the exit code, and the archive stays intact."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.evolve.cli.commands import Command, evolve_process, is_one_clear_line, run_file, written

SINGLE = {"agents": [{"name": "solver"}]}
PAIR = [{"name": "a"}, {"name": "b"}]


# Run files


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"strateggy": "random"}, "run.yaml: strateggy: unknown key"),
        ({"space.agens": 3}, "run.yaml: space.agens: unknown key"),
        ({"concurrency": "many"}, "run.yaml: concurrency: Input should be a valid integer"),
        ({"budget": {"usd": "much"}}, "budget.usd: Input should be a valid number"),
        ({"budget": {}}, "budget: name at least one cap"),
        ({"budget": {"evaluations": 1}}, "the budget does not cover"),
        ({"models": {}}, "models: "),
        ({"default_model": "huge"}, "default_model: 'huge' is no model of this run: small,"),
        ({"space.models": ["huge"]}, "space.models: 'huge' is no model of this run: small,"),
        ({"space": {"agents": 1, "answers": ["judge"]}}, "space: no configuration fits"),
        ({"strategy": "genetc"}, "strategy: unknown strategy 'genetc'; did you mean 'genetic'?"),
        ({"strategy": "zzz"}, "known: composed, default, genetic, "),
        ({"strategy": {"genetic": {"populatoin": 3}}}, "strategy.populatoin: unknown key"),
        ({"strategy": {"genetic": 3}}, "strategy: "),
        ({"strategy": "no.such:Thing"}, "cannot be loaded: No module named 'no'"),
        ({"strategy": "..relative:Thing"}, "strategy '..relative:Thing' cannot be loaded"),
        ({"strategy": ":Thing"}, "strategy ':Thing' cannot be loaded"),
        ({"strategy": "json:Thing"}, "json has no Strategy class"),
        ({"strategy": "broken:Thing"}, "strategy 'broken:Thing' cannot be loaded: division"),
        ({"allocator": "raceing"}, "unknown allocator 'raceing'; did you mean 'racing'? known: fu"),
        ({"models.small": "simulatd"}, "models.small: unknown model 'simulatd'; did you mean 'sim"),
        ({"tasks.scorer": "exat"}, "tasks.scorer: unknown scorer 'exat'; did you mean 'exact'?"),
        ({"executor": "cluster"}, "executor: unknown executor 'cluster'; known: local"),
        ({"order": "tickt"}, "order: Input tag 'tickt'"),
        ({"order": {"ticket": 5}}, "order: expected {ticket: {option: value}}, got {'ticket': 5}"),
        ({"seed": -1}, "seed: Input should be greater than or equal to 0, got -1"),
        ({"seed": 2**63}, "seed: Input should be less than 9223372036854775808"),
        ({"seeds": {"library": ["singel"]}}, "unknown library system 'singel'; did you mean 'sin"),
        ({"seeds": {"library": []}}, "seeds: name at least one system"),
        ({"seeds": {"files": ["none.yaml"]}}, "none.yaml: cannot be read: No such file"),
        ({"seeds": {"archive": {"path": "none.db"}}}, "there is no archive"),
        ({"seeds": {"archive": {"path": "evolve.db", "run": "me"}}}, "has no run 'me'; the near"),
        ({"tasks.file": "none.jsonl"}, "none.jsonl: there is no such task file; check `tasks.fil"),
        ({"tasks.file": "."}, "unknown ending"),
        ({"tasks.file": "a\0b.jsonl"}, "tasks.file: a path holds no null character"),
        ({"tasks.file": "a" * 300 + ".jsonl"}, "the task file cannot be read: File name too long"),
        (
            {"tasks.file": "~no_such_user/t.jsonl"},
            "tasks.file: no home directory ~no_such_user",
        ),
        ({"tasks.input": "quest"}, "line 1: there is no field 'quest'; this row has id, question"),
    ],
    ids=str,
)
def test_run_file(command: Command, changes: dict[str, Any], message: str) -> None:
    Path("broken.py").write_text("1 / 0")
    result = command("run", run_file(**changes), "--archive", "evolve.db")
    is_one_clear_line(result, message)
    assert result.out == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n- b\n", "expected a mapping (`key: value` lines), found a list"),
        ("hello", "found one value"),
        ("", "found nothing"),
        (bytes(range(256)) * 4, "not a text file; expected YAML in UTF-8"),
        ("a: [1,\n b: {", "line 3, column 1: "),
        ("name: a\nname: b", "line 2, column 1: the key 'name' is there twice"),
        ("1: 2", "a key must be a text"),
        ("[" * 100, "nested more than 64 levels deep"),
        ("a: !!python/object/apply:os.mkdir ['made']", "line 1, column 4: the tag"),
        ("!!python/object/new:os.mkdir {args: [made]}", "only plain values are read"),
        ("name: quick", "tasks: this key is required (and 2 more)"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_text_that_is_no_run_file(command: Command, text: str | bytes, message: str) -> None:
    is_one_clear_line(command("run", written("run.yaml", text)), "run.yaml: ", message)
    assert not Path("made").exists()


def test_task_file(command: Command) -> None:
    good = json.dumps({"question": "1 + 1?", "answer": "2"})
    tasks = written("tasks.jsonl", "\n".join([good, good, "{not json", good]))
    name = run_file(tasks={"file": tasks})
    is_one_clear_line(command("run", name), "tasks.jsonl, line 3: no valid JSON")
    written("tasks.jsonl", "\n".join([good] * 2))
    is_one_clear_line(command("run", name), "of 2 tasks 0 are for test, which needs at least")


@pytest.mark.parametrize("name", ["nothing", ".", "x" * 300, ""], ids=["word", "dot", "long", "no"])
def test_missing_run_file_says_how_to_make_one_and_find_the_shipped(
    command: Command, name: str
) -> None:
    is_one_clear_line(command("run", name), "no such run file", "`evolve init`", "list run-files")


# System files


@pytest.mark.parametrize(
    ("system", "message"),
    [
        (
            {"agents": PAIR, "edges": [{"source": "a", "target": "b"}] * 2},
            "two edges join the same agents in the same way",
        ),
        (
            {
                "agents": PAIR,
                "edges": [{"source": "a", "target": "b"}, {"source": "b", "target": "a"}],
            },
            "message edges form a cycle: a → b → a",
        ),
        (
            {"agents": PAIR, "edges": [{"source": "a", "target": "c"}]},
            "an edge names 'c', which is not one of the agents ['a', 'b']",
        ),
        ({"agents": PAIR, "answer": {"sources": ["a"]}}, "there is no path from b to the answer"),
        ({"agents": []}, "agents: Tuple should have at least 1 item"),
        ({**SINGLE, "round": 2}, "round: unknown key"),
        ({**SINGLE, "rounds": "two"}, "rounds: Input should be a valid integer"),
        ("- solver", "expected a mapping (`key: value` lines), found a list"),
        (bytes(range(256)), "not a text file"),
        ("agents: !!python/object/apply:os.mkdir ['made']", "line 1, column 9: the tag"),
        ("agents: &a [{name: b}]", "the anchor 'a'; here, write the value out"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_system_file(command: Command, system: object, message: str) -> None:
    file = written("system.yaml", system)
    for words in (
        ("apply", file, "What is 1 + 1?"),
        ("eval", file, "--run-file", run_file()),
        ("run", run_file(seeds={"files": [file]})),
    ):
        is_one_clear_line(command(*words), "system.yaml: ", message)
    assert not Path("made").exists()


def test_system_file_that_is_not_there_or_names_an_unknown_model(command: Command) -> None:
    run = run_file()
    stranger = written("system.yaml", {"agents": [{"name": "a", "model": "gpt"}]})
    for words in (("apply", "none.yaml", "1 + 1?"), ("eval", "none.yaml", "--run-file", run)):
        is_one_clear_line(command(*words), "none.yaml: cannot be read: No such file")
    for words in (("apply", stranger, "1 + 1?"), ("eval", stranger, "--run-file", run)):
        is_one_clear_line(command(*words), "unknown model 'gpt'; known: ", "medium, other, small")
    is_one_clear_line(command("eval", stranger, "--run-file", "none"), "no such run file")


# The words of a command


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["rnu"], "No such command 'rnu'. Did you mean 'run'? see `evolve --help`"),
        (["archive", "lits"], "Did you mean 'list'? see `evolve archive --help`"),
        (["--nothing"], "No such option: --nothing; see `evolve --help`"),
        (["run"], "Missing argument 'RUN_FILE'; see `evolve run --help`"),
        (
            ["run", "quickstart_simulated", "--nothing"],
            "No such option: --nothing; see `evolve run --help`",
        ),
        (["run", "quickstart_simulated", "more"], "more"),
        (
            ["run", "quickstart_simulated", "--seed", "one"],
            "Invalid value for '--seed': Input should be",
        ),
        (
            ["run", "quickstart_simulated", "--seed", "-1"],
            "seed: Input should be greater than or equal to 0",
        ),
        (["run", "quickstart_simulated", "--seed", str(2**63)], "seed: Input should be less than"),
        (["eval", "best.yaml"], "Missing option '--run-file'"),
        (["eval", "a.yaml", "--run-file", "b", "--split", "all"], "'all' is not one of 'train', "),
        (["archive", "list", "--limit", "0"], "Invalid value for '--limit'"),
        (["schema", "nothing"], "'nothing' is not one of 'system', 'run'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_words_that_are_no_command(command: Command, words: list[str], message: str) -> None:
    is_one_clear_line(command(*words), message)


def test_no_words_show_the_help(command: Command) -> None:
    for words, named in (((), "resume"), (("archive",), "pareto")):
        result = command(*words)
        assert (result.code, result.err) == (2, "")
        assert named in result.out


# The real command, once for each kind of mistake


@pytest.mark.full
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("run", "quick"),
            "none of that name is shipped; did you mean 'quickstart'? `evolve init`",
        ),
        (("run", "run.yaml"), "run.yaml: strategy: unknown strategy 'genetc'"),
        (("apply", "system.yaml", "1 + 1?"), "message edges form a cycle"),
        (("resume",), "is finished"),
        (("archive", "show", "zz"), "has no candidate 'zz'"),
        (("run", "quickstart_simulated", "--archive", "."), ". is a folder"),
        (("run", "--sed", "1"), "No such option: --sed"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_real_command(
    command: Command, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    run_file(strategy="genetc")
    arrows = [{"source": "a", "target": "b"}, {"source": "b", "target": "a"}]
    written("system.yaml", {"agents": PAIR, "edges": arrows})
    is_one_clear_line(evolve_process(*words, folder=tmp_path), message)


# What no input is to blame for


def test_interrupt_before_anything_is_settled(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("evolve.runfile.settings.load_run_file", interrupted)
    is_one_clear_line(command("run", "quickstart_simulated"), "interrupted", code=130)


def test_defect_of_evolve_itself_is_not_hidden(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("evolve.runfile.settings.load_run_file", broken)
    with pytest.raises(ZeroDivisionError):
        command("run", "quickstart_simulated")
