"""The endpoint around a vendor: logs each request and plays the faults that strike it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tillsaga.sandbox.faults import Desk, Entry, Rule
from tillsaga.sandbox.reshaping import reshaped
from tillsaga.sandbox.vendor import Vendor
from tillsaga.sandbox.wire import Asked, Reply, json_reply

HANG_UP = "sandbox.hang_up"
PAGE = b"<!doctype html><title>Sandbox</title><h1>Something other than JSON</h1>"


class VendorEndpoint:
    """The ASGI endpoint of one vendor: logs, strikes with faults, else lets it answer."""

    def __init__(self, vendor: Vendor, desk: Desk) -> None:
        """Play `vendor` under the rules of `desk`."""
        self._vendor, self._desk = vendor, desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        asked = await _asked(Request(scope, receive))
        operation = self._vendor.identify(asked.method, asked.path)
        entry = self._desk.note(self._vendor.name, operation, asked)
        struck = self._desk.pick(self._vendor.name, operation, asked)
        if struck is None:
            reply: Reply | None = self._apply(asked, entry)
        else:
            entry.fault = struck.rule.kind
            reply = await self._strike(struck.rule, asked, entry)
        if reply is None:
            hang_up: Callable[[Receive], Awaitable[None]] = scope.get(HANG_UP, _raise_dropped)
            await hang_up(receive)
            return
        entry.status = reply.status
        response = Response(reply.body, reply.status, dict(reply.headers), reply.media_type)
        await response(scope, receive, send)

    def _apply(self, asked: Asked, entry: Entry) -> Reply:
        reply = self._vendor.answer(asked)
        entry.applied = reply.status < HTTPStatus.BAD_REQUEST
        return reply

    async def _strike(self, rule: Rule, asked: Asked, entry: Entry) -> Reply | None:
        match rule.kind:
            case "hang_before":
                await asyncio.sleep(rule.delay_ms / 1000)
                return None
            case "late":
                self._desk.later(rule.delay_ms, lambda: self._apply(asked, entry))
                return None
            case (
                "drop_before"
                | "error_before"
                | "html_before"
                | "rate_limited"
                | "maintenance"
                | "refuse"
            ):
                return self._instead(rule)
            case "old_shape":
                return self._apply(
                    replace(asked, switches=rule.switches or self._vendor.old_shape), entry
                )
        reply = self._apply(asked, entry)
        if rule.kind == "delay":
            await asyncio.sleep(rule.delay_ms / 1000)
            return reply
        return _disguised(rule, reply)

    def _instead(self, rule: Rule) -> Reply | None:
        match rule.kind:
            case "error_before":
                return _server_error(rule)
            case "rate_limited":
                wait = {"Retry-After": str(rule.retry_after)}
                return json_reply(429, {"message": "Too Many Attempts."}, wait)
            case "html_before":
                return Reply(200, PAGE, "text/html")
            case "maintenance":
                return Reply(503, PAGE, "text/html")
            case "refuse":
                return self._vendor.refusal(rule.code or "", rule.message)
        return None


def _disguised(rule: Rule, reply: Reply) -> Reply | None:
    match rule.kind:
        case "error_after":
            return _server_error(rule)
        case "html_after":
            return Reply(200, PAGE, "text/html")
        case "malformed":
            return Reply(200, reply.body[: len(reply.body) // 2] or b"{")
        case "other_shape":
            return reshaped(reply, rule.shape)
    return None


def _server_error(rule: Rule) -> Reply:
    return json_reply(rule.status, {"message": rule.message or "Server Error"})


async def _asked(request: Request) -> Asked:
    mount = request.scope.get("root_path", "")
    return Asked(
        method=request.method,
        path=request.scope["path"].removeprefix(mount),
        query=request.url.query,
        headers=request.headers,
        body=await request.body(),
        origin=f"{request.url.scheme}://{request.url.netloc}{mount}",
        url=_as_written(request),
    )


def _as_written(request: Request) -> str:
    """Put the absolute URL together from what was on the wire, without decoding anything."""
    query: bytes = request.scope["query_string"]
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    target = raw + b"?" + query if query else raw
    return f"{request.url.scheme}://{request.url.netloc}{target.decode('latin-1')}"


def hang_up_on(send: Send) -> Callable[[Receive], Awaitable[None]]:
    """Find out how to close this connection without an answer.

    Under uvicorn `send` belongs to the object that owns the socket's transport; aborting
    that is the only way to close without a byte. A client in the same process has no
    socket, so it gets the exception its own library would raise.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        return _raise_dropped

    async def abort(receive: Receive) -> None:
        transport.abort()
        # Until the server has noticed, it would try to answer 500 for us.
        while (await receive())["type"] != "http.disconnect":
            pass

    return abort


async def _raise_dropped(_: Receive) -> None:
    raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
