"""Runs a program as a script; what its last line evaluates to is printed, as a prompt would."""

import ast
import os
import sys
import traceback

from evolve.sandbox.inside.limits import close_in


def main() -> None:
    """Reads the program to the end of the input, and runs it."""
    close_in()
    source = sys.stdin.buffer.read().decode(errors="replace")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(1, 2)  # one stream, in the order in which it is written
    names = {"__name__": "__main__"}
    try:
        tree = ast.parse(source, "program")
        last = tree.body[-1] if tree.body else None
        if isinstance(last, ast.Expr):
            del tree.body[-1]
        exec(compile(tree, "program", "exec"), names)  # noqa: S102 - that is what a sandbox is for
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "program", "eval"), names)  # noqa: S307 - likewise
            if value is not None:
                print(repr(value))
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 - a program may raise anything
        shown = traceback.TracebackException.from_exception(error)
        own = [step for step in shown.stack if step.filename == "program"]
        shown.stack = traceback.StackSummary.from_list(own)
        sys.stdout.flush()
        sys.stderr.write("".join(shown.format()))
        raise SystemExit(1) from None


main()
