from math import log

import pytest

from evolve.models.openai.label_scores import label_scores


def choice(**probabilities: float) -> dict[str, object]:
    top = [{"token": token, "logprob": log(p)} for token, p in probabilities.items()]
    return {"logprobs": {"content": [{"top_logprobs": top}]}}


def test_a_label_is_scored_by_the_tokens_that_it_begins_with() -> None:
    found = label_scores(choice(pay=0.5, Pay=0.1, deliver=0.2), ("payment", "delivery"))
    assert found == pytest.approx((log(0.6), log(0.2)))


def test_labels_that_were_not_reported_lie_below_the_lowest() -> None:
    (_, unseen) = label_scores(choice(yes=0.5, perhaps=0.25), ("yes", "no"))
    assert unseen == pytest.approx(log(0.25) - 1)


@pytest.mark.parametrize(
    "answer",
    [{}, {"logprobs": None}, {"logprobs": {"content": []}}, {"logprobs": {"content": [{}]}}],
)
def test_without_log_probabilities_there_are_no_scores(answer: dict[str, object]) -> None:
    assert label_scores(answer, ("a", "b")) == ()


def test_spaces_and_letter_case_do_not_matter() -> None:
    assert label_scores(choice(**{" FRENCH": 0.5}), ("French",)) == pytest.approx((log(0.5),))
