"""A key in the environment, without any other setting of an endpoint."""

from pathlib import Path

import pytest

from tests.evolve.models.openai.asking import KEY


@pytest.fixture(autouse=True)
def _key_and_no_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
