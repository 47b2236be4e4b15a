"""Functions by name: ``module:function``, or ``path/to/file.py:function``.

Modules are looked for as Python does, the run file's folder last. A file of the user's that has the
name of another module, such as `archive.py`, is still found: it counts before the other module.
"""

import hashlib
import importlib
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from evolve.functions.printing import prints_to_stderr

FORMS = "`module:function` or `path/to/file.py:function`"


def load_function(name: str) -> Callable[..., Any]:
    """The function of that name; importing its module runs the module.

    Args:
        name: ``module:function`` or ``path/to/file.py:function``. A relative path is looked for in
            the run file's folder, then in the other folders of `sys.path`.

    Raises:
        ValueError: There is none; the message says why.
    """
    place, _, attribute = name.rpartition(":")
    if not place or not attribute:
        raise ValueError(f"expected {FORMS}, got {name!r}")
    try:
        with prints_to_stderr():
            module = _of_file(_file_at(place)) if place.endswith(".py") else _module(place)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - importing may run anything
        raise ValueError(f"{name}: cannot be loaded: {type(error).__name__}: {error}") from None
    found = getattr(module, attribute, None)
    if not callable(found):
        where = getattr(module, "__file__", None)
        raise ValueError(
            f"{name}: {place}{f' ({where})' if where else ''} has no function {attribute!r}"
        )
    return found  # type: ignore[no-any-return]


def _module(name: str) -> ModuleType:
    """The module of that name; of two, the one in the folder that is looked in last."""
    beside = _last_file(f"{name.replace('.', '/')}.py")
    try:
        module = importlib.import_module(name)
    except ImportError:
        if beside is None:
            raise
        return _of_file(beside)
    file = getattr(module, "__file__", None)
    shadowed = beside is not None and file is not None and not _same(beside, Path(file))
    return _of_file(beside) if shadowed and beside is not None else module


def _file_at(path: str) -> Path:
    written = Path(path).expanduser()
    found = written if written.is_absolute() else _last_file(path)
    if found is None or not found.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    return found


def _last_file(path: str) -> Path | None:
    """A file by its relative path in the last folder of `sys.path` that has one."""
    candidates = (Path(folder) / path for folder in reversed(sys.path))
    return next((file for file in candidates if file.is_file()), None)


def _of_file(file: Path) -> ModuleType:
    """The module that a file is, loaded once; modules beside it can be imported by it."""
    file = file.resolve()
    digest = hashlib.sha256(str(file).encode()).hexdigest()[:12]
    name = f"{file.stem}_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    if str(file.parent) not in sys.path:
        sys.path.append(str(file.parent))
    spec = spec_from_file_location(name, file)
    assert spec is not None, "a file that ends in .py has a loader"
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _same(one: Path, other: Path) -> bool:
    try:
        return one.resolve() == other.resolve() or one.samefile(other)
    except OSError:
        return False
