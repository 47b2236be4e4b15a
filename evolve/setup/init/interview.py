"""From options, a person's answers and guesses to a plan."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from evolve.data.fields import EmptyError, fields_of, filled, text_at
from evolve.data.rows import Row, read_rows
from evolve.errors import OutageError
from evolve.forecast.listing import listed
from evolve.models.openai import OpenAI
from evolve.setup.init.asking import Asker
from evolve.setup.init.draft import Draft
from evolve.setup.init.guessing import guess, guess_scorer
from evolve.setup.init.plan import USD, Plan, PlannedModel, read_model
from evolve.tasks.base import SCORERS
from evolve.tasks.incomplete import IncompleteError, incomplete
from search_spaces.errors import ConfigError, explain

T = TypeVar("T")

_LISTED = 12
"""Models of an endpoint that are shown."""

_FEW = 0.2
"""The share of rows without text or answer up to which leaving them out is suggested."""


class Interview:
    """Finds out what a plan needs: from options, else from a person, else by guessing."""

    def __init__(
        self, given: Mapping[str, str | None], asker: Asker | None, draft: Draft | None = None
    ) -> None:
        """Asks nothing yet.

        Args:
            given: The options by their names; None: not given.
            asker: Asks a person; None: there is no terminal to ask on.
            draft: Answers of an earlier interview, which become suggestions, and of this one.
        """
        self._given = given
        self._asker = asker
        self._draft = draft
        if asker is not None and draft is not None and draft.resumed:
            asker.tell("the answers of an earlier, unfinished `evolve init` are suggested")

    def find(
        self, option: str, question: str, read: Callable[[str], T], suggested: str | None = ""
    ) -> T:
        """One thing that a plan needs.

        Args:
            option: Its option.
            question: The question to the user.
            read: Makes something of an answer.
            suggested: The default; None: there is none.

        Raises:
            EvolveError: What was given cannot be used, or there is no terminal to ask on.
        """
        said = self._given.get(option)
        if said is not None:
            return read(said)
        if self._asker is not None:
            return self._asked(self._asker, option, question, read, suggested or "")
        if suggested is None:
            raise ConfigError(
                f"there is no terminal to ask on, so --{option} has to be given, as --tasks and "
                "--model always; see `evolve init --help`"
            )
        return read(suggested)

    def finish(self) -> None:
        """Forgets the answers, once there is a run file."""
        if self._draft is not None and self._asker is not None:
            self._draft.discard()

    def _asked(
        self, asker: Asker, option: str, question: str, read: Callable[[str], T], suggested: str
    ) -> T:
        """What a person answers; an answer that can be read is kept at once."""
        if self._draft is None:
            return asker.ask(question, read, suggested)
        draft = self._draft

        def read_and_keep(answer: str) -> T:
            value = read(answer)
            draft.keep(option, answer)
            return value

        return asker.ask(question, read_and_keep, draft.answers.get(option, suggested))

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
        if answer in fields_of(asked):
            raise ConfigError(
                f"{path}: {answer!r} is shown as the question and named as the answer, so agents "
                f"would see the truth; the fields are {', '.join(found.fields)}: name another "
                "with --input or --answer"
            )
        domain = self.find(
            "domain",
            "Field with the kind of task, - for none",
            lambda said: _field(rows, "--domain")(said) if said.strip("-") else "",
            found.domain,
        )
        rows, leave_out = self._complete(path, rows, asked, answer)
        truths = [text_at(row, answer) for row in rows]
        scorer = self.find("scorer", "How answers are scored", _read_scorer, guess_scorer(truths))
        found = replace(found, input=asked, answer=answer, domain=domain, scorer=scorer)
        base_url = self.find("base-url", "URL of the endpoint, empty for OpenAI's", _read_url)
        key_env = self.find("key-env", "Variable with its key, empty if it needs none", _read_key)
        models = self._models(base_url, key_env)
        plan = Plan(path, found, models, base_url, key_env, leave_out=leave_out)
        plan = replace(plan, meta=self._meta(plan))
        return self._with_caps(plan)

    def _complete(
        self, path: Path, rows: Sequence[Row], asked: str, answer: str
    ) -> tuple[Sequence[Row], bool]:
        """The rows that have a text and an answer, and whether others are left out."""
        lacking = [(row, error) for row in rows if (error := _lack(row, asked, answer)) is not None]
        if not lacking:
            return rows, False
        found = IncompleteError(incomplete(str(path), len(rows), lacking))
        few = len(lacking) <= len(rows) * _FEW
        leave_out = self.find(
            "leave-out", f"{found.problem}. Leave them out?", _read_yes, "yes" if few else "no"
        )
        if not leave_out:
            raise found
        absent = {row.place for row, _ in lacking}
        return [row for row in rows if row.place not in absent], True

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
        """The models that the endpoint lists; none where there is no terminal."""
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
            question, suggested = "At most so many task evaluations", plan.suggested_evaluations
            found = self.find("evaluations", question, float_of, str(suggested))
            return replace(plan, evaluations=int(found))
        usd, evaluations = (None if said is None else float_of(said) for said in caps.values())
        if usd is not None and not plan.priced:
            raise ConfigError(
                "a cap in USD needs the price of every model, and one above 0: --model "
                "NAME=PROMPT/COMPLETION, in USD per million tokens; or cap --evaluations"
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
        _first_complete(rows, said)
        return said

    return read


def _first_complete(rows: Sequence[Row], template: str) -> str:
    """What a field holds in the first row where it holds anything.

    Raises:
        EvolveError: There is no such field, or it is empty everywhere.
    """
    for row in rows[:-1]:
        try:
            return filled(row, template)
        except EmptyError:
            continue
    return filled(rows[-1], template)


def _lack(row: Row, asked: str, answer: str) -> EmptyError | None:
    """Why a row is no task; None if it is one."""
    try:
        filled(row, asked)
        filled(row, answer)
    except EmptyError as error:
        return error
    return None


def _read_yes(said: str) -> bool:
    if said.lower() not in ("y", "yes", "n", "no"):
        raise ConfigError("expected yes or no")
    return said.lower().startswith("y")


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
