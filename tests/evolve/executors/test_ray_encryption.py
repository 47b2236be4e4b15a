from hypothesis import given
from hypothesis import strategies as st

from evolve.executors.ray.encryption import decrypt, encrypt

VARIABLES = st.dictionaries(st.text(min_size=1, max_size=20), st.text(max_size=60), max_size=4)


@given(VARIABLES)
def test_what_is_sealed_can_be_opened_with_its_pad(variables: dict[str, str]) -> None:
    assert decrypt(encrypt(variables)) == variables


def test_neither_part_reveals_the_key_and_no_pad_is_used_twice() -> None:
    key = "sk-planted-0123456789"
    first, second = encrypt({"KEY": key}), encrypt({"KEY": key})
    assert key not in first.text
    assert key.encode() not in first.pad
    assert first.pad != second.pad
    assert first.text != second.text
