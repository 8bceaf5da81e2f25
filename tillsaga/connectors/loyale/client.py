"""Loyale's calls (sheet 2, 5, 6). No URL is taken from an answer: the host may be another."""

from typing import TypeVar
from urllib.parse import quote

from pydantic import JsonValue, ValidationError

from tillsaga.connectors.http import VendorHttp
from tillsaga.connectors.loyale.refusals import NOT_FOUND, LoyaleNo
from tillsaga.connectors.loyale.wire import Receipt, Returned, Shape
from tillsaga.domain.model import Json
from tillsaga.errors import AnswerLost, NotSent, Unavailable

TRANSACTION = "api/Transaction"
STATUS = "api/transaction/status"
SIMULATE = {"simulate": "true"}

S = TypeVar("S", bound=Shape)


class LoyaleClient:
    """Calls of one scheme for one outlet."""

    def __init__(self, http: VendorHttp, outlet_id: str) -> None:
        """Take the connections, and the outlet that everything is done in."""
        self.http = http
        self.outlet_id = outlet_id

    async def simulate(self, body: Json) -> Receipt:
        """Ask what a sale would do; nothing is done, held or reserved (trap 6)."""
        answer = await self.http.send(
            "POST", TRANSACTION, changes=False, params=SIMULATE, body=self._here(body)
        )
        return _shaped(Receipt, answer, NotSent)

    async def post(self, body: Json) -> Receipt:
        """Post a sale; the answer means received, not done (trap 7)."""
        answer = await self.http.send("POST", TRANSACTION, changes=True, body=self._here(body))
        return _shaped(Receipt, answer, AnswerLost)

    async def status(self, unique_id: str) -> Receipt | None:
        """Read how a sale stands; None: Loyale does not know the id."""
        path = f"{STATUS}/{quote(unique_id, safe='')}"
        try:
            answer = await self.http.send("GET", path, changes=False)
        except LoyaleNo as no:
            if no.status != NOT_FOUND:
                raise
            return None
        return _shaped(Receipt, answer, NotSent)

    async def give_back(
        self, kind: str, body: Json | None = None, simulate: bool = False
    ) -> Returned:
        """Return something; `kind` is the path below `Return`, its id already quoted."""
        answer = await self.http.send(
            "POST",
            f"{TRANSACTION}/Return/{kind}",
            changes=not simulate,
            params=SIMULATE if simulate else None,
            body=body,
        )
        return _shaped(Returned, answer, NotSent if simulate else AnswerLost)

    def _here(self, body: Json) -> Json:
        return {"outletId": self.outlet_id, **body}


def _shaped(shape: type[S], body: JsonValue, otherwise: type[Unavailable]) -> S:
    # Outside the `except`: a ValidationError quotes what it read.
    try:
        return shape.model_validate(body)
    except ValidationError:
        name = shape.__name__
    raise otherwise(f"loyale's answer is not a {name}")
