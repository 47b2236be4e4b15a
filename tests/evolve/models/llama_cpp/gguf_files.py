"""Small GGUF files for tests: a head without weights."""

import struct
from collections.abc import Mapping
from pathlib import Path

HEAD: Mapping[str, object] = {
    "general.architecture": "llama",
    "general.name": "Tiny",
    "llama.context_length": 4096,
    "llama.embedding_length": 512,
    "llama.block_count": 10,
    "llama.attention.head_count": 8,
    "llama.attention.head_count_kv": 2,
    "general.tags": ["a", "b"],
    "general.scale": 0.5,
    "tokenizer.ggml.model": "gpt2",
}
BYTES_PER_TOKEN = 2 * 10 * 2 * 64 * 2


def gguf(path: Path, head: Mapping[str, object] = HEAD, version: int = 3) -> Path:
    """Writes a file whose metadata is that."""
    content = b"GGUF" + struct.pack("<IQQ", version, 0, len(head))
    for key, value in head.items():
        content += _text(key) + _value(value)
    path.write_bytes(content)
    return path


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _value(value: object) -> bytes:
    if isinstance(value, str):
        return struct.pack("<I", 8) + _text(value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, list):
        return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(_text, value))
    return struct.pack("<II", 4, value)
