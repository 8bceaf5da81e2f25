"""Leat's REST dialect: prefix, envelope, pages (sheet 1)."""

from collections.abc import AsyncIterator, Awaitable
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import quote

from pydantic import JsonValue, ValidationError

from tillsaga.connectors.http import Query, VendorHttp
from tillsaga.connectors.leat.refusals import LeatNo
from tillsaga.connectors.leat.wire import Entry, Shape
from tillsaga.errors import AnswerLost, NotSent, Unavailable

PREFIX = "api/v3/oauth/clients"
PAGE = 100
MOST_PAGES = 50
CLOCKS_DIFFER = timedelta(seconds=2)
"""How far the vendor's clock may be behind ours; its times are in whole seconds besides."""

S = TypeVar("S", bound=Shape)
E = TypeVar("E", bound=Entry)
V = TypeVar("V")


def floored(since: datetime) -> datetime:
    """The earliest `created_at` that something done at `since` can have."""
    return since.replace(microsecond=0) - CLOCKS_DIFFER


class LeatClient:
    """Calls of one account for one shop."""

    def __init__(self, http: VendorHttp, shop_uuid: str) -> None:
        """Take the connections, and the shop that everything is done in."""
        self.http = http
        self.shop_uuid = shop_uuid

    async def read(self, shape: type[S], *path: str, **params: str | int) -> S:
        """Ask for `data`; a failed read has changed nothing, so it is `NotSent`."""
        body = await self.http.send("GET", _path(path), changes=False, params=params)
        return _data(shape, body, NotSent)

    async def change(
        self,
        shape: type[S],
        method: str,
        *path: str,
        params: Query | None = None,
        body: JsonValue = None,
    ) -> S:
        """Change something and answer `data`; an answer that cannot be read is a lost one."""
        answer = await self.http.send(method, _path(path), changes=True, params=params, body=body)
        return _data(shape, answer, AnswerLost)

    async def act(self, *path: str, body: JsonValue = None) -> None:
        """Post something whose answer says nothing that is needed."""
        await self.http.send("POST", _path(path), changes=True, body=body)

    async def probe(self, *path: str, body: JsonValue = None) -> JsonValue:
        """Post a question that changes nothing, and answer `data` as it is."""
        return _inside(await self.http.send("POST", _path(path), changes=False, body=body))

    async def listed(self, shape: type[S], *path: str, **params: str | int) -> list[S]:
        """Read a list that has no pages."""
        return _list(shape, await self.http.send("GET", _path(path), changes=False, params=params))

    async def items(self, shape: type[S], *path: str, **params: str | int) -> list[S]:
        """Read a list, all its pages."""
        return [item async for page in self.pages(shape, *path, **params) for item in page]

    async def recent(
        self, shape: type[E], since: datetime, *path: str, **params: str | int
    ) -> list[E]:
        """Read a list of transactions that were made since then, oldest first."""
        earliest = floored(since)
        found: list[E] = []
        async for page in self.pages(shape, *path, **params):
            times = [item.created_at for item in page if item.created_at]
            found += [item for item in page if item.created_at and item.created_at >= earliest]
            if newest_first(times) and times[-1] < earliest:
                break
        ours = [item for item in found if self._in_shop(item)]
        return sorted(ours, key=lambda item: item.created_at or earliest)

    def _in_shop(self, entry: Entry) -> bool:
        shop = entry.shop.uuid if entry.shop else None
        return shop in (None, self.shop_uuid)

    def pages(self, shape: type[S], *path: str, **params: str | int) -> AsyncIterator[list[S]]:
        """Read page after page."""
        return self.many_pages(shape, path, params, MOST_PAGES)

    async def many_pages(
        self, shape: type[S], path: tuple[str, ...], params: Query, most: int
    ) -> AsyncIterator[list[S]]:
        """Read so many pages at most; the shapes of `meta` differ from list to list."""
        limit = int(params.get("limit", PAGE))
        for number in range(1, most + 1):
            query = {**params, "limit": limit, "page": number}
            if path[0] == "giftcard-transactions":
                query["perPage"] = limit
            body = await self.http.send("GET", _path(path), changes=False, params=query)
            page = _list(shape, body)
            yield page
            last = _last_page(body)
            if not page or (number >= last if last else len(page) < limit):
                return
        raise NotSent(f"leat lists more than {most} pages")


def newest_first(times: list[datetime]) -> bool:
    """Whether an order is seen: not every list can be sorted, so it is not taken for granted."""
    return bool(times) and times[0] > times[-1] and times == sorted(times, reverse=True)


async def or_none(reading: Awaitable[V]) -> V | None:
    """Do without an answer that is only nice to have."""
    try:
        return await reading
    except (LeatNo, Unavailable):
        return None


def _path(parts: tuple[str, ...]) -> str:
    """Quote the parts: an id from a till must not become another path."""
    quoted = (quote(part, safe="").replace(".", "%2E") for part in parts)
    return "/".join((PREFIX, *quoted))


def _data(shape: type[S], body: JsonValue, otherwise: type[Unavailable]) -> S:
    # Outside the `except`: a ValidationError quotes what it read.
    try:
        return shape.model_validate(_inside(body))
    except ValidationError:
        name = shape.__name__
    raise otherwise(f"leat's answer is not a {name}")


def _list(shape: type[S], body: JsonValue) -> list[S]:
    inside = _inside(body)
    if not isinstance(inside, list):
        raise NotSent(f"leat's answer is not a list of {shape.__name__}")
    return [_data(shape, {"data": item}, NotSent) for item in inside]


def _inside(body: JsonValue) -> JsonValue:
    return body.get("data") if isinstance(body, dict) else None


def _last_page(body: JsonValue) -> int | None:
    meta = body.get("meta") if isinstance(body, dict) else None
    last = meta.get("last_page") if isinstance(meta, dict) else None
    return int(last) if isinstance(last, int | str) and str(last).isdigit() else None
