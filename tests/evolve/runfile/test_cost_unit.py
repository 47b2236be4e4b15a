"""What costs are counted in: as the run file says, or by whether models have prices."""

import json
from typing import Any

import pytest

from evolve.runfile.settings import as_json, from_json
from search_spaces.errors import ConfigError
from tests.evolve.runfile.test_settings import ROBOT, read

PRICED = {"scripted": {"script": {"": "Answer: 7"}, "price": {"prompt": 1, "completion": 2}}}


@pytest.mark.parametrize(
    ("models", "objective", "unit"),
    [
        ({"a": PRICED, "b": PRICED}, {}, "usd"),
        ({"a": PRICED, "b": ROBOT}, {}, "tokens"),
        ({"a": ROBOT}, {"cost_at_most": 400}, "tokens"),
        ({"a": ROBOT}, {"cost": "seconds", "cost_at_most": 0.5}, "seconds"),
        ({"a": PRICED}, {"cost": "calls"}, "calls"),
    ],
)
def test_costs_have_a_unit(models: Any, objective: Any, unit: str) -> None:
    settings = read(models=models, objective=objective)
    assert settings.objective.unit == unit
    assert json.loads(as_json(settings))["objective"]["cost"] == unit


def test_a_stored_unit_needs_no_models() -> None:
    text = as_json(read(models={"a": ROBOT}))
    priced = json.dumps(json.loads(text) | {"models": {"a": PRICED}})
    assert from_json(priced, "an archive", inert=True).objective.unit == "tokens"


def test_a_limit_in_usd_is_refused_without_prices() -> None:
    with pytest.raises(
        ConfigError, match=r"0\.002 is less than a token.* no `price` is given for robot"
    ):
        read(objective={"cost_at_most": 0.002})
    assert read(models={"a": PRICED}, objective={"cost_at_most": 0.002}).objective.unit == "usd"


def test_models_without_a_price_are_named_if_others_have_one() -> None:
    assert read(models={"a": PRICED, "b": ROBOT}).unpriced == ("b",)
    assert read(models={"a": ROBOT, "b": ROBOT}).unpriced == ()
    assert read(models={"a": PRICED}).unpriced == ()
