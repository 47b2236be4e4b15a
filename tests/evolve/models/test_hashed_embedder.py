import asyncio
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import ValidationError

from evolve.models.base import EMBEDDERS
from evolve.models.embedders.hashed import Hashed
from tests.strategies import examples


def embed(*texts: str, **options: int) -> NDArray[np.float64]:
    return asyncio.run(Hashed(**options).embed(texts))


@examples(50)
@given(st.lists(st.text(max_size=40), max_size=4))
def test_every_text_gets_a_unit_row_of_its_own(texts: list[str]) -> None:
    rows = embed(*texts, dimensions=64)
    assert rows.shape == (len(texts), 64)
    assert rows.dtype == np.float64
    assert np.allclose(np.linalg.norm(rows, axis=1), 1)
    for text, row in zip(texts, rows, strict=True):
        assert np.array_equal(embed(text, dimensions=64)[0], row)


def test_shared_wording_is_near_and_case_and_spacing_do_not_count() -> None:
    rows = embed("The train leaves at nine.", "the  TRAIN leaves at nine.", "Trains left at nine.",
                 "Completely unrelated wording")  # fmt: skip
    near = rows @ rows[0]
    assert near[1] == pytest.approx(1)
    assert 1 > near[2] > near[3] + 0.2


def test_word_order_counts() -> None:
    one, other = embed("dog bites man", "man bites dog")
    assert one @ other < 0.95


def test_other_processes_agree() -> None:
    code = (
        "import asyncio; from evolve.models.embedders.hashed import Hashed;"
        "print(asyncio.run(Hashed(dimensions=16).embed(['größe 10'])).tolist())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": ":".join(filter(None, sys.path))},
    )  # fmt: skip
    assert run.stdout.strip() == str(embed("größe 10", dimensions=16).tolist())


def test_run_files_know_it_and_it_refuses_nonsense() -> None:
    assert EMBEDDERS.find("hashed") is Hashed
    assert EMBEDDERS.names() == sorted({*EMBEDDERS.names(), "hashed"})
    with pytest.raises(ValidationError):
        Hashed(dimensions=1)
    with pytest.raises(ValidationError, match="shortest"):
        Hashed(shortest=5, longest=3)
