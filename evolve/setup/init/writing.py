"""A plan as a run file that explains itself."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from evolve.data.output_files import replace_file
from evolve.setup.init.plan import CONFIRMED, USD, Plan, PlannedModel
from evolve.tasks.base import SCORERS
from search_spaces.errors import ConfigError

_FORMS = {"numeric": "<number>", "choice": "<letter>"}
_PLAIN = re.compile(r"[A-Za-z_][\w./-]*")
_WORDS_OF_YAML = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
_COMMENTS_AT = 38


def run_file(plan: Plan, path: Path) -> str:
    """The text of a run file.

    Args:
        plan: What it says.
        path: Where it will be; the task file is named relative to it.

    Raises:
        ConfigError: The plan names a scorer or a meta-agent that there is not.
    """
    lines = [
        "# What to search for: on which tasks, with which models, for how much.",
        "# Made by `evolve init`; all of it may be changed. Every key with its options is in the",
        "# documentation of the run file, and `evolve schema run` prints it for an editor.",
        f"# Check it with `evolve doctor {path.name}`, rehearse it with `evolve run {path.name} "
        "--dry-run`.",
        f"name: {_name(plan.tasks)}",
        "",
        *_tasks(plan, path),
        "",
        *_models(plan),
        "",
        *_search(plan),
        "",
        *_limits(plan),
    ]
    return "\n".join(lines) + "\n"


def _tasks(plan: Plan, path: Path) -> Iterator[str]:
    guess = plan.guess
    yield "tasks:"
    yield _line(f"  file: {_text(_relative(plan.tasks, path))}", f"{guess.rows:,} rows")
    yield _line(f"  input: {_text(guess.input)}", 'a field, or a text such as "{title}: {body}"')
    yield _line(f"  answer: {_text(guess.answer)}", "the truth, which agents never see")
    yield _line("  # answer_pattern: '=\\s*(.+)'", "where only a part of that field is the truth")
    if plan.leave_out:
        yield _line("  incomplete: leave_out", "rows without text or answer")
    if guess.domain:
        yield _line(f"  domain: {_text(guess.domain)}", "scores are also shown by domain")
    if guess.id:
        yield f"  id: {_text(guess.id)}"
    if guess.split:
        yield _line(f"  split: {_text(guess.split)}", "train, validation or test")
    else:
        shares = "  splits: {train: 0.2, validation: 0.4, test: 0.4}"
        yield _line(shares, "test tasks stay sealed to the end")
    yield _line(f"  scorer: {_scorer(plan)}", "`evolve list scorers`, or a function of your own")
    form = _FORMS.get(guess.scorer, "<answer>")
    yield f"  instructions: \"Finish with a line 'Answer: {form}'.\""


def _models(plan: Plan) -> Iterator[str]:
    yield "models:  # by names of your choice; keys are never written here, only what holds them"
    for model in plan.models:
        yield f"  {_text(model.key)}:"
        yield "    openai:"
        yield f"      model: {_text(model.name)}"
        if plan.base_url:
            yield f"      base_url: {_text(plan.base_url)}"
        else:
            yield _line("      # base_url: http://…/v1", "none: OPENAI_BASE_URL, else OpenAI's")
        key = f"api_key_env: {plan.key_env or 'OPENAI_API_KEY'}"
        yield _line(f"      {'' if plan.key_env else '# '}{key}", "in the environment or in .env")
        yield _line("      max_tokens: 1024", "of an answer, where an agent sets no limit")
        yield _line(f"      {_price(model)}", "USD per million tokens")
        yield _line("      # concurrency: 32", "or requests_per_minute, tokens_per_minute")


def _search(plan: Plan) -> Iterator[str]:
    yield "space:"
    names = ", ".join(_text(model.key) for model in plan.models)
    yield _line(f"  models: [{names}]", "models that agents may use")
    yield _line("  agents: [1, 5]", "at least and at most")
    yield "  # How answers are made; `centroid` is one more, which exported programs cannot do."
    yield "  answers: [last, vote, weighted_vote, judge, summarise]"
    yield _line("seeds:", "systems to start from and to beat; `evolve list systems`")
    yield "  library: [single, chain_of_thought, self_consistency, critic_solver, debate]"
    if key := plan.meta_key:
        yield _line(f"strategy: {{default: {{model: {_text(key)}}}}}", "it designs changes as well")
    else:
        key = _text(plan.models[-1].key)
        yield _line(
            "strategy: default", f"with a model that designs: {{default: {{model: {key}}}}}"
        )
    yield _line("allocator: value", "what is evaluated next; `evolve list allocators`")


def _limits(plan: Plan) -> Iterator[str]:
    limit = "0.01, in USD a task" if all(m.price for m in plan.models) else "500, in tokens a task"
    yield _line("objective: {maximise: score}", f"and cost_at_most: {limit}")
    caps: dict[str, float] = {}
    if plan.usd is not None or (plan.priced and plan.evaluations is None):
        caps["usd"] = plan.usd or USD
    if plan.evaluations is not None or not caps:
        caps["evaluations"] = plan.evaluations or plan.suggested_evaluations
    written = ", ".join(f"{name}: {cap:g}" for name, cap in caps.items())
    yield _line(f"budget: {{{written}}}", "never exceeded; also calls, tokens, seconds")
    yield _line(f"confirm: {{tasks: {CONFIRMED}}}", "at most; beside the best seed and controls")
    yield _line("concurrency: 32", "evaluations at once")
    yield "seed: 0"


def _scorer(plan: Plan) -> str:
    name = plan.guess.scorer
    if ":" in name:
        return f"{{python: {{function: {json.dumps(name)}}}}}"
    SCORERS.find(name)
    return f"{{judge: {{model: {_text(plan.models[-1].key)}}}}}" if name == "judge" else name


def _price(model: PlannedModel) -> str:
    if model.price is None:
        return "# price: {prompt: 0.15, completion: 0.6}"
    return f"price: {{prompt: {model.price.prompt:g}, completion: {model.price.completion:g}}}"


def _relative(tasks: Path, run_file: Path) -> str:
    """The task file as seen from the run file, if one is not far from the other."""
    inner = os.path.relpath(tasks.absolute(), run_file.absolute().parent)
    return str(tasks.absolute()) if inner.startswith("../..") else inner


def _name(tasks: Path) -> str:
    name = re.sub(r"[^a-z0-9_.-]+", "-", tasks.name.partition(".")[0].lower())[:60]
    return _text(name.lstrip("_.-") or "run")


def _text(value: str) -> str:
    """A text as YAML: as it is where that is safe, else quoted."""
    plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS_OF_YAML
    return value if plain else json.dumps(value, ensure_ascii=False)


def _line(said: str, comment: str) -> str:
    return f"{said:<{_COMMENTS_AT}}  # {comment}"


def write(path: Path, text: str, *, replace: bool) -> None:
    """Writes a run file.

    Raises:
        ConfigError: There is a file already, or none can be written there.
    """
    if path.exists() and not replace:
        raise there_already(path)
    replace_file(path, text)


def there_already(path: Path) -> ConfigError:
    """The error of a file that would be overwritten."""
    return ConfigError(f"{path} is there already; choose another name, or replace it with --force")
