"""The answers of an interview that did not come to a run file, kept for the next one."""

import json
from collections.abc import Mapping
from pathlib import Path

FILE = ".evolve-init.json"


class Draft:
    """Answers by the option that they stand for, in a file of the working folder.

    The file holds no keys, for an interview accepts none, only the names of variables.
    """

    def __init__(self, path: Path = Path(FILE)) -> None:
        """Reads what an earlier interview left; an unreadable file counts as none.

        Args:
            path: The file.
        """
        self._path = path
        self._answers = _read(path)
        self.resumed = bool(self._answers)

    @property
    def answers(self) -> Mapping[str, str]:
        """What was answered so far."""
        return self._answers

    def keep(self, option: str, answer: str) -> None:
        """Adds an answer that could be read; a folder that cannot be written keeps nothing."""
        self._answers[option] = answer
        try:
            self._path.write_text(json.dumps(self._answers, ensure_ascii=False), encoding="utf-8")
        except OSError:
            return

    def discard(self) -> None:
        """Removes the file, once there is a run file."""
        self._path.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, str]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(values, dict):
        return {}
    return {key: value for key, value in values.items() if isinstance(value, str)}
