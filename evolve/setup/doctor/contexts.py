"""Whether the seeds' prompts and replies fit into the contexts of their models."""

from collections.abc import Iterator

from evolve.engine.session import Session
from evolve.runtime.windows import prompts
from evolve.setup.doctor.findings import Finding


def examine_contexts(session: Session) -> Iterator[Finding]:
    """Looks at the longest conversation of each model whose context is known."""
    longest: dict[str, tuple[int, Finding]] = {}
    for candidate in session.state.candidates:
        config = candidate.config
        for prompt in prompts(config, session.tasks.longest, session.models, session.toolbox):
            most = prompt.certain + prompt.heard + prompt.reply
            text = f"about {most:,} tokens at most, of {prompt.window:,}, for {prompt.agent!r} of "
            text += config.name or f"seed {candidate.number}"
            finding = Finding(f"model {prompt.model}", "prompts", "ok", text)
            if most > prompt.window:
                advice = "raise `context`, or lower `max_tokens`; what does not fit is cut off"
                finding = finding._replace(status="note", advice=advice)
            if most > longest.get(prompt.model, (0, finding))[0]:
                longest[prompt.model] = most, finding
    yield from (finding for _, finding in longest.values())
