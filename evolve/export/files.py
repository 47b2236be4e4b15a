"""A system as a file for evolve itself, or as a picture."""

import json
from typing import Any

from evolve.export.choice import Choice
from evolve.serving.deployment import as_carried
from evolve.text import one_line
from search_spaces.yaml_text import DEPLOYMENT, write_mapping, write_system


def yaml(choice: Choice) -> str:
    """A system file in YAML, with what the system needs to answer elsewhere."""
    deployment = _deployment(choice)
    return f"{write_system(choice.config)}{write_mapping({DEPLOYMENT: deployment})}"


def json_text(choice: Choice) -> str:
    """A system file in JSON, with what the system needs to answer elsewhere."""
    system = choice.config.model_dump(mode="json", exclude_defaults=True)
    data = {**system, DEPLOYMENT: _deployment(choice)}
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _deployment(choice: Choice) -> dict[str, Any]:
    return as_carried(choice.run, choice.settings, choice.config)


def mermaid(choice: Choice) -> str:
    """The topology as a Mermaid flowchart: messages as solid lines, feedback dotted."""
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
    """Text with Mermaid's special characters escaped."""
    line = one_line(text, 60)
    return "".join(
        letter if letter.isalnum() or letter in " ,.-" else f"#{ord(letter)};" for letter in line
    )
