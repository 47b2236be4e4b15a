"""Texts of any length come back, and take no more room than zlib would give them."""

import zlib

import pytest

from archive.compression import compress


@pytest.mark.parametrize("length", [0, 1, 511, 1024, 4096, 40_000, 300_000])
@pytest.mark.parametrize("level", [-1, 1])
def test_what_is_compressed_can_be_read(length: int, level: int) -> None:
    text = (b"Question 17 has the answer 42, says agent 3. " * (length // 45 + 1))[:length]
    stored = compress(text, level)
    assert zlib.decompress(stored) == text
    assert len(stored) <= len(zlib.compress(text, level)) + 16
