"""One attempt against real sockets; only the resolver of names is a fake."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from starlette.responses import Response

from tests.support.receiver import Receiver, open_receiver
from tillsaga.domain.webhooks import Answer, Endpoint
from tillsaga.webhooks.guard import Address
from tillsaga.webhooks.sender import HttpSender, Target

BODY = b'{"type":"checkout.completed","data":{"id":"chk_1","version":1}}'


def target(url: str, secret: str, **more: Any) -> Target:
    endpoint = Endpoint(id="whe_1", url=url, config="c")
    return Target(endpoint=endpoint, secrets=(secret,), **more)


def leading_to(*addresses: str) -> Callable[[str, int], Awaitable[Sequence[Address]]]:
    """A resolver that answers one address after another, as a rebinding name does."""
    answers = list(addresses)

    async def resolve(host: str, port: int) -> Sequence[Address]:
        return [ipaddress.ip_address(answers.pop(0) if len(answers) > 1 else answers[0])]

    return resolve


async def sent(to: Target, **options: Any) -> Answer:
    sender = HttpSender([to], **options)
    try:
        return await sender.send("whe_1", "whd_1", BODY)
    finally:
        await sender.aclose()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with open_receiver() as opened:
        yield opened


async def test_a_signed_message_arrives(receiver: Receiver) -> None:
    answer = await sent(target(receiver.url, receiver.secrets[0]))

    assert answer == Answer(status=204)
    assert ([got.id for got in receiver.got], receiver.forged) == (["whd_1"], 0)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.7",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
async def test_a_name_that_leads_to_no_public_address_is_not_connected_to(
    receiver: Receiver, address: str
) -> None:
    url = receiver.url.replace("127.0.0.1", "pos.example")

    answer = await sent(target(url, receiver.secrets[0]), resolve=leading_to(address))

    assert (answer.status, answer.trouble) == (None, "the host leads to a private address")
    assert receiver.got == []


@pytest.mark.parametrize("host", ["localhost", "2130706433", "127.1"])
async def test_another_spelling_of_this_machine_is_none_of_its_addresses(
    receiver: Receiver, host: str
) -> None:
    answer = await sent(target(receiver.url.replace("127.0.0.1", host), receiver.secrets[0]))

    assert answer.status is None
    assert receiver.got == []


async def test_a_name_may_change_its_mind_and_leads_nowhere_else(receiver: Receiver) -> None:
    url = receiver.url.replace("127.0.0.1", "pos.example")
    rebinding = leading_to("127.0.0.1", "93.184.215.14")

    answer = await sent(target(url, receiver.secrets[0]), resolve=rebinding)

    assert answer.trouble == "the host leads to a private address"
    assert receiver.got == []


async def test_a_private_network_is_reached_where_that_is_allowed(receiver: Receiver) -> None:
    url = receiver.url.replace("127.0.0.1", "pos.internal")
    own = target(url, receiver.secrets[0], allow_private=True)

    assert (await sent(own, resolve=leading_to("127.0.0.1"))).status == 204
    metadata = await sent(own, resolve=leading_to("169.254.169.254"))
    assert metadata.trouble == "the host leads to a private address"


async def test_a_proxy_of_the_environment_is_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert (await sent(target(receiver.url, receiver.secrets[0]))).status == 204


async def test_an_answer_says_when_to_come_again(receiver: Receiver) -> None:
    receiver.answer = lambda _: Response(status_code=503, headers={"Retry-After": "120"})

    answer = await sent(target(receiver.url, receiver.secrets[0]))

    assert answer == Answer(status=503, retry_after=timedelta(minutes=2))


async def test_nobody_at_the_address_is_an_answer() -> None:
    answer = await sent(target("http://127.0.0.1:9/hooks", "whsec_" + "c2Vz" * 8))

    assert (answer.status, answer.trouble) == (None, "no answer: ConnectError")


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def talking(talk: Talk) -> AsyncIterator[str]:
    """A server without manners."""
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await talk(reader, writer)
        await over.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        over.set()
        server.close()


async def test_an_endpoint_that_says_nothing_is_left_in_time() -> None:
    async def silence(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await writer.drain()

    async with talking(silence) as url:
        answer = await sent(target(url, "whsec_" + "c2Vz" * 8), patience=0.2)

    assert answer.trouble == "no answer in time"


async def test_a_good_answer_with_a_slow_or_endless_body_is_a_good_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tillsaga.webhooks.sender.BODY_SECONDS", 0.2)

    async def slow(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx")
        await writer.drain()

    async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 100_000)

    for talk in (slow, endless):
        async with talking(talk) as url:
            assert await sent(target(url, "whsec_" + "c2Vz" * 8)) == Answer(status=200)


async def test_what_is_no_http_is_an_answer_too() -> None:
    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"EHLO pos.example\r\n\r\n")
        await writer.drain()

    async with talking(babble) as url:
        answer = await sent(target(url, "whsec_" + "c2Vz" * 8))

    assert answer.trouble == "no answer: RemoteProtocolError"
