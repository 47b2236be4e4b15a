"""The quickstart on its real model: recorded once, replayed wherever there is no model.

    python -m tests.recorded.quickstart

records it anew, in some minutes. That is needed whenever what a search requests changes.
"""

import gzip
import json
import tempfile
from dataclasses import asdict, fields
from functools import cache
from pathlib import Path
from typing import Any

from archive.store import Archive
from evolve.engine.run import Result, start
from evolve.models.base import Model, Reply
from evolve.models.recorded import Recorded
from evolve.models.recorded.tape import Recording
from evolve.runfile.settings import load_run_file

REPLIES = Path(__file__).with_name("quickstart.jsonl.gz")


@cache
def recorded_model() -> Model:
    """The model of the run file."""
    return load_run_file("quickstart").models["smollm2"]


class Taped(Recorded):
    """A recorded model that a search treats alike whether it records or replays."""

    @property
    def paid(self) -> bool:
        """Budgets have no margin for lost calls, and replies are in no second cache."""
        return False

    @property
    def simulated(self) -> bool:
        """Calls of the recorded model take real time."""
        return False

    @property
    def is_small(self) -> bool:
        """As the recorded model is."""
        return True

    @property
    def scores_labels(self) -> bool:
        """As the recorded model does."""
        return True

    def temperature_of(self, draws: int) -> float | None:
        """As the recorded model has it."""
        return recorded_model().temperature_of(draws)


def search(archive: Path, **source: object) -> Result:
    """Runs the quickstart on recorded replies, in an order that does not depend on time.

    Args:
        archive: Where to write it.
        source: `replies`, the file of the recorded replies, and perhaps `record`, the model.
    """
    model = {"max_tokens": recorded_model().max_tokens, **source}
    changes: dict[str, Any] = {
        "models": {"smollm2": {"tests.recorded.quickstart:Taped": model}},
        "order": "ticket",
        "concurrency": 8,
    }
    with Archive.write(archive) as opened:
        return start(load_run_file("quickstart", changes), opened)


def record(target: Path) -> Result:
    """Records the run: of each request its key, of each reply what is not a default."""
    with tempfile.TemporaryDirectory() as folder:
        tape = Path(folder, "replies.jsonl")
        result = search(
            Path(folder, "run.db"), replies=str(tape), record=recorded_model().written()
        )
        recorded = map(Recording.model_validate_json, tape.read_text("utf-8").splitlines())
        lines = [{"key": each.is_of, "reply": _told(each.reply)} for each in recorded]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    target.write_bytes(gzip.compress(text.encode(), mtime=0))
    return result


def _told(reply: Reply) -> dict[str, Any]:
    """The fields of a reply that are not as by default."""
    defaults = {field.name: field.default for field in fields(Reply)}
    return {name: value for name, value in asdict(reply).items() if value != defaults[name]}


if __name__ == "__main__":
    recorded = record(REPLIES)
    print(recorded.winner and recorded.winner.number, recorded.confirmation)
