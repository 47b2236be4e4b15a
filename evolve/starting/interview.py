"""From options, a person's answers and guesses to a plan."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from evolve.errors import OutageError
from evolve.estimating.listing import listed
from evolve.models.openai import OpenAI
from evolve.starting.asking import Asker
from evolve.starting.guessing import guess, guess_scorer
from evolve.starting.plan import EVALUATIONS, USD, Plan, PlannedModel, read_model
from evolve.tasks.base import SCORERS
from evolve.tasks.fields import filled, text_at
from evolve.tasks.rows import Row, read_rows
from search_spaces.errors import ConfigError, explain

T = TypeVar("T")

_LISTED = 12
"""Models of an endpoint that are told."""


class Interview:
    """Finds out what a plan needs: from options, else from a person, else by guessing."""

    def __init__(self, given: Mapping[str, str | None], asker: Asker | None) -> None:
        """Nothing is asked yet.

        Args:
            given: What options said, by their names; None: nothing.
            asker: Asks a person; None: there is nobody to ask.
        """
        self._given = given
        self._asker = asker

    def find(
        self, option: str, question: str, read: Callable[[str], T], suggested: str | None = ""
    ) -> T:
        """One thing that a plan needs.

        Args:
            option: Its option.
            question: How a person is asked for it.
            read: Makes something of an answer.
            suggested: What it is where nobody says otherwise; None: nobody can know.

        Raises:
            EvolveError: What was given cannot be used, or nobody can be asked.
        """
        said = self._given.get(option)
        if said is not None:
            return read(said)
        if self._asker is not None:
            return self._asker.ask(question, read, suggested or "")
        if suggested is None:
            raise ConfigError(
                f"nobody can be asked here, so --{option} has to be given, as --tasks and --model "
                "always; see `evolve init --help`"
            )
        return read(suggested)

    def plan(self) -> Plan:
        """Everything, in the order in which a person would tell it."""
        path, rows = self.find("tasks", "Task file (.csv, .jsonl or .json)", _read_tasks, None)
        found = guess(rows)
        self._tell(f"{len(rows):,} rows with the fields {', '.join(found.fields)}")
        asked = self.find(
            "input", "Field with the question", _field(rows, "--input"), found.input or None
        )
        answer = self.find(
            "answer", "Field with the true answer", _field(rows, "--answer"), found.answer or None
        )
        domain = self.find(
            "domain",
            "Field with the kind of task, - for none",
            lambda said: _field(rows, "--domain")(said) if said.strip("-") else "",
            found.domain,
        )
        truths = [text_at(row, answer) for row in rows]
        scorer = self.find("scorer", "How answers are scored", _read_scorer, guess_scorer(truths))
        found = replace(found, input=asked, answer=answer, domain=domain, scorer=scorer)
        base_url = self.find("base-url", "URL of the endpoint, empty for OpenAI's", _read_url)
        key_env = self.find("key-env", "Variable with its key, empty if it needs none", _read_key)
        models = self._models(base_url, key_env)
        plan = Plan(path, found, models, base_url, key_env)
        plan = replace(plan, meta=self._meta(plan))
        return self._with_caps(plan)

    def _models(self, base_url: str, key_env: str) -> tuple[PlannedModel, ...]:
        known = self._listed(base_url, key_env)
        alone = known[0] if len(known) == 1 else None
        models = self.find("model", "Models, commas between", _read_models, alone)
        if self._asker is None or self._given.get("model") is not None:
            return models
        return tuple(model if model.price else self._priced(model) for model in models)

    def _priced(self, model: PlannedModel) -> PlannedModel:
        question = f"Price of {model.name}, USD per million tokens, as 0.4/1.6 (empty: unknown)"
        return self.find(
            "price", question, lambda said: read_model(f"{model.name}={said}") if said else model
        )

    def _listed(self, base_url: str, key_env: str) -> list[str]:
        """What the endpoint lists, if anybody is there to be told."""
        if self._asker is None or self._given.get("model") is not None:
            return []
        try:
            names = sorted(listed(_endpoint(base_url, key_env).listing, 5.0))
        except OutageError as error:
            self._tell(str(error))
            return []
        more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
        self._tell(f"it lists {', '.join(names[:_LISTED]) or 'no models'}{more}")
        return names

    def _meta(self, plan: Plan) -> str:
        def read(said: str) -> str:
            return replace(plan, meta=said).meta_key

        return self.find("meta", "Model that designs changes, empty for chance alone", read)

    def _with_caps(self, plan: Plan) -> Plan:
        caps = {name: self._given.get(name) for name in ("usd", "evaluations")}
        if caps == {"usd": None, "evaluations": None}:
            if plan.priced:
                return replace(
                    plan, usd=self.find("usd", "At most so many USD", float_of, f"{USD:g}")
                )
            question = "At most so many task evaluations"
            return replace(
                plan,
                evaluations=int(self.find("evaluations", question, float_of, str(EVALUATIONS))),
            )
        usd, evaluations = (None if said is None else float_of(said) for said in caps.values())
        if usd is not None and not plan.priced:
            raise ConfigError(
                "a cap in USD needs the price of every model: --model NAME=PROMPT/COMPLETION, in "
                "USD per million tokens; or cap --evaluations"
            )
        return replace(plan, usd=usd, evaluations=None if evaluations is None else int(evaluations))

    def _tell(self, text: str) -> None:
        if self._asker is not None:
            self._asker.tell(text)


def float_of(said: str) -> float:
    """A number above 0.

    Raises:
        ConfigError: It is none.
    """
    try:
        number = float(said.replace(",", ""))
    except ValueError:
        number = 0.0
    if not 0 < number < 1e12:
        raise ConfigError(f"{said!r:.40}: expected a number above 0")
    return number


def _read_tasks(said: str) -> tuple[Path, Sequence[Row]]:
    if not said:
        raise ConfigError("expected the path of a file with a task in each row")
    path = Path(said).expanduser()
    return path, read_rows(path)


def _field(rows: Sequence[Row], option: str) -> Callable[[str], str]:
    def read(said: str) -> str:
        if not said:
            fields = ", ".join(rows[0].values)
            raise ConfigError(f"{option}: name one of the fields {fields}")
        filled(rows[0], said)
        return said

    return read


def _read_scorer(said: str) -> str:
    if ":" not in said:
        SCORERS.find(said)
    return said


def _read_url(said: str) -> str:
    _endpoint(said, "")
    return said


def _read_key(said: str) -> str:
    _endpoint("", said)
    return said


def _read_models(said: str) -> tuple[PlannedModel, ...]:
    models = tuple(map(read_model, said.split(",")))
    keys = [model.key for model in models]
    if len(set(keys)) < len(keys):
        raise ConfigError(f"{said!r:.80}: a model is named twice")
    return models


def _endpoint(base_url: str, key_env: str) -> OpenAI:
    said = {"base_url": base_url, "api_key_env": key_env}
    try:
        return OpenAI.model_validate({"model": "any", **{k: v for k, v in said.items() if v}})
    except ValidationError as error:
        raise explain(error, "the endpoint") from None
