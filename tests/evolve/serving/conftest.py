"""A server process of simulated models."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.evolve.serving.served import QUESTIONS, start, stop


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "key.jsonl"
    rows = [{"question": payload, "answer": truth} for payload, truth in QUESTIONS.items()]
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


@pytest.fixture(scope="session")
def url(key: Path) -> Iterator[str]:
    process, address = start("--answers", str(key), "--pace", "0")
    yield address
    assert stop(process) == 0
