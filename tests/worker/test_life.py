"""Whether a worker lives, whether it can work, and how it is asked to leave."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import pytest

from tillsaga.errors import Unavailable
from worker.health import health_page
from worker.life import Departure, Life

Question = Callable[[], Awaitable[bool]]


@dataclass
class Poller:
    is_running: bool = True


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


async def away() -> bool:
    raise Unavailable("the records do not answer")


async def silent() -> bool:
    await asyncio.Event().wait()
    return True


async def told(life: Life, path: str) -> httpx.Response:
    page = health_page(dict, {}, life, signs_roots=True)
    transport = httpx.ASGITransport(page)
    async with httpx.AsyncClient(transport=transport, base_url="http://worker") as client:
        return await client.get(path)


async def test_it_works_while_its_pollers_live_and_all_that_it_needs_answers() -> None:
    life = Life([Poller(), Poller()], Departure(), {"temporal": yes, "records": yes})

    lives, ready = await told(life, "/healthz"), await told(life, "/readyz")

    assert (lives.status_code, lives.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()["status"]) == (200, "ok")
    assert ready.json()["checks"] == {"pollers": "ok", "temporal": "ok", "records": "ok"}


async def test_a_poller_that_has_died_takes_the_process_with_it() -> None:
    life = Life([Poller(), Poller(is_running=False)], Departure(), {"temporal": yes})

    lives, ready = await told(life, "/healthz"), await told(life, "/readyz")

    assert (lives.status_code, lives.json()) == (503, {"status": "unavailable"})
    assert ready.status_code == 503
    assert ready.json()["checks"] == {"pollers": "down", "temporal": "ok"}


@pytest.mark.parametrize("answer", [no, away, silent])
async def test_what_does_not_answer_makes_it_unready_and_kills_nobody(
    answer: Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.life.CHECK_SECONDS", 0.05)
    life = Life([Poller()], Departure(), {"temporal": yes, "records": answer})

    lives, ready = await told(life, "/healthz"), await told(life, "/readyz")

    assert lives.status_code == 200
    assert ready.status_code == 503
    assert ready.json()["checks"] == {"pollers": "ok", "temporal": "ok", "records": "down"}


async def test_one_that_leaves_is_alive_and_not_ready() -> None:
    departure, poller = Departure(), Poller()
    life = Life([poller], departure, {"temporal": yes})

    departure.ask()
    poller.is_running = False  # as the first ones are while others still have work in hand

    lives, ready = await told(life, "/healthz"), await told(life, "/readyz")
    assert (lives.status_code, ready.status_code) == (200, 503)
    assert ready.json()["checks"] == {"pollers": "draining"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_asks_it_to_leave_and_a_second_one_does_not_wait(
    number: signal.Signals,
) -> None:
    left: list[int] = []
    departure = Departure(left.append)
    departure.listen()
    try:
        os.kill(os.getpid(), number)
        async with asyncio.timeout(10):
            await departure.asked()
        assert left == []

        os.kill(os.getpid(), number)
        async with asyncio.timeout(10):
            while not left:  # noqa: ASYNC110 - the signal comes when the loop gets to it
                await asyncio.sleep(0)
    finally:
        for heard in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().remove_signal_handler(heard)
    assert left == [1]
