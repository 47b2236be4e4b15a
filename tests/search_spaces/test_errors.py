import pytest
from pydantic import ValidationError

from search_spaces.config import SystemConfig
from search_spaces.errors import ConfigError, explain, unknown


def test_explain_counts_the_findings_that_it_does_not_show() -> None:
    with pytest.raises(ValidationError) as caught:
        SystemConfig.model_validate({"agents": [{"name": "a", "x": 1, "y": 2}]})
    line = str(explain(caught.value, "my.yaml"))
    assert line == "my.yaml: agents[0].x: unknown key (and 1 more)"


def test_explain_names_a_missing_key() -> None:
    with pytest.raises(ValidationError) as caught:
        SystemConfig.model_validate({})
    assert str(explain(caught.value, "my.yaml")) == "my.yaml: agents: this key is required"


def test_explain_keeps_to_one_line_whatever_a_key_is() -> None:
    with pytest.raises(ValidationError) as caught:
        SystemConfig.model_validate({"agents": [{"name": "a", "\n": 1}]})
    assert str(explain(caught.value, "my.yaml")) == r"my.yaml: agents[0].'\n': unknown key"


def test_unknown_names_the_nearest() -> None:
    error = unknown("role", "solvr", ["judge", "solver"])
    assert isinstance(error, ConfigError)
    assert str(error) == "unknown role 'solvr'; did you mean 'solver'? known: judge, solver"
    assert str(unknown("role", "x", [])) == "unknown role 'x'; known: none"
