"""Whether a model file can be run on this machine, and with how much of it."""

from evolve.errors import RunError
from evolve.models.llama_cpp import LlamaCpp
from evolve.models.llama_cpp.machine import free_cores
from evolve.setup.doctor.findings import Finding

_MIB = 2**20


def examine_file(area: str, model: LlamaCpp) -> list[Finding]:
    """Looks at a model's file, memory and threads; nothing is started."""
    try:
        header = model.examine()
    except RunError as error:
        text, _, advice = str(error).rpartition("; ")
        return [Finding(area, "file", "fix", text or advice, advice if text else "")]
    name = header.name or model.label
    text = f"{model.file}: {name}, {header.architecture}, {header.size / _MIB:,.0f} MiB"
    trained = f" of {header.trained_context:,}" if header.trained_context else ""
    cache = header.bytes_per_token * model.context * model.parallel / _MIB
    memory = f", {cache:,.0f} MiB of memory in all" if cache else ""
    context = f"{model.context:,} tokens{trained} for each of {model.parallel} calls{memory}"
    return [
        Finding(area, "file", "ok", text),
        Finding(area, "context", "ok", context),
        Finding(area, "threads", "ok", f"{model.cores}; {free_cores()} cores are free for it"),
    ]
