"""White Label Loyalty's REST dialect: token, envelope, two services (sheet 1)."""

from collections.abc import Awaitable
from typing import TypeVar
from urllib.parse import quote

from pydantic import JsonValue, ValidationError

from tillsaga.connectors.http import Query, VendorHttp
from tillsaga.connectors.wll.refusals import StaleToken, WllNo
from tillsaga.connectors.wll.tokens import AdminTokens
from tillsaga.connectors.wll.wire import Shape
from tillsaga.domain.model import Json
from tillsaga.errors import AnswerLost, NotSent, Refused, TillsagaError, Unavailable

NOT_FOUND = 404

S = TypeVar("S", bound=Shape)
V = TypeVar("V")


class WllClient:
    """Calls of one tenant, as its admin."""

    def __init__(
        self, rewards: VendorHttp, receipts: VendorHttp | None, tokens: AdminTokens
    ) -> None:
        """Take the Rewards service, the Receipts service where there is one, and the tokens."""
        self.http = rewards
        self._receipts = receipts
        self._tokens = tokens

    async def read(self, shape: type[S], *path: str) -> S:
        """Ask for one thing."""
        return shaped(shape, await self.get(*path), NotSent)

    async def get(self, *path: str, params: Query | None = None) -> JsonValue:
        """Ask for `data` as it is."""
        return await self._send(self.http, "GET", path, changes=False, params=params)

    async def ask(self, *path: str, body: Json) -> JsonValue:
        """Post a question that changes nothing."""
        return await self._send(self.http, "POST", path, changes=False, body=body)

    async def change(self, shape: type[S], *path: str, body: Json) -> S:
        """Change something at Rewards; an answer that cannot be read is a lost one."""
        return shaped(
            shape, await self._send(self.http, "POST", path, changes=True, body=body), AnswerLost
        )

    async def order(self, shape: type[S], body: Json) -> S:
        """Post a sale to Receipts.

        Raises:
            Refused: the store has no Receipts service.
        """
        if self._receipts is None:
            raise Refused("the store reports no orders to wll", code="vendor_refused")
        answer = await self._send(self._receipts, "POST", ("orders",), changes=True, body=body)
        return shaped(shape, answer, AnswerLost)

    async def _send(
        self,
        http: VendorHttp,
        method: str,
        path: tuple[str, ...],
        *,
        changes: bool,
        params: Query | None = None,
        body: JsonValue = None,
    ) -> JsonValue:
        """Send once; a second time only where the token was refused, so that nothing was done."""
        for _ in range(2):
            token = await self._tokens.token()
            headers = {"Authorization": f"Bearer {token}"}
            try:
                answer = await http.send(
                    method, _path(path), changes=changes, params=params, body=body, headers=headers
                )
            except StaleToken:
                self._tokens.forget(token)
            except WllNo as no:
                raise _believed(no, changes) from None
            else:
                return _inside(answer, changes)
        raise NotSent("wll does not accept our key or token")


def _believed(no: WllNo, changes: bool) -> Exception:
    """A page that is not the vendor's says nothing, except that a read's address is not there."""
    if no.code or (not changes and no.status == NOT_FOUND):
        return no
    words = f"wll gave no usable answer (HTTP {no.status})"
    return AnswerLost(words) if changes else NotSent(words)


def _path(parts: tuple[str, ...]) -> str:
    """Quote the parts: an id from a till must not become another path."""
    return "/".join(quote(part, safe="").replace(".", "%2E") for part in parts)


def _inside(answer: JsonValue, changes: bool) -> JsonValue:
    if isinstance(answer, dict) and "data" in answer:
        return answer["data"]
    kind = AnswerLost if changes else NotSent
    raise kind("wll's answer is not in its envelope")


def shaped(shape: type[S], data: JsonValue, otherwise: type[Unavailable]) -> S:
    """Read `data`, or say that the answer cannot be used."""
    # Outside the `except`: a ValidationError quotes what it read.
    try:
        return shape.model_validate(data)
    except ValidationError:
        name = shape.__name__
    raise otherwise(f"wll's answer is not a {name}")


async def or_none(reading: Awaitable[V]) -> V | None:
    """Do without an answer that is only nice to have."""
    try:
        return await reading
    except (WllNo, TillsagaError):
        return None
