"""Starting and stopping a server process of simulated models, as a person does."""

import re
import signal
import subprocess
import sys

QUESTIONS = {f"What is {number} plus {number + 3}?": str(2 * number + 3) for number in range(20)}


def start(*options: str) -> tuple[subprocess.Popen[str], str]:
    """Starts a server and returns its process and base URL."""
    command = [sys.executable, "-m", "evolve", "sim", "serve", "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"http://\S+", line)
    if found is None:
        process.kill()
        raise AssertionError(f"{line}{process.communicate()[1]}")
    return process, found[0]


def stop(process: subprocess.Popen[str]) -> int:
    """Stops a server as a person does, and returns its exit code."""
    process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode
