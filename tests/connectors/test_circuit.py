"""A vendor that does not answer is left alone, and asked again later."""

import asyncio
from datetime import timedelta

import httpx
import pytest
import respx

from tillsaga.connectors.circuit import OPENS_AFTER, Circuit, LeftAlone, Unusable
from tillsaga.connectors.http import VendorHttp
from tillsaga.errors import AnswerLost, NotSent, Refused

URL = "https://vendor.test/things"
A_WHILE = timedelta(milliseconds=30)
FOR_EVER = timedelta(days=1)


def vendor(circuit: Circuit) -> VendorHttp:
    def rejection(status: int, body: object) -> Exception:
        return Refused("no", code="offer_refused")

    return VendorHttp("vendor", "https://vendor.test", {}, timedelta(seconds=1), rejection, circuit)


async def ask(http: VendorHttp, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises((AnswerLost, NotSent, Refused)):
            await http.send("POST", "things", changes=True)


BROKEN: dict[str, httpx.Response | type[Exception]] = {
    "500": httpx.Response(500),
    "a page": httpx.Response(200, text="<html>"),
    "a timeout": httpx.ReadTimeout,
    "no connection": httpx.ConnectError,
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
@respx.mock
async def test_a_vendor_that_gives_no_usable_answer_is_not_asked_any_more(
    answer: httpx.Response | type[Exception],
) -> None:
    route = respx.post(URL).mock(side_effect=[answer] * 100)
    circuit = Circuit("vendor", FOR_EVER)
    http = vendor(circuit)

    await ask(http, OPENS_AFTER)
    with pytest.raises(NotSent, match="not asked"):
        await http.send("POST", "things", changes=True)

    assert route.call_count == OPENS_AFTER
    assert (circuit.state.is_open, circuit.state.times_opened) == (True, 1)


SAID = {
    "a refusal": httpx.Response(409, json={"no": 1}),
    "wait": httpx.Response(429),
    "not here": httpx.Response(404, json={}),
}


@pytest.mark.parametrize("answer", SAID.values(), ids=SAID)
@respx.mock
async def test_a_vendor_that_says_no_answers(answer: httpx.Response) -> None:
    route = respx.post(URL).mock(return_value=answer)
    circuit = Circuit("vendor", FOR_EVER)

    await ask(vendor(circuit), 2 * OPENS_AFTER)

    assert route.call_count == 2 * OPENS_AFTER
    assert not circuit.state.is_open


@respx.mock
async def test_one_good_answer_forgives_the_bad_ones() -> None:
    bad, good = httpx.Response(500), httpx.Response(200, json={})
    answers = [*[bad] * (OPENS_AFTER - 1), good] * 3
    respx.post(URL).mock(side_effect=answers)
    circuit = Circuit("vendor", FOR_EVER)
    http = vendor(circuit)

    for _ in range(3):
        await ask(http, OPENS_AFTER - 1)
        assert await http.send("POST", "things", changes=True) == {}

    assert circuit.state.times_opened == 0


@respx.mock
async def test_after_a_while_it_is_asked_again_and_closed_by_an_answer() -> None:
    down, up = httpx.Response(503), httpx.Response(200, json={})
    route = respx.post(URL).mock(side_effect=[*[down] * (OPENS_AFTER + 1), up])
    circuit = Circuit("vendor", A_WHILE)
    http = vendor(circuit)
    await ask(http, OPENS_AFTER)

    async with asyncio.timeout(5):
        while circuit.state.is_open:
            await asyncio.gather(http.send("POST", "things", changes=True), return_exceptions=True)

    assert route.call_count == OPENS_AFTER + 2
    assert circuit.state.times_opened == 2


@respx.mock
async def test_a_vendor_that_comes_back_is_asked_by_one_and_not_by_all() -> None:
    answers_now = asyncio.Event()

    async def slowly(_: httpx.Request) -> httpx.Response:
        await answers_now.wait()
        return httpx.Response(200, json={})

    route = respx.post(URL).mock(side_effect=[httpx.Response(503)] * OPENS_AFTER)
    circuit = Circuit("vendor", timedelta(0))
    http = vendor(circuit)
    await ask(http, OPENS_AFTER)
    route.mock(side_effect=slowly)

    herd = [asyncio.create_task(http.send("POST", "things", changes=True)) for _ in range(50)]
    done, _ = await asyncio.wait(herd, timeout=5, return_when=asyncio.FIRST_EXCEPTION)
    while len(done) < 49:
        done, _ = await asyncio.wait(herd, timeout=0.05)
    answers_now.set()
    ended = await asyncio.gather(*herd, return_exceptions=True)

    assert route.call_count == OPENS_AFTER + 1
    assert [one for one in ended if not isinstance(one, NotSent)] == [{}]
    assert not circuit.state.is_open


async def test_a_probe_that_is_given_up_is_no_answer_and_lets_the_next_one_ask() -> None:
    circuit = Circuit("vendor", timedelta(0))
    for _ in range(OPENS_AFTER):
        with pytest.raises(Unusable):
            async with circuit.watched():
                raise Unusable

    async def hangs() -> None:
        async with circuit.watched():
            await asyncio.Event().wait()

    probe = asyncio.create_task(hangs())
    await asyncio.sleep(0.01)
    with pytest.raises(LeftAlone):
        async with circuit.watched():
            pass
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)
    assert circuit.state.is_open

    async with circuit.watched():
        pass
    assert not circuit.state.is_open


async def test_who_gives_up_waiting_says_nothing_about_the_vendor() -> None:
    circuit = Circuit("vendor", FOR_EVER)

    async def hangs() -> None:
        async with circuit.watched():
            await asyncio.Event().wait()

    for _ in range(2 * OPENS_AFTER):
        task = asyncio.create_task(hangs())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert not circuit.state.is_open


async def test_calls_under_way_when_it_opens_end_as_they_end() -> None:
    circuit = Circuit("vendor", FOR_EVER)
    goes_on = asyncio.Event()

    async def slow() -> str:
        async with circuit.watched():
            await goes_on.wait()
            return "answered"

    under_way = asyncio.create_task(slow())
    await asyncio.sleep(0)
    for _ in range(OPENS_AFTER):
        with pytest.raises(Unusable):
            async with circuit.watched():
                raise Unusable
    goes_on.set()

    assert await under_way == "answered"
    with pytest.raises(LeftAlone):
        async with circuit.watched():
            pass
