"""Signals reach their handler with and without the event loop's own support."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator

import pytest

from evolve.signals import HANGUP, INTERRUPT, on_signals


@pytest.fixture(params=["unix loop", "loop without signal handlers"])
def loop_kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param != "unix loop":

        def absent(*_: object) -> None:
            raise NotImplementedError

        monkeypatch.setattr(
            asyncio.unix_events._UnixSelectorEventLoop, "add_signal_handler", absent
        )
    return str(request.param)


@pytest.fixture(autouse=True)
def unchanged() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("loop_kind")
def test_the_first_signal_calls_the_handler_and_restores_what_was_there() -> None:
    before = signal.getsignal(signal.SIGTERM)

    async def main() -> int:
        arrived = asyncio.Event()
        calls: list[int] = []
        on_signals(INTERRUPT, lambda: (calls.append(1), arrived.set()), once=True)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(arrived.wait(), 60)
        return len(calls)

    assert asyncio.run(main()) == 1
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.usefixtures("loop_kind")
def test_signals_that_a_platform_lacks_are_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(signal, "SIGHUP")

    async def main() -> None:
        on_signals((*INTERRUPT, HANGUP), lambda: None)()

    asyncio.run(main())


@pytest.mark.usefixtures("loop_kind")
def test_a_hangup_that_nohup_ignores_stays_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    async def main() -> None:
        on_signals((HANGUP,), lambda: pytest.fail("called"))
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(0)

    asyncio.run(main())
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs forks")
def test_a_forked_process_ends_by_a_signal_and_does_not_pass_it_on() -> None:
    async def main() -> tuple[int, list[int]]:
        calls: list[int] = []
        restore = on_signals(INTERRUPT, lambda: calls.append(1))
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(1)
        os.kill(child, signal.SIGTERM)
        _, status = os.waitpid(child, 0)
        await asyncio.sleep(0)
        restore()
        return os.waitstatus_to_exitcode(status), calls

    assert asyncio.run(main()) == (-signal.SIGTERM, [])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs forks")
def test_forks_leave_the_handlers_of_this_process_alone() -> None:
    async def main() -> None:
        arrived = asyncio.Event()
        restore = on_signals(INTERRUPT, arrived.set)
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(arrived.wait(), 60)
        restore()

    asyncio.run(main())
