"""The sections of the run file's reference: an introduction, an example and the keys of each."""

from typing import NamedTuple


class Section(NamedTuple):
    """One section of the reference."""

    title: str
    about: str
    example: str
    keys: tuple[str, ...]
    """Top-level keys of the run file that are described here."""
    kinds: tuple[str, ...] = ()
    """Kinds of plug-ins whose options are described here, by their titles in `docs.generate`."""


INTRODUCTION = """# The run file

A run file is a YAML or JSON file that describes a search. Only `tasks`, `models` and `budget` are
required:

```yaml
tasks: {file: questions.jsonl, input: question, answer: answer}
models:
  small: {openai: {model: gpt-4.1-mini, price: {prompt: 0.4, completion: 1.6}}}
budget: {usd: 5}
```

- Unknown keys are refused, with the nearest known one.
- Paths are relative to the run file's folder.
- `${NAME}` and `${NAME:-default}` stand for environment variables.
- `--set budget.usd=2` sets any key for one run.
- A plug-in (model, scorer, tool, strategy, allocator, …) is written as a name, or with options as
  `{name: {option: value}}`. A class of your own is written `package.module:Class`.
- `evolve schema run` prints the JSON Schema for editors.

The tables are generated from the code by `make docs`. A default is written as in YAML; *required*
marks a key without one."""

SECTIONS = (
    Section(
        "Tasks",
        "Where tasks come from, which fields hold the question and the answer, and how answers are "
        "scored. See [endpoints, data and judges](endpoints.md#tasks).",
        """tasks:
  file: questions.csv
  input: question
  answer: answer
  domain: kind
  splits: {train: 0.2, validation: 0.4, test: 0.4}
  scorer: {numeric: {tolerance: 0.01}}""",
        ("tasks",),
        ("Scorers", "Answer forms"),
    ),
    Section(
        "Models",
        "The models that agents, the meta-agent and judges run on, by names of your choice. See "
        "[endpoints](endpoints.md) and [local models](local-models.md).",
        """models:
  small: {openai: {model: gpt-4.1-mini, price: {prompt: 0.4, completion: 1.6}}}
  own: {openai: {model: "qwen3:8b", base_url: "http://localhost:11434/v1", concurrency: 8}}
default_model: small""",
        ("models", "default_model", "embedder"),
        ("Models", "Embedders"),
    ),
    Section(
        "Tools",
        "Tools that agents may be given, by names of your choice. A system file only refers to "
        "these names. See [tools](tools.md).",
        """tools:
  calculator: calculator
  python: {python: {sandbox: {bubblewrap: {wall_s: 5}}}}
tool_limits: {rounds: 3, calls: 6}
space: {tools: [calculator, python]}""",
        ("tools", "tool_limits"),
        ("Tools", "Sandboxes"),
    ),
    Section(
        "Space",
        "What may be searched: the values that a configuration may take. Every key is optional.",
        """space:
  models: [small, own]
  agents: [1, 4]
  rounds: [1, 2]
  edges: [message, feedback]
  answers: [last, vote]
  temperature: [0, 1]""",
        ("space",),
    ),
    Section(
        "Seeds",
        "The systems that a search starts from. A preset sets seeds, space, strategy and allocator "
        "together; keys of the run file take precedence over those of its preset.",
        """seeds:
  library: [single, chain_of_thought, debate]
  files: [my_system.yaml]
  archive: {path: evolve.db, top: 4}""",
        ("preset", "seeds"),
    ),
    Section(
        "Strategy",
        "What makes new candidates: a complete strategy, or parts combined with `composed`. See "
        "[strategies](strategies.md).",
        """strategy:
  composed:
    survival: {elite: {size: 8}}
    selection: {tournament: {size: 3}}
    proposers: [{mutation: {share: 3}}, crossover]""",
        ("strategy", "proposes_until"),
        ("Strategies", "Survival", "Selection", "Proposers", "Choice", "Memory", "Screening"),
    ),
    Section(
        "Allocator",
        "What decides which evaluation is bought next. See [allocation](allocation.md).",
        """allocator: {racing: {z: 2, block: 10}}""",
        ("allocator",),
        ("Allocators",),
    ),
    Section(
        "Objective and budget",
        "What counts as best, what the whole run may spend, and how the winner is confirmed, also "
        "beside [controls](concepts.md#controls). At "
        "least one cap is required. Costs of systems are counted in one unit, `objective.cost`. "
        "The limit, ties, fronts, strategies and reports use it, and a resumed run keeps it. "
        "Seconds are measured, so with `cost: seconds` even `order: ticket` depends on timing, "
        "except with simulated models. Caps of the budget do not depend on the unit.",
        """objective: {maximise: score, cost: usd, cost_at_most: 0.01}
budget: {usd: 20, seconds: 3600}
confirm: {tasks: 200, controls: true}""",
        ("objective", "budget", "confirm"),
    ),
    Section(
        "Running",
        "How the search is run and what is kept of it.",
        """name: support
concurrency: 32
order: {ticket: {lag: 3}}
traces: failures
seed: 7
executor: local""",
        (
            "name",
            "description",
            "folder",
            "executor",
            "concurrency",
            "order",
            "traces",
            "seed",
        ),
        ("Executors",),
    ),
    Section(
        "Trackers",
        "Where progress is reported besides the archive. See [trackers](trackers.md).",
        """trackers: [{mlflow: {experiment: support}}, opentelemetry]""",
        ("trackers",),
        ("Trackers",),
    ),
)
