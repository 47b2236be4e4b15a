"""Keys are hidden in every JSON spelling, and only keys."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolve.secrets.redaction import Mask, holds_secret, without_keys, without_secrets
from tests.strategies import examples

KEY = 'planted/"0123456789\\-key'
KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40)
SPELLING = st.sampled_from(["plain", "lower", "upper", "short"])


def spelt(key: str, how: list[str]) -> str:
    """A key as JSON may write it, letter by letter."""
    ways = {
        "plain": lambda letter: json.dumps(letter)[1:-1],
        "lower": lambda letter: f"\\u{ord(letter):04x}",
        "upper": lambda letter: f"\\u{ord(letter):04X}",
        "short": lambda letter: f"\\{letter}" if letter in '"/\\' else letter,
    }
    return "".join(ways[how[place % len(how)]](letter) for place, letter in enumerate(key))


@given(KEYS, st.lists(SPELLING, min_size=1, max_size=40))
@examples(200)
def test_no_spelling_of_a_key_gets_through(key: str, how: list[str]) -> None:
    body = f'{{"text": "before {spelt(key, how)} after"}}'.encode()
    assert json.loads(body)["text"] == f"before {key} after"
    assert json.loads(Mask(key).content(body))["text"] == "before [key] after"


@given(KEYS, st.binary(max_size=200))
def test_what_is_no_key_stays(key: str, content: bytes) -> None:
    if key.encode() not in content:
        assert Mask(key).content(content + b"\\u00e9") == content + b"\\u00e9"


@pytest.mark.parametrize("key", ["", "EMPTY", "unused"])
def test_what_is_too_short_to_be_a_key_is_none(key: str) -> None:
    assert Mask(key).content(b"an unused, EMPTY \\u0045MPTY") == b"an unused, EMPTY \\u0045MPTY"


def test_a_text_is_masked_too() -> None:
    assert Mask(KEY).text(f"said {KEY!s} \ud800") == "said [key] ?"
    assert without_keys("Bearer abcdefgh and sk-1234567890") == "[key] and [key]"


def test_secret_variables_are_hidden_in_messages() -> None:
    known = {"MY_API_KEY": "plain-and-long", "HOME": "/home/someone", "SSH_AUTH_SOCK": "/tmp/agent"}
    assert without_secrets("plain-and-long in /home/someone, /tmp/agent", known) == (
        "[key] in /home/someone, /tmp/agent"
    )


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("the key is plain-and-long.", True),
        ("sk-proj-abcdefgh0123456789", True),
        ("hf_abcdefghijklmnopqrst0", True),
        ("xai-abcdefghijklmnopqrst0123", True),
        ("hf.co/unsloth/Qwen3-8B-GGUF:Q4_K_M", False),
        ("hf-co-unsloth-qwen3-8b-gguf-q4-k-m", False),
        ("pplx-7b-online-instruct-2024-05", False),
        ("xai-grok-4-fast-reasoning-2025", False),
        ("sk-learn is a library of many_long_functions", False),
        ("the bearer of this letter", False),
        ("task-0123456789012345678901234567890", False),
        ("short", False),
    ],
)
def test_a_secret_is_recognised_by_its_form_or_variable(text: str, secret: bool) -> None:
    assert holds_secret(text, {"MY_TOKEN": "plain-and-long", "NO_TOKEN": "short"}) == secret
