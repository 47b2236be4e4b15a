"""Headers of GGUF files, and files that are no models."""

from pathlib import Path

import pytest

from evolve.errors import RunError
from evolve.models.llama_cpp.gguf import fingerprint, read_header
from tests.evolve.models.llama_cpp.gguf_files import BYTES_PER_TOKEN, HEAD, gguf


def test_a_header_describes_the_model(tmp_path: Path) -> None:
    path = gguf(tmp_path / "tiny.gguf")
    header = read_header(path)
    assert (header.architecture, header.name) == ("llama", "Tiny")
    assert header.trained_context == 4096
    assert header.bytes_per_token == BYTES_PER_TOKEN
    assert header.size == path.stat().st_size


def test_nothing_is_claimed_of_models_that_keep_only_a_part_of_their_context(
    tmp_path: Path,
) -> None:
    sliding = {**HEAD, "llama.attention.sliding_window": 512}
    assert read_header(gguf(tmp_path / "a.gguf", sliding)).bytes_per_token == 0
    assert read_header(gguf(tmp_path / "b.gguf", {"general.name": "x"})).bytes_per_token == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "does not begin with GGUF"),
        (b"hello, this is no model", "does not begin with GGUF"),
        (b"GGUF", "no usable GGUF file"),
        (b"GGUF" + b"\0" * 100, "version 0, expected 2 or 3"),
        (b"GGUF\3\0\0\0" + b"\xff" * 100, "a text of"),
    ],
)
def test_what_is_no_model_file_is_refused_in_one_line(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)
    with pytest.raises(RunError, match=message) as raised:
        read_header(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_cut_off_head_is_refused(tmp_path: Path) -> None:
    path = gguf(tmp_path / "tiny.gguf")
    path.write_bytes(path.read_bytes()[:150])
    with pytest.raises(RunError, match="no usable GGUF file"):
        read_header(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="cannot be read: No such file"):
        read_header(tmp_path / "none.gguf")


def test_a_fingerprint_follows_the_content_and_not_the_name(tmp_path: Path) -> None:
    one, same = gguf(tmp_path / "a.gguf"), gguf(tmp_path / "b.gguf")
    other = gguf(tmp_path / "c.gguf", {**HEAD, "general.name": "Tony"})
    assert fingerprint(one) == fingerprint(same)
    assert fingerprint(one) != fingerprint(other)
