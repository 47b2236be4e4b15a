"""Coding tasks as published: what their rows hold, and the program that an answer makes of them.

HumanEval (Chen et al., 2021): ``prompt`` begins a program up to a function's docstring, ``test``
defines ``check(candidate)``, and ``entry_point`` names the function. MBPP (Austin et al., 2021):
``test_list`` holds assertions and ``test_imports`` what they need.
"""

import ast
import builtins
import re
from collections.abc import Mapping
from typing import Any

from evolve.sandbox.judging import Job

_FENCE = re.compile(r"^[ \t]*```[^\n]*\n(.*?)(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE)
_KNOWN = frozenset(dir(builtins))


def problem_of(row: object) -> str:
    """What keeps a row from being a coding task; empty if it is one."""
    if not isinstance(row, Mapping):
        return "expected a whole row; set `answer: null` in `tasks`"
    if isinstance(row.get("test_list"), list):
        texts = [*row["test_list"], *row.get("test_imports", ())]
    elif {"prompt", "test", "entry_point"} <= row.keys():
        texts = [row["prompt"] + "    pass\n", row["test"]]
    else:
        return "expected `prompt`, `test` and `entry_point`, or `test_list`"
    for text in texts:
        try:
            ast.parse(str(text))
        except SyntaxError as error:
            return f"{str(text)!r:.40} is no Python: {error.msg}"
    return ""


def job_of(row: Mapping[str, Any], answer: str) -> Job:
    """An answer as a program with its tests."""
    if "test_list" in row:
        prelude = "\n".join(row.get("test_imports", ()))
        tests = "\n".join(row["test_list"])
        names = _called(prelude, tests) | (_used(tests) & _defined(str(row.get("code", ""))))
        return Job(code_in(answer), prelude, tests, tuple(sorted(names)))
    name, prompt = row["entry_point"], row["prompt"]
    tests = f"{row['test']}\n\ncheck({name})\n"
    return Job(_completed(prompt, name, answer), f"{prompt}    pass\n", tests, (name,))


def code_in(text: str) -> str:
    """The program that a text holds: its fenced blocks, or else all of it."""
    blocks = _FENCE.findall(text)
    return "\n\n".join(blocks) if blocks else text


def _completed(prompt: str, name: str, answer: str) -> str:
    """The program that a prompt begins and an answer ends, or writes anew."""
    code = code_in(answer)
    if re.search(rf"^\s*(async )?def {re.escape(name)}\b", code, re.MULTILINE):
        return f"{prompt}    pass\n\n{code}"
    lines = code.strip("\n").split("\n")
    if not lines[0].startswith((" ", "\t")):
        code = "\n".join(f"    {line}" for line in lines)
    return prompt + code


def _used(text: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}


def _defined(text: str) -> set[str]:
    """The functions of a published solution, which may have the names of Python's own."""
    try:
        return {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
    except SyntaxError:
        return set()


def _called(prelude: str, tests: str) -> set[str]:
    """The names that tests use and neither they, what they import, nor Python defines."""
    nodes = [node for text in (prelude, tests) for node in ast.walk(ast.parse(text))]
    bound = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    bound |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    bound |= {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    return _used(tests) - bound - _KNOWN
