"""Clients that people have, against `evolve serve` in a process of its own."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from tests.evolve.cli.commands import PATIENCE, begin

pytestmark = pytest.mark.full
QUESTION = "What is 3 plus 4?"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, str, subprocess.Popen[str]]]:
    (tmp_path / "one.yaml").write_text("name: one\nagents: [{name: solver, samples: 3}]\n")
    words = ("serve", "one.yaml", "--run-file", "quickstart_simulated", "--port", "0")
    process = begin(*words, folder=tmp_path)
    assert process.stdout is not None
    url = process.stdout.readline().split()[-1]
    key = process.stdout.readline().split()[-1]
    yield url, key, process
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, "")


def test_clients(served: tuple[str, str, subprocess.Popen[str]]) -> None:
    from langchain_openai import ChatOpenAI

    url, key, _ = served
    with openai.OpenAI(base_url=url, api_key=key) as client:
        assert [model.id for model in client.models.list()] == ["one"]
        messages = [{"role": "user", "content": QUESTION}]
        whole = client.chat.completions.create(model="one", messages=messages)
        assert whole.choices[0].message.content
        assert whole.usage.completion_tokens > 0
        chunks = client.chat.completions.create(model="one", messages=messages, stream=True)
        streamed = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        assert streamed == whole.choices[0].message.content
        with pytest.raises(openai.NotFoundError, match="there is 'one'"):
            client.chat.completions.create(model="two", messages=messages)
    foreign = openai.OpenAI(base_url=url, api_key="guessed")
    with foreign as client, pytest.raises(openai.AuthenticationError):
        client.models.list()
    chain = ChatOpenAI(model="one", base_url=url, api_key=key)
    assert chain.invoke(QUESTION).content == streamed
    body = json.dumps({"model": "one", "messages": messages})
    sent = ["-H", f"Authorization: Bearer {key}", "-d", body, f"{url}/chat/completions"]
    result = subprocess.run(["curl", "-s", *sent], capture_output=True, check=True)
    assert json.loads(result.stdout)["choices"][0]["message"]["content"] == streamed
