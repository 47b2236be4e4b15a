"""Users' functions: names, calls, and printed text."""

import asyncio
import sys
import time
from pathlib import Path
from threading import Thread, current_thread, main_thread

import pytest

from archive.records import Score, Step, Trace, Usage
from evolve import Task, clock
from evolve.errors import TaskError
from evolve.functions.calling import Caller
from evolve.functions.loading import load_function
from evolve.tasks.base import TaskInput
from evolve.tasks.scorers.python import Python

TASK = Task(number=0, input=TaskInput(id="1", text="?"), answer="4")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    return tmp_path


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return file


def score(body: str, folder: Path, answer: str = "4", *, virtual: bool = False) -> Score:
    file = write(folder / "mine.py", body)
    scorer = Python(function=f"{file}:score")
    return clock.run(scorer.score(TASK, answer), virtual=virtual)


def test_a_function_is_found_by_path_and_beside_the_run_file(folder: Path) -> None:
    write(folder / "inner" / "mine_by_path.py", "def f(): return 1")
    assert load_function("inner/mine_by_path.py:f")() == 1
    absolute = f"{folder}/inner/mine_by_path.py:f"
    assert load_function(absolute) is load_function("inner/mine_by_path.py:f")


def test_a_module_with_the_name_of_another_is_found(folder: Path) -> None:
    write(folder / "archive.py", "def f(): return 'mine'")
    write(folder / "statistics.py", "def mean(_): return 'mine'")
    assert load_function("archive:f")() == "mine"
    assert load_function("statistics:mean")([]) == "mine"
    assert load_function("math:sqrt")(4) == 2


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("mine", "expected `module:function` or `path/to/file.py:function`"),
        ("none/such.py:f", "there is no file none/such.py"),
        ("archive:nothing", r"archive \(.*archive.*\) has no function 'nothing'"),
        ("no_such_module_at_all:f", "ModuleNotFoundError"),
    ],
)
def test_functions_that_cannot_be_loaded_are_explained(name: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        load_function(name)


@pytest.mark.parametrize("virtual", [False, True])
@pytest.mark.parametrize(
    "body",
    [
        "import asyncio\nasync def g(): return 1.0\n"
        "def score(task, answer): return asyncio.run(g())",
        "import asyncio\nasync def g(): return 1.0\n"
        "def score(task, answer): return asyncio.get_event_loop().run_until_complete(g())",
        "from concurrent.futures import ThreadPoolExecutor\n"
        "def score(task, answer):\n"
        "    with ThreadPoolExecutor(2) as pool: return sum(pool.map(float, [0, 1]))",
        "import signal\ndef score(task, answer):\n"
        "    signal.signal(signal.SIGALRM, signal.SIG_DFL)\n    return True",
        "async def score(task, answer): return answer == task.answer",
        "def score(task, answer): return 1.0000000000000002",
        "def score(task, answer): return {'score': -1e-17 + 1, 'feedback': None}",
    ],
)
def test_scorers_may_do_what_programs_do(folder: Path, body: str, *, virtual: bool) -> None:
    assert score(body, folder, virtual=virtual).value == 1


@pytest.mark.parametrize("returned", ["1.1", "'1'", "None", "float('nan')", "-0.1", "[1]"])
def test_what_is_no_score_is_refused(folder: Path, returned: str) -> None:
    with pytest.raises(TaskError, match=r"expected a number from 0 to 1"):
        score(f"def score(task, answer): return {returned}", folder)


def test_prints_go_to_standard_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = (
        "from threading import Thread\nprint('loaded')\n"
        "def score(task, answer):\n    print('scored')\n"
        "    thread = Thread(target=print, args=('beside',))\n"
        "    thread.start(); thread.join()\n    return 1"
    )
    score(body, folder)
    print("result")
    captured = capsys.readouterr()
    assert captured.out == "result\n"
    assert captured.err.split() == ["loaded", "scored", "beside"]


def test_a_function_may_take_the_whole_reply(folder: Path) -> None:
    body = "def score(task, answer, reply): return answer == '4' and reply.startswith('Since')"
    scorer = Python(function=f"{write(folder / 'replies.py', body)}:score")
    steps = [
        Step(agent=name, round=1, sample=0, model="m", text=text, usage=Usage())
        for name, text in (("a", "Since 2 + 2,\nAnswer: 4"), ("b", "I agree"))
    ]
    submitted = scorer.submission(Trace(answer="4", steps=tuple(steps)))
    assert asyncio.run(scorer.score(TASK, submitted)).value == 1


def test_plain_functions_work_beside_the_loop_one_at_a_time() -> None:
    caller, names = Caller(), []

    async def both() -> None:
        await asyncio.gather(*(caller.call(lambda: names.append(current_thread())) for _ in "ab"))

    asyncio.run(both())
    assert len(set(names)) == 1
    assert isinstance(names[0], Thread)
    assert names[0] is not main_thread()


@pytest.mark.parametrize(
    "body",
    [
        "print('hi')",
        "sys.__stdout__.write('hi')",
        "os.write(1, b'hi')",
        "os.system('echo hi')",
        "subprocess.run(['echo', 'hi'])",
    ],
)
def test_whatever_a_function_prints_goes_to_standard_error(
    folder: Path, capfd: pytest.CaptureFixture[str], body: str
) -> None:
    text = f"import os, subprocess, sys\ndef score(task, answer):\n    {body}\n    return 1.0\n"
    assert score(text, folder).value == 1
    print("the result")
    shown = capfd.readouterr()
    assert shown.out == "the result\n"
    assert shown.err.strip() == "hi"


def test_a_function_that_does_not_return_is_an_error(folder: Path) -> None:
    file = write(folder / "slow.py", "import time\ndef score(task, answer): time.sleep(0.3)\n")
    scorer = Python(function=f"{file}:score", timeout_s=0.1)
    with pytest.raises(TaskError, match=r"task '1': it has not returned within 0.1 seconds; see"):
        asyncio.run(scorer.score(TASK, "4"))
    with pytest.raises(TaskError, match=r"not returned within 0.1 seconds"):
        clock.run(Python(**scorer.model_dump()).score(TASK, "4"), virtual=True)
    time.sleep(0.5)  # until it has returned, its prints are diverted


def test_an_async_function_that_does_not_return_is_an_error(folder: Path) -> None:
    body = "import asyncio\nasync def score(task, answer): await asyncio.Event().wait()\n"
    scorer = Python(function=f"{write(folder / 'slow.py', body)}:score", timeout_s=0.1)
    with pytest.raises(TaskError, match=r"not returned within 0.1 seconds"):
        asyncio.run(scorer.score(TASK, "4"))


def test_time_spent_waiting_for_a_thread_does_not_count(folder: Path) -> None:
    body = "import time\ndef score(task, answer):\n    time.sleep(0.15)\n    return 1.0\n"
    scorer = Python(function=f"{write(folder / 'slow.py', body)}:score", timeout_s=0.4)

    async def five() -> list[Score]:
        return await asyncio.gather(*(scorer.score(TASK, "4") for _ in range(5)))

    assert [score.value for score in asyncio.run(five())] == [1.0] * 5


@pytest.mark.parametrize("parameters", ["answer", "task, answer, extra", "*, task, answer", ""])
def test_a_scorer_with_other_parameters_is_refused_before_anything_is_paid(
    folder: Path, parameters: str
) -> None:
    file = write(folder / "mine.py", f"def score({parameters}): return 1.0\n")
    with pytest.raises(ValueError, match=r"expected function\(task, answer\) or function\(task, a"):
        Python(function=f"{file}:score")


@pytest.mark.parametrize("parameters", ["task, answer", "*all", "task, answer, reply", "t, a, b=1"])
def test_a_scorer_may_have_these_parameters(folder: Path, parameters: str) -> None:
    file = write(folder / "mine.py", f"def score({parameters}): return 1.0\n")
    assert Python(function=f"{file}:score").threads == 1


def test_feedback_can_be_stored(folder: Path) -> None:
    body = "def score(task, answer): return {'score': 1, 'feedback': 'half \\ud800 pair'}"
    assert score(body, folder).feedback.encode() == "half \ufffd pair".encode()
