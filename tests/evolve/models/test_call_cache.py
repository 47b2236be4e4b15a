"""The call cache: no call is bought twice, replies are on disk first, and usage is booked."""

import asyncio
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import PrivateAttr

from archive.errors import ArchiveError
from archive.records import Run
from archive.store import Archive
from evolve.errors import OutageError
from evolve.models.base import MODELS, Message, Model, Reply, Request
from evolve.models.cache import CallCache, key_of
from evolve.models.price import Price


class Counting(Model):
    """Replies with the number of calls so far, after a while."""

    name: str = "a"
    _asked: int = PrivateAttr(default=0)
    _fails: bool = PrivateAttr(default=False)

    async def complete(self, request: Request) -> Reply:
        self._asked += 1
        text = f"{request.messages[-1].content} {request.sample} #{self._asked}"
        await asyncio.sleep(0.001)
        if self._fails:
            raise OutageError("it does not answer")
        return Reply(text, 10, 5, 0.25, truncated=True, cached_prompt_tokens=3)


class Computed(Counting):
    @property
    def simulated(self) -> bool:
        return True


def request(text: str = "1 + 1?", sample: int = 0) -> Request:
    return Request((Message("user", text),), max_tokens=64, temperature=0.5, sample=sample)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.write(tmp_path / "evolve.db") as opened:
        yield opened


@pytest.fixture
def run(archive: Archive) -> Run:
    return archive.create_run("first", 0, "{}", [])


def ask(cache: CallCache, model: Model, *requests: Request) -> list[Reply]:
    async def main() -> list[Reply]:
        cached = cache.wrap(model)
        return await asyncio.gather(*(cached.complete(each) for each in requests))

    return asyncio.run(main())


def test_a_sample_is_bought_once_and_samples_stay_distinct(archive: Archive, run: Run) -> None:
    cache, model = CallCache(archive, run), Counting()
    bought = ask(cache, model, request(sample=0), request(sample=1))
    again = ask(cache, model, request(sample=0), request(sample=1))
    assert model._asked == 2
    assert bought[0].text != bought[1].text
    assert again == [replace(reply, cached=True) for reply in bought]


def test_what_is_asked_at_once_is_bought_once(archive: Archive, run: Run) -> None:
    cache, model = CallCache(archive, run), Counting()
    replies = ask(cache, model, *[request()] * 5)
    assert model._asked == 1
    assert len({reply.text for reply in replies}) == 1
    assert sorted(reply.cached for reply in replies) == [False, True, True, True, True]


def test_another_run_finds_it_and_books_it_at_its_worth(archive: Archive, run: Run) -> None:
    (bought,) = ask(CallCache(archive, run), Counting(), request())
    other = archive.create_run("second", 0, "{}", [])
    model = Counting(price=Price(prompt=1e6, completion=1e6))
    (reply,) = ask(CallCache(archive, other), model, request())
    assert model._asked == 0
    assert reply == replace(bought, cached=True)
    usage = model.usage(bought)
    assert model.usage(reply) == usage.model_copy(update={"cached": 1})
    assert usage.usd


def test_a_reply_is_on_disk_before_it_is_returned(
    archive: Archive, run: Run, tmp_path: Path
) -> None:
    model = Counting()
    cached = CallCache(archive, run).wrap(model)

    async def main() -> list[int]:
        async def one(number: int) -> int:
            wanted = request(str(number))
            await cached.complete(wanted)
            other = sqlite3.connect(tmp_path / "evolve.db")
            sql = "SELECT count(*) FROM replies WHERE key = ?"
            ((found,),) = other.execute(sql, [key_of(model.identity, wanted)])
            other.close()
            return int(found)

        return await asyncio.gather(*map(one, range(4)))

    assert asyncio.run(main()) == [1, 1, 1, 1]


def test_what_arrives_in_one_turn_is_written_together(
    archive: Archive, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = []
    add = archive.add_replies
    monkeypatch.setattr(
        archive, "add_replies", lambda run, new: (groups.append(len(new)), add(run, new))
    )

    class Instant(Counting):
        async def complete(self, request: Request) -> Reply:
            return Reply("ok", 1, 1, 0.0)

    ask(CallCache(archive, run), Instant(), *(request(str(number)) for number in range(7)))
    assert groups == [7]


def test_an_outage_is_raised_for_all_waiters_and_not_cached(archive: Archive, run: Run) -> None:
    cache, model = CallCache(archive, run), Counting()
    model._fails = True

    async def both() -> list[object]:
        cached = cache.wrap(model)
        calls = (cached.complete(request()) for _ in range(2))
        return await asyncio.gather(*calls, return_exceptions=True)

    assert [type(outcome) for outcome in asyncio.run(both())] == [OutageError] * 2
    assert model._asked == 1
    model._fails = False
    assert ask(cache, model, request())[0].text


def test_a_cancelled_caller_does_not_cancel_others(archive: Archive, run: Run) -> None:
    async def main() -> Reply:
        cached = CallCache(archive, run).wrap(model)
        first = asyncio.create_task(cached.complete(request()))
        second = asyncio.create_task(cached.complete(request()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        first.cancel()
        return await second

    model = Counting()
    assert asyncio.run(main()).text == "1 + 1? 0 #2"


def test_a_reply_that_cannot_be_written_is_not_returned(
    archive: Archive, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(run: Run, new: object) -> None:
        raise ArchiveError("the disk is full")

    monkeypatch.setattr(archive, "add_replies", full)
    with pytest.raises(ArchiveError, match="the disk is full"):
        ask(CallCache(archive, run), Counting(), request())


def test_simulated_models_are_not_cached(archive: Archive, run: Run) -> None:
    model = Computed()
    assert CallCache(archive, run).wrap(model) is model


def test_a_cached_model_is_otherwise_the_model(archive: Archive, run: Run) -> None:
    model = Counting(price=Price(prompt=1, completion=2), max_tokens=77)
    cached = CallCache(archive, run).wrap(model)
    assert (cached.price, cached.max_tokens) == (model.price, 77)
    assert cached.identity == model.identity
    reply = Reply("", 1, 2, 3.0)
    assert cached.usage(reply) == model.usage(reply)
    assert not {"cache", "embedders", "base"} & set(MODELS.names())


def test_all_that_changes_a_reply_changes_the_key() -> None:
    wanted = request()
    changes = [
        {},
        {"messages": (Message("system", "1 + 1?"),)},
        {"messages": (Message("user", "1 + 2?"),)},
        {"max_tokens": 65},
        {"temperature": None},
        {"top_p": 0.5},
        {"effort": "low"},
        {"schema": {"type": "object"}},
        {"sample": 1},
    ]
    keys = [key_of("a", replace(wanted, **change)) for change in changes]  # type: ignore[arg-type]
    keys.append(key_of("b", wanted))
    assert len(set(keys)) == len(keys)
    assert key_of("a", replace(wanted, schema={"b": 1, "a": 2})) == key_of(
        "a", replace(wanted, schema={"a": 2, "b": 1})
    )
