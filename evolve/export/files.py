"""A system as a file for evolve itself, or as a picture."""

import json
import os
from pathlib import Path

from evolve.export.choice import Choice
from evolve.report.console import one_line
from search_spaces.config import SystemConfig
from search_spaces.errors import ConfigError
from search_spaces.yaml_text import write_system


def yaml(choice: Choice) -> str:
    """A system file in YAML."""
    return write_system(choice.config)


def as_json(config: SystemConfig) -> str:
    """A system file in JSON."""
    return (
        json.dumps(
            config.model_dump(mode="json", exclude_defaults=True), indent=2, ensure_ascii=False
        )
        + "\n"
    )


def json_text(choice: Choice) -> str:
    """A system file in JSON."""
    return as_json(choice.config)


def mermaid(choice: Choice) -> str:
    """The topology as a Mermaid flowchart: messages drawn through, feedback dotted."""
    config = choice.config
    lines = [f"%% {one_line(line, 400)}" for line in choice.provenance]
    lines += ["flowchart LR", '    task(["task"])', f'    answer(["{config.answer.mode}"])']
    for agent in config.agents:
        several = f" ×{agent.samples}" if agent.samples > 1 else ""
        role = f"<br/>{_label(agent.role)}" if agent.role not in ("", agent.name) else ""
        lines.append(f'    agent_{agent.name}["{agent.name}{several}{role}"]')
    messages = config.arrows("message")
    hearing = {target for _, target in messages} | {config.answer.by}
    lines += [f"    task --> agent_{a.name}" for a in config.agents if a.name not in hearing]
    arrows = {"message": "-->", "feedback": "-. feedback .->"}
    lines += [
        f"    agent_{edge.source} {arrows.get(edge.kind, '-->')} agent_{edge.target}"
        for edge in config.edges
    ]
    end = f"agent_{config.answer.by}" if config.answer.by else "answer"
    lines += [f"    agent_{source} --> {end}" for source in config.sources]
    lines += [f"    {end} --> answer"] if config.answer.by else []
    return "\n".join(lines) + "\n"


def _label(text: str) -> str:
    """Text that Mermaid shows as it is."""
    line = one_line(text, 60)
    return "".join(
        letter if letter.isalnum() or letter in " ,.-" else f"#{ord(letter)};" for letter in line
    )


def write(path: Path, text: str) -> None:
    """Writes a file, a new one so that only its owner may read it: prompts and tasks are private.

    Raises:
        ConfigError: It cannot be written.
    """
    try:
        with open(path, "w", encoding="utf-8", opener=_privately) as file:
            file.write(text)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
