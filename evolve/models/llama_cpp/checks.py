"""What a model file needs to be run here, checked before anything is loaded."""

from pathlib import Path

from evolve.errors import RunError
from evolve.models.llama_cpp.gguf import Header, read_header
from evolve.models.llama_cpp.machine import free_memory, missing_instructions
from evolve.models.llama_cpp.server import library

_GIB = 2**30


def check_library() -> None:
    """Makes sure that llama.cpp can run on this machine.

    Raises:
        RunError: It is not installed, or compiled for another processor.
    """
    if missing := missing_instructions(str(library().get_system_info())):
        raise RunError(
            f"this processor has no {', '.join(missing)}, which the installed llama.cpp is "
            "compiled for; use a server of your own and the model kind openai"
        )


def check_file(path: Path, context: int, parallel: int) -> Header:
    """Makes sure that a file is a model with so much context that fits into memory.

    Args:
        path: The file, which is there.
        context: Tokens of one call.
        parallel: Calls at once.

    Returns:
        What the file holds.

    Raises:
        RunError: It is none, or it does not fit; the message has the numbers.
    """
    header = read_header(path)
    trained, free = header.trained_context, free_memory()
    if trained is not None and context > trained:
        raise RunError(
            f"{path}: `context` is {context:,} tokens and the model was trained for {trained:,}; "
            "lower it"
        )
    if free is not None and header.size > free:
        raise RunError(
            f"{path}: the model takes {_gib(header.size)} and {_gib(free)} of memory are free; "
            "use a smaller or more strongly quantised one"
        )
    cache = header.bytes_per_token * context * parallel
    if free is not None and header.size + cache > free:
        raise RunError(
            f"{path}: the model takes {_gib(header.size)}, its context of {parallel} × "
            f"{context:,} tokens {_gib(cache)}, and {_gib(free)} of memory are free; "
            "lower `context` or `parallel`"
        )
    return header


def _gib(size: int) -> str:
    return f"{size / _GIB:,.1f} GiB"
