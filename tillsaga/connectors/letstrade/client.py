"""Let'sTrade's three calls and its envelope (sheet 1, 3, 4, 5)."""

from typing import TypeVar

from pydantic import JsonValue, ValidationError

from tillsaga.connectors.http import VendorHttp
from tillsaga.connectors.letstrade.refusals import said_no
from tillsaga.connectors.letstrade.shapes import Finalised, Offerings, Refunded
from tillsaga.connectors.letstrade.wire import Shape
from tillsaga.domain.model import Json
from tillsaga.errors import AnswerLost, NotSent, Unavailable

S = TypeVar("S", bound=Shape)


class LetstradeClient:
    """Calls of one store."""

    def __init__(self, http: VendorHttp) -> None:
        """Take the connections."""
        self.http = http

    async def offerings(self, body: Json) -> Offerings:
        """Quote a bill. No money moves, but a bill is stored and a customer may be (trap 12)."""
        answer = await self.http.send("POST", "v1/get/offerings", changes=False, body=body)
        return _read(Offerings, answer, NotSent)

    async def finalise(self, body: Json) -> Finalised:
        """Make the order: charges, burns and awards, once and for all."""
        answer = await self.http.send("POST", "v1/finalise/offerings", changes=True, body=body)
        return _read(Finalised, answer, AnswerLost)

    async def refund(self, body: Json) -> Refunded:
        """Void an order; announced by the vendor, shaped as the sheet proposes."""
        answer = await self.http.send("POST", "v1/refund", changes=True, body=body)
        return _read(Refunded, answer, AnswerLost)


def _read(shape: type[S], answer: JsonValue, otherwise: type[Unavailable]) -> S:
    content = answer
    if isinstance(answer, dict) and "success" in answer:
        if answer["success"] is False:
            raise said_no(answer)
        content = answer.get("content", answer)
    # Outside the `except`: a ValidationError quotes what it read.
    try:
        return shape.model_validate(content)
    except ValidationError:
        name = shape.__name__
    raise otherwise(f"letstrade's answer is not a {name}")
