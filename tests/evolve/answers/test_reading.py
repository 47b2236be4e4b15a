import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolve.answers.reading import approved, choice, extract, extract_marked, normalise, verdict
from evolve.prompts.lengths import cut
from search_spaces.text import whole


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("So.\nAnswer: 42", "42"),
        ("answer: 1\nANSWER: 2\nbye", "2"),
        ("**Answer:** 42", "42"),
        ("**Answer: 42**", "42"),
        ("**Final Answer**: $42$", "42"),
        ("__Answer__: *5*", "5"),
        ("> The answer is: 3", "3"),
        ("- Answer: -5", "-5"),
        ("Answer: $5", "$5"),
        ("Answer: `x`\r\n", "x"),
        ("Answer: <yes>", "yes"),
        ("Answer: *args", "*args"),
        (r"Answer: \boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"Answer: \(x^2\)", "x^2"),
        ("Answer: 12\nI checked that.", "12"),
        ("Answer:\n\n42\nDone.", "42"),
        ("Answer:\n```python\ndef f():\n    return 1\n```\n", "def f():\n    return 1"),
        ("The answer to this is hard.\nIt is 7.\nAnswer: 7", "7"),
        (r"First \boxed{1}, then \boxed{\text{a}_{2}}.", r"\text{a}_{2}"),
        (r"\boxed{ \boxed{5} }", "5"),
        ("\\boxed{5}\nAnswer:", "5"),
        ("5 * 3 = 15\n#### 15", "15"),
        ("It follows.\n\n42\n", "42"),
        ("Therefore, the answer is 18.", "18."),
        ("Paris\nVerdict: approved", "Paris"),
        ("Verdict: revise", ""),
        ("Antwort: 4", "4"),
        ("Die Antwort ist: 4", "4"),
        ("**Réponse finale :** 4", "4"),
        ("La respuesta es: 4", "4"),
        ("Respuesta final: Madrid", "Madrid"),
        ("最终答案：4", "4"),
        ("所以答案是4。", "4。"),
        ("Ответ: Москва", "Москва"),
        ("答え：東京", "東京"),
        ("So the answer is 4", "4"),
        ("## Answer\n\n42", "42"),
        ("<answer>\n4\n</answer>", "4"),
        ("Thoughts.\n</think>\n\nAnswer: 4", "4"),
        ("<think>\nAnswer: 7", ""),
        ("Answer:\n- red\n- green\nDone.", "- red\n- green"),
        ('Answer: {\n "a": 1\n}\nDone.', '{\n "a": 1\n}'),
        ('{\n "a": 1\n}', '{\n "a": 1\n}'),
        ("Answer:\n\\[\n\\boxed{5}\n\\]", "5"),
        (r"Answer: $\boxed{\text{B}}$.", "B"),
        ("Answer - 4", "4"),
        ("Answer — 4", "4"),
        ("<final_answer>4</final_answer>", "4"),
        ("Answer: 4<|im_end|>", "4"),
        ("<s> 4 </s>", "4"),
        ("<|START_RESPONSE|>4<|END_RESPONSE|>", "4"),
        ("উত্তর: 4", "4"),
        ("Trả lời: 4", "4"),
        ("ตอบ: 4", "4"),
        ("Sonuç: 4", "4"),
        ("Answer:", ""),
        ("", ""),
        (" \n\n", ""),
        ("word " * 40, ""),
    ],
)
def test_the_final_answer_is_found(text: str, answer: str) -> None:
    assert extract(text) == answer


def test_only_marked_answers_are_marked() -> None:
    assert extract_marked("It is\n42") == ""
    assert extract_marked(r"It is \boxed{42}, which") == "42"


@pytest.mark.parametrize(
    "same",
    [
        ["Yes", "yes.", " YES ", "'yes'", "**Yes**", "“yes”"],
        ["1,234", "1234", "1234.0", "1,234.00", "01234"],
        ["-5", "−5", "-5.0", "- 5"],
        ["0.5", ".5", "0.50"],
        ["0", "-0.0", "00", "+0"],
        ["(A)", "A", "( a )."],
        ["[1, 2]", "[1,2]", "[ 1 , 2 ]"],
        ["12 km", "12.0 km", "12  KM"],
        ["] ) }", "])}"],
        ["caf\u00e9", "cafe\u0301"],
    ],
)
def test_answers_that_say_the_same_are_equal(same: list[str]) -> None:
    assert len({normalise(answer) for answer in same}) == 1


@pytest.mark.parametrize(
    "different",
    [
        ["5", "-5", "0.5", "5 km", "5%", "$5", "50", "5:00"],
        ["1.0.0", "1.0", "1.0.1"],
        ["a", "b", "(a) and (b)"],
        ["12", "1,2", "1 2"],
        ["]", ")", "[", "("],
        ["!", "?"],
        ["x", "x²"],
    ],
)
def test_answers_that_differ_stay_different(different: list[str]) -> None:
    assert len({normalise(answer) for answer in different}) == len(different)


@given(st.text(max_size=40) | st.decimals(allow_nan=False, allow_infinity=False).map(str))
def test_normalising_again_changes_nothing_and_loses_nothing(answer: str) -> None:
    form = normalise(answer)
    assert bool(form) == bool(answer.strip())


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    extract(text)
    verdict(text)
    choice(text, 3)
    normalise(text)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("Fine.\nVerdict: approved", "approved"),
        ("**Verdict:** Approved.", "approved"),
        ("- Final verdict: approve", "approved"),
        ("Verdict: revise\nVerdict: approved", "approved"),
        ("Verdict: approved\nVerdict: revise", "revise"),
        ("Verdict: not approved", ""),
        ("Verdict: 'approved' or 'revise'", ""),
        ("I would say approved", ""),
    ],
)
def test_the_last_verdict_counts(text: str, result: str) -> None:
    assert verdict(text) == result
    assert approved(text) == (result == "approved")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Answer: 2", 2),
        ("Answer: candidate 3.", 3),
        ("Candidate 1 is best.", 1),
        ("Answer: 4", None),
        ("Answer: 0", None),
        ("Answer: -1", None),
        ("Answer: 1 or 2", None),
        ("Answer: 2.5", None),
        ("Answer: the first", None),
        ("", None),
    ],
)
def test_a_judges_choice_is_one_number_in_range(text: str, number: int | None) -> None:
    assert choice(text, 3) == number


@given(st.text(), st.integers(3, 50))
def test_a_cut_text_keeps_within_its_bytes(text: str, limit: int) -> None:
    text = whole(text)
    short = cut(text, limit)
    assert len(short.encode()) <= limit
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))
    assert len(text.encode()) > limit or short == text
