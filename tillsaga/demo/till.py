"""A tiny till: it speaks the HTTP API, repeats what got no answer, and waits for the end."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

from tillsaga.dev.stores_template import DevStore

Json = dict[str, Any]
FINAL = ("completed", "cancelled", "expired")
PATIENCE_SECONDS = 40.0
_AGAIN_SECONDS = 0.2
_ANEW_SECONDS = 6.0
"""After so long without an effect, what was accepted was refused: nobody tells the till."""


class TillRefused(Exception):
    """The API said no, or nothing for too long."""


class Till:
    """One till of a store."""

    patience_seconds = PATIENCE_SECONDS

    def __init__(self, api_url: str, key: str, store: DevStore, terminal: str) -> None:
        """Take the API, the key that opens it, and where the till stands."""
        self._place = {"store_id": store.id, "terminal_id": terminal}
        self._currency = store.currency
        self._http = httpx.Client(
            base_url=f"{api_url}/v1", headers={"Authorization": f"Bearer {key}"}, timeout=10
        )

    def __enter__(self) -> Self:
        """Go to work."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self._http.close()

    def open(self, lines: list[Json], *identifiers: Json) -> Json:
        """Open a checkout for whom the identifiers show."""
        basket = {"id": str(uuid4()), "currency": self._currency, "lines": lines}
        body = self._place | {"basket": basket, "identifiers": identifiers}
        return self._post("/checkouts", body)

    def offer(self, checkout: Json, **offer: object) -> Json:
        """Apply an offer by `code` or `offer_id`, priced by `discount`; wait until it counts."""
        taken = _taken(checkout)
        return self._insist(checkout, "offers", offer, lambda now: _taken(now) > taken)

    def tender(self, checkout: Json, kind: str, amount: int, reference: str | None = None) -> Json:
        """Charge a stored value; wait until it is charged, or planned where that comes later."""
        body: Json = {"type": kind, "amount": amount}
        body |= {"reference": reference} if reference else {}
        charged = _charged(checkout)
        return self._insist(checkout, "tenders", body, lambda now: _charged(now) > charged)

    def ready(self, checkout: Json) -> Json:
        """Freeze the basket."""
        return self.wait_until(
            self._act(checkout, "ready", {}), lambda now: now["status"] == "ready"
        )

    def pay(
        self,
        checkout: Json,
        status: str,
        *,
        kind: str = "card",
        attempt: int = 1,
        final: bool | None = None,
    ) -> Json:
        """Report how a payment of the customer's stands, over what was due when it began."""
        reference = f"{kind}-payment-{attempt}"
        known = [p["amount"] for p in checkout["payments"] if p["reference"] == reference]
        amount = known[0] if known else checkout["totals"]["due_amount"]
        body = {"status": status, "type": kind, "amount": amount, "reference": reference}
        return self._act(checkout, "payments", body | ({} if final is None else {"final": final}))

    def read(self, checkout: Json) -> Json:
        """Read the checkout."""
        return self._read(f"/checkouts/{checkout['id']}")

    def receipt(self, checkout: Json) -> str:
        """Fetch the receipt as it is printed."""
        headers = {"Accept": "text/plain"}
        path = f"/checkouts/{checkout['id']}/receipt"
        return self._until_answered("GET", path, headers=headers).text

    def wait_until(
        self, checkout: Json, reached: Callable[[Json], bool], seconds: float = PATIENCE_SECONDS
    ) -> Json:
        """Read the checkout again and again.

        Raises:
            TillRefused: it does not get there.
        """
        deadline = time.monotonic() + seconds
        while not reached(checkout):
            if time.monotonic() > deadline:
                raise TillRefused(f"{checkout['id']} stays {checkout['status']}")
            time.sleep(_AGAIN_SECONDS)
            checkout = self.read(checkout)
        return checkout

    def wait_for_end(self, checkout: Json) -> Json:
        """Wait until the checkout has ended."""
        return self.wait_until(checkout, lambda seen: seen["status"] in FINAL)

    def refund(self, checkout: Json, refund_id: str, **more: object) -> Json:
        """Give a sale back, or the named `lines` of it; answers the refund."""
        return self._act(
            checkout, "refunds", {"refund_id": refund_id, "reason": "returned", **more}
        )

    def read_refund(self, refund: Json) -> Json:
        """Read how a refund stands."""
        return self._read(f"/refunds/{refund['refund_id']}")

    def settle(self, checkout: Json, action: str, reason: str) -> Json:
        """Say, as support does, what becomes of the checkout's only case."""
        (case,) = checkout["attention"]
        said = {"action": action, "actor": "kim", "reason": reason}
        return self._act(checkout, f"attention/{case['id']}/resolve", said)

    def _insist(
        self, checkout: Json, action: str, body: Json, reached: Callable[[Json], bool]
    ) -> Json:
        """Ask anew where a vendor was too slow: the same offer or tender is never taken twice."""
        deadline = time.monotonic() + self.patience_seconds
        while True:
            seen = self._act(checkout, action, body)
            try:
                return self.wait_until(seen, reached, _ANEW_SECONDS)
            except TillRefused:
                if time.monotonic() > deadline:
                    raise

    def _act(self, checkout: Json, action: str, body: Json) -> Json:
        return self._post(f"/checkouts/{checkout['id']}/{action}", body)

    def _read(self, path: str) -> Json:
        seen: Json = self._until_answered("GET", path).json()
        return seen

    def _post(self, path: str, body: Json) -> Json:
        # One key for attempts without an answer: what the first one did is never done again.
        headers = {"Idempotency-Key": str(uuid4())}
        seen: Json = self._until_answered("POST", path, json=body, headers=headers).json()
        return seen

    def _until_answered(self, method: str, path: str, **request: Any) -> httpx.Response:
        deadline = time.monotonic() + self.patience_seconds
        while True:
            try:
                answer = self._http.request(method, path, **request)
            except httpx.TransportError as lost:
                said = f"no answer ({type(lost).__name__})"
            else:
                if answer.is_success:
                    return answer
                problem = answer.json()
                said = f"{problem['code']}: {problem['detail']}"
                if not problem["retryable"]:
                    raise TillRefused(f"{method} {path}: {said}")
                if answer.headers.get("Idempotency-Replayed") == "true":
                    # A no that stands for its key; what may be asked again is another request.
                    request["headers"] = {"Idempotency-Key": str(uuid4())}
            if time.monotonic() > deadline:
                raise TillRefused(f"{method} {path}: {said}")
            time.sleep(_AGAIN_SECONDS)


def _taken(checkout: Json) -> int:
    return sum(offer["status"] in ("held", "applied") for offer in checkout["offers"])


def _charged(checkout: Json) -> int:
    return sum(tender["status"] in ("charged", "planned") for tender in checkout["tenders"])
