"""The architecture, read from the source: allowed imports, and no module-level state."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.xdist_group("architecture")  # parses every source file once
FLOORS = {
    "search_spaces": set(),
    "archive": {"search_spaces"},
    "evolve": {"search_spaces", "archive"},
}
OURS = (*FLOORS, "configs", "docs", "benchmarks", "tests")

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
LOOSE_MODULES = 8
CONTRACTS_OF_MODELS = {
    "evolve.models",
    "evolve.models.base",
    "evolve.models.embedders.hashed",
    "evolve.models.price",
    "evolve.models.shared",
    "evolve.models.tools_in_words",
}
"""What of models is no model: contracts, prices, wordings, and the embedder without a model."""


CHANGING = {
    *("append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse"),
    *("add", "discard", "update", "setdefault", "popitem", "appendleft"),
}
GENERATORS = {"Random", "default_rng", "Generator"}
COLLECTIONS = {"dict", "list", "set", "defaultdict", "Counter", "deque", "OrderedDict"}


class Import(NamedTuple):
    """That a module imports another; ``always``: as soon as it is itself imported."""

    source: str
    target: str
    always: bool


@cache
def sources() -> dict[str, ast.Module]:
    """Every module of ours by its dotted name."""
    found = {}
    for top in OURS:
        for path in sorted((ROOT / top).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return found


@cache
def imports() -> tuple[Import, ...]:
    """Every import in our code, wherever it stands."""
    return tuple(
        Import(name, target, always)
        for name, tree in sources().items()
        for node, always in _statements(tree, True)
        for target in _targets(node)
    )


def _statements(node: ast.AST, always: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        yield child, always
        later = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or (
            isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        )
        yield from _statements(child, always and not later)


def _targets(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            yield inner if inner in sources() else str(node.module)


def within(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def shown(found: list[Import]) -> list[str]:
    return sorted({f"{each.source} → {each.target}" for each in found})


# Who imports whom


@pytest.mark.parametrize("floor", FLOORS)
def test_imports_point_downward(floor: str) -> None:
    allowed = {floor, *FLOORS[floor]}
    wrong = [
        each
        for each in imports()
        if within(each.source, floor)
        and within(each.target, *OURS)
        and not within(each.target, *allowed)
    ]
    assert not shown(wrong)


def test_no_module_imports_itself_in_a_circle() -> None:
    arrows: dict[str, set[str]] = {}
    for each in imports():
        if each.always and each.target in sources():
            arrows.setdefault(each.source, set()).add(each.target)
    left = set(sources())
    while True:
        heard = {target for source in left for target in arrows.get(source, ())}
        ends = {name for name in left if name not in heard or not arrows.get(name, set()) & left}
        if not ends:
            break
        left -= ends
    assert not sorted(left), "each of these is part of a circle, or lies between two"


def room(module: str) -> str:
    """The package directly within a floor that a module is in; the floor itself elsewhere."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "evolve" else parts[0]


def test_packages_form_no_circle() -> None:
    below: dict[str, set[str]] = {}
    for each in imports():
        source, target = room(each.source), room(each.target)
        if within(each.source, *FLOORS) and within(each.target, *FLOORS) and source != target:
            below.setdefault(source, set()).add(target)
    while leaves := {name for name, targets in below.items() if not targets & set(below)}:
        below = {name: targets for name, targets in below.items() if name not in leaves}
    assert not below, "each of these packages is part of a circle, or depends on one"


def test_few_modules_lie_loose() -> None:
    loose = sorted(path.name for path in (ROOT / "evolve").glob("*.py"))
    assert len(loose) <= LOOSE_MODULES, loose


@pytest.mark.parametrize(
    ("package", "importers"),
    [
        ("evolve.simulator", ("evolve.simulator", "evolve.cli.sim", "benchmarks", "tests")),
        ("evolve.cli", ("evolve.cli", "evolve.__main__", "docs", "tests")),
        ("openai", ("evolve.models.openai", "benchmarks.calls", "tests")),
        ("sqlite3", ("archive", "tests")),
        ("sqlite_utils", ("archive", "tests")),
        ("deap", ("evolve.strategies",)),
        (
            "optuna",
            (
                "evolve.strategies",
                "evolve.allocators",
                "evolve.export",
                "benchmarks.peers",
                "tests",
            ),
        ),
        ("gepa", ("benchmarks.peers",)),
    ],
)
def test_allowed_importers(package: str, importers: tuple[str, ...]) -> None:
    found = [each for each in imports() if within(each.target, package)]
    assert found, "no module imports it"
    assert not shown([each for each in found if not within(each.source, *importers)])


@pytest.mark.parametrize(
    "chooser", ["evolve.strategies", "evolve.allocators", "evolve.standings", "evolve.meta"]
)
def test_deciding_code_cannot_import_the_simulator(chooser: str) -> None:
    seen: set[str] = set()
    ahead = {name for name in sources() if within(name, chooser)}
    assert ahead
    while ahead:
        seen |= ahead
        ahead = {each.target for each in imports() if each.source in ahead} & set(sources()) - seen
    assert not {name for name in seen if within(name, "evolve.simulator")}
    assert {name for name in seen if within(name, "evolve.models")} <= CONTRACTS_OF_MODELS


def test_search_spaces_does_no_input_or_output() -> None:
    outward = ("os", "pathlib", "io", "sys", "socket", "subprocess", "urllib", "asyncio", "logging")
    assert not shown(
        [e for e in imports() if within(e.source, "search_spaces") and within(e.target, *outward)]
    )


# What no module holds


def product() -> list[tuple[str, ast.Module]]:
    return [(name, tree) for name, tree in sources().items() if within(name, *FLOORS, "configs")]


def test_nothing_changes_a_collection_of_a_module() -> None:
    """Module-level values are shared, so they are filled once and then only read."""
    made = {(name, each) for name, tree in product() for each in _collections(tree)}
    wrong = [
        f"{name}: {variable}"
        for name, tree in product()
        for variable in _changed(tree)
        if (name, variable) in made
        or any((each.module, variable) in made for each in _imported(tree, variable))
    ]
    assert not wrong


def test_no_module_makes_an_empty_collection_or_rebinds_a_name() -> None:
    wrong = []
    for name, tree in product():
        for node in tree.body:
            value = getattr(node, "value", None)
            if isinstance(value, ast.Dict | ast.List | ast.Set | ast.Call) and _is_empty(value):
                wrong.append(f"{name}, line {node.lineno}: {ast.unparse(node)}")
        for each in ast.walk(tree):
            if isinstance(each, ast.Global):
                wrong.append(f"{name}, line {each.lineno}: {ast.unparse(each)}")
    assert not wrong


def _is_empty(value: ast.Dict | ast.List | ast.Set | ast.Call) -> bool:
    if isinstance(value, ast.Call):
        return ast.unparse(value.func).rpartition(".")[2] in COLLECTIONS and not value.args
    return not (value.keys if isinstance(value, ast.Dict) else value.elts)


def _collections(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def _changed(tree: ast.Module) -> Iterator[str]:
    """Names of which an item is set or deleted, or on which a changing method is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            place: ast.expr = node.value
        elif isinstance(node, ast.AugAssign):
            place = node.target
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            place = node.func.value if node.func.attr in CHANGING else node.func
        else:
            continue
        if isinstance(place, ast.Name) and place.id.strip("_").isupper():
            yield place.id


def _imported(tree: ast.Module, name: str) -> Iterator[ast.ImportFrom]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and any(alias.name == name for alias in node.names):
            yield node


def test_no_module_uses_global_randomness() -> None:
    """DEAP's own use of it is fenced in by one module, which gives its state back."""
    wrong = [
        f"{name}, line {line}: {what}"
        for name, tree in product()
        for line, what in _global_draws(tree)
        if name != "evolve.strategies._deap"
    ]
    assert not wrong


def _global_draws(tree: ast.Module) -> Iterator[tuple[int, str]]:
    modules = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name in ("random", "numpy")
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in ("random", "numpy.random"):
            yield from ((node.lineno, a.name) for a in node.names if a.name not in GENERATORS)
        elif isinstance(node, ast.Attribute):
            module, *inner, name = ast.unparse(node).split(".")
            drawn = inner == ([] if module == "random" else ["random"])
            if module in modules and drawn and name not in GENERATORS:
                yield node.lineno, ast.unparse(node)


# How much there is in one place


def test_no_file_is_too_long() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for top in OURS
        for path in (ROOT / top).rglob("*.py")
    }
    assert not {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE}


def test_no_function_is_too_long() -> None:
    lengths = {
        f"{name}.{node.name}": _lines(node)
        for name, tree in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert not {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION}


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function that do something: all but its docstring."""
    first = node.body[0] if ast.get_docstring(node) is not None else None
    docstring = (first.end_lineno or 0) - first.lineno + 1 if first else 0
    return (node.end_lineno or 0) - node.lineno + 1 - docstring
