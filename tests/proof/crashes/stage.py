"""Where a case is played: a till of its own, a new customer, and what the books have of both."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from uuid import uuid4

import httpx
from rich.console import Console

from tests.proof.crashes.points import LOCK, cut_off
from tests.proof.crashes.stack import CrashStack
from tillsaga.demo.agreement import bill_of
from tillsaga.demo.audience import Audience
from tillsaga.demo.movements import Ledger
from tillsaga.demo.sandbox import Sandbox
from tillsaga.demo.stage import Json, Played, Stage
from tillsaga.demo.till import FINAL, Till, TillRefused
from tillsaga.demo.tour import compare
from tillsaga.dev.stores_template import AMSTERDAM, TERMINAL, DevStore

LOCK_SECONDS = 3600 + 60
_SETTLED_WITHIN = 400.0
"""Above the five minutes after which a vendor is asked again at the latest."""
_LOOK_EVERY, _FOR_A_VOUCHER, _AT_THE_TILL = 0.3, 12.0, 30.0
_QUIET = Audience(Console(quiet=True))

Entry = tuple[Ledger, int | None]
Books = Mapping[Entry, int]
"""What the vendors' books have of a case: each entry by ledger and amount, and how many."""


class Disturbed(Exception):
    """The death that was meant for another sale has taken the lock of this one's voucher along."""


class CaseTill(Till):
    """A till that also says what the demo's tills never say, and knows what to do in trouble."""

    patience_seconds = _SETTLED_WITHIN

    def __init__(self, stage: "CaseStage", store: DevStore) -> None:
        super().__init__(stage.stack.api_url, stage.key, store, stage.terminal)
        self._stage = stage
        self._applied: dict[str, Json] = {}
        self._tendered: list[tuple[str, int, str | None]] = []
        self._again = 0

    def open(self, lines: list[Json], *identifiers: Json) -> Json:
        """Open a checkout, and ask anew for the vendors that died with their worker."""
        checkout = super().open(lines, *identifiers)
        if identifiers:  # the answer may come before the vendors'
            checkout = self.wait_until(checkout, lambda now: now["members"] or now["degraded"])
        while checkout["degraded"]:
            checkout = self.change_basket(checkout, lines)
        return checkout

    def offer(self, checkout: Json, **offer: object) -> Json:
        """Apply an offer; do without a voucher whose lock was lost with its worker."""
        if self._stage.does_without(offer.get("code")):
            return checkout
        if self._stage.is_voucher(offer.get("code")):
            seen = self._offer_voucher(checkout, offer)
        else:
            seen = super().offer(checkout, **offer)
        for taken in _taken(seen) - self._applied.keys():
            self._applied[taken] = offer
        return seen

    def _offer_voucher(self, checkout: Json, offer: Json) -> Json:
        # Nobody stands at a till for longer than this for one voucher.
        self.patience_seconds = _AT_THE_TILL
        try:
            seen = self.say(checkout, "offers", **offer)
            return self.wait_until(seen, lambda now: _taken(now) > _taken(checkout), _FOR_A_VOUCHER)
        except TillRefused:
            self._stage.lose_lock()
            self._applied = {taken: each for taken, each in self._applied.items() if each != offer}
            return self.read(checkout)
        finally:
            self.patience_seconds = _SETTLED_WITHIN

    def tender(self, checkout: Json, kind: str, amount: int, reference: str | None = None) -> Json:
        """Charge a stored value, and remember it."""
        seen = super().tender(checkout, kind, amount, reference)
        self._tendered.append((kind, amount, reference))
        return seen

    def pay(
        self,
        checkout: Json,
        status: str,
        *,
        kind: str = "card",
        attempt: int = 1,
        final: bool | None = None,
    ) -> Json:
        """Report a payment; told to void it, do so, apply anew what was lost, and try again."""
        attempt += self._again
        seen = super().pay(checkout, status, kind=kind, attempt=attempt, final=final)
        if status != "authorized":
            return seen
        seen = self.told_what_to_do(seen)
        if seen["instruction"] == "capture":
            return seen
        super().pay(seen, "voided", kind=kind, attempt=attempt)
        self._again += 1
        return self.pay(self.ready(seen), "authorized", kind=kind)

    def wait_for_end(self, checkout: Json) -> Json:
        """Wait until the checkout has ended; collect what it could not take from a vendor."""
        seen = self.wait_until(
            checkout, lambda now: now["status"] in FINAL or now["instruction"] == "collect"
        )
        if seen["status"] in FINAL:
            return seen
        self._stage.collected = True
        self._again += 1
        return self.wait_for_end(super().pay(seen, "captured", attempt=1 + self._again))

    def told_what_to_do(self, checkout: Json) -> Json:
        """Wait for the word on an authorised payment."""
        return self.wait_until(checkout, lambda now: now["instruction"] in ("capture", "void"))

    def authorise_once(self, checkout: Json, attempt: int) -> Json:
        """Report an authorisation; the story itself expects to be told to void it."""
        return self.told_what_to_do(super().pay(checkout, "authorized", attempt=attempt))

    def ready(self, checkout: Json, **more: object) -> Json:
        """Freeze the basket; what was lost by then is applied and charged anew."""
        seen = self._restored(self.read(checkout))
        try:
            seen = self.say(seen, "ready", **more)
        except TillRefused:
            if not self._lacks(self.read(checkout)):
                raise
            return self.ready(checkout, **more)
        seen = self.wait_until(seen, lambda now: now["status"] == "ready" or self._lacks(now))
        return seen if seen["status"] == "ready" else self.ready(seen, **more)

    def freeze(self, checkout: Json) -> Json:
        """Freeze the basket without what was lost."""
        return super().ready(checkout)

    def _restored(self, checkout: Json) -> Json:
        for lost in self._applied.keys() - _taken(checkout):
            checkout = self.offer(checkout, **self._applied[lost])
        for kind, amount, reference in self._tendered:
            if (kind, amount) not in _charged(checkout):
                checkout = super().tender(checkout, kind, amount, reference)
        return checkout

    def _lacks(self, checkout: Json) -> bool:
        missing = {(kind, amount) for kind, amount, _ in self._tendered} - _charged(checkout)
        return bool(missing or self._applied.keys() - _taken(checkout))

    def wait_until(
        self, checkout: Json, reached: Callable[[Json], bool], seconds: float = _SETTLED_WITHIN
    ) -> Json:
        """Read the checkout again and again; a lock whose key is lost lapses in an hour."""
        if seconds < _SETTLED_WITHIN:
            return super().wait_until(checkout, reached, seconds)
        may_lose = self._stage.may_lose_lock
        try:
            first = _FOR_A_VOUCHER if may_lose else _AT_THE_TILL
            return super().wait_until(checkout, reached, first)
        except TillRefused:
            if may_lose:
                self._stage.let_locks_lapse()
            else:
                self._stage.insist_on_its_lock()
        return super().wait_until(checkout, reached, seconds)

    def refund(self, checkout: Json, refund_id: str, **more: object) -> Json:
        """Give a sale back, and wait until no vendor has anything to do about it any more.

        Not before all have been told of the sale: what one has not been told yet is withdrawn, and
        the books would say nothing of it, which is right and not the same.
        """
        self.wait_until(self.read(checkout), _is_told)
        super().refund(checkout, refund_id, **more)
        return self._refunded(refund_id)

    def _refunded(self, refund_id: str) -> Json:
        deadline = time.monotonic() + _SETTLED_WITHIN
        while (refund := self.read_refund({"refund_id": refund_id}))["status"] == "pending":
            if time.monotonic() > deadline:
                raise TillRefused(f"the refund {refund_id} stays pending")
            time.sleep(_LOOK_EVERY)
        return refund

    def open_with(self, lines: list[Json], *identifiers: Json, **more: object) -> Json:
        """Open a checkout with other fields than usual."""
        basket = {"id": str(uuid4()), "currency": self._currency, "lines": lines}
        body = self._place | {"basket": basket, "identifiers": identifiers}
        return self._post("/checkouts", body | more)

    def say(self, checkout: Json, action: str, **body: object) -> Json:
        """Post something to a checkout."""
        return self._act(checkout, action, body)

    def return_goods(self, lines: list[Json], *identifiers: Json) -> Json:
        """Give goods back without their sale."""
        body: Json = {"refund_id": f"ret-{uuid4().hex}", "lines": lines, "reason": "no receipt"}
        body |= {"currency": self._currency, "identifiers": identifiers, "payment_type": "cash"}
        body |= {"approved_by": "m-3", "cashier_id": f"c-{uuid4().hex[:8]}"}
        self._post("/refunds", self._place | body)
        return self._refunded(body["refund_id"])

    def drop_tender(self, checkout: Json, tender_id: str) -> Json:
        """Take a tender back, and see that it is."""
        self._tendered.clear()
        path, key = f"/checkouts/{checkout['id']}/tenders/{tender_id}", str(uuid4())
        self._until_answered("DELETE", path, headers={"Idempotency-Key": key})
        return self.wait_until(self.read(checkout), lambda now: _is_back(now, tender_id))

    def change_basket(self, checkout: Json, lines: list[Json]) -> Json:
        """Change what is sold; what pays for it follows."""
        self._tendered.clear()
        basket = {"id": checkout["basket"]["id"], "currency": self._currency, "lines": lines}
        path, headers = f"/checkouts/{checkout['id']}/basket", {"Idempotency-Key": str(uuid4())}
        self._until_answered("PUT", path, json={"basket": basket}, headers=headers)
        return self.read(checkout)


def _taken(checkout: Json) -> set[str]:
    standing = ("held", "applied", "redeemed")
    return {offer["id"] for offer in checkout["offers"] if offer["status"] in standing}


def _charged(checkout: Json) -> set[tuple[str, int]]:
    standing = ("charged", "planned")
    return {(t["type"], t["amount"]) for t in checkout["tenders"] if t["status"] in standing}


def _is_told(checkout: Json) -> bool:
    return all(e["status"] not in ("pending", "in_doubt") for e in checkout["effects"])


def _is_back(checkout: Json, tender_id: str) -> bool:
    return all(t["status"] == "reversed" for t in checkout["tenders"] if t["id"] == tender_id)


class CrowdedSandbox(Sandbox):
    """The sandbox, asked by many at once: its books grow with every case, and take long to read.

    Who asks while they are read shares the next reading with all who wait.
    """

    def __init__(self, sandbox_url: str) -> None:
        super().__init__(sandbox_url)
        self._http.timeout = httpx.Timeout(60)
        self._reading = Lock()
        self._begun = float("-inf")
        self._read: Json = {}

    def books(self) -> dict[str, Json]:
        """Read every vendor's books, as they are now or later."""
        asked = time.monotonic()
        with self._reading:
            if self._begun < asked:
                self._begun = time.monotonic()
                self._read = super().books()
            return self._read


class CaseStage(Stage):
    """The stage of one case: whatever the story says, it is played at one till."""

    sandbox: "Seeds"
    stack: CrashStack

    def __init__(
        self,
        stack: CrashStack,
        sandbox: CrowdedSandbox,
        key: str,
        terminal: str,
        *,
        without_voucher: bool = False,
        may_lose_lock: bool = False,
    ) -> None:
        super().__init__(stack, Seeds(sandbox), key, _QUIET)
        self.terminal, self.key = terminal, key
        self.without_voucher = without_voucher
        self.may_lose_lock = may_lose_lock
        self.lock_was_lost = False
        self.collected = False

    def lose_lock(self) -> None:
        """Note that the voucher is locked, and nobody has the key.

        Raises:
            Disturbed: it is not what this case is about, but another's death met its lock.
        """
        if not self.may_lose_lock:
            raise Disturbed
        self.lock_was_lost = True

    def insist_on_its_lock(self) -> None:
        """What waits for a lock whose key died with a worker would wait for an hour.

        Raises:
            Disturbed: as `lose_lock`.
        """
        if cut_off(self.stack.switchboard.reached(self.terminal), LOCK):
            raise Disturbed

    def let_locks_lapse(self) -> None:
        """Nobody can ask Leat for the key of a lock; an hour later there is none."""
        self.stack.set_vendors_clock(advance_seconds=LOCK_SECONDS)

    def till(self, store: DevStore = AMSTERDAM, terminal: str = TERMINAL) -> CaseTill:
        """Man the till."""
        return CaseTill(self, store)

    def is_voucher(self, code: object) -> bool:
        """Whether a code is that of the customer's voucher at Leat."""
        return code in self.sandbox.vouchers

    def does_without(self, code: object) -> bool:
        """Whether the voucher of this code is left alone."""
        return self.without_voucher and self.is_voucher(code)


class Seeds(Sandbox):
    """The sandbox, with a memory of the vouchers that it has given to the case's customer."""

    def __init__(self, sandbox: CrowdedSandbox) -> None:
        self._http, self._crowded = sandbox._http, sandbox
        self.vouchers: set[str] = set()

    def books(self) -> dict[str, Json]:
        """Read them together with the other cases."""
        return self._crowded.books()

    def seed(self, vendor: str, wanted: Json) -> Json:
        """Add to a vendor's world; answers the ids."""
        made = super().seed(vendor, wanted)
        for contact in made.get("contacts", ()):
            self.vouchers |= {voucher["code"] for voucher in contact["vouchers"]}
        return made


@dataclass(frozen=True)
class Ended:
    """How a case ended."""

    checkout: Json
    books: Books
    differences: tuple[str, ...]

    @property
    def status(self) -> str:
        """The checkout's."""
        return str(self.checkout["status"])

    @property
    def attention(self) -> list[str]:
        """The codes of what is left to a person."""
        return sorted(case["code"] for case in self.checkout["attention"])


def see_through(stage: CaseStage, played: Played) -> Ended:
    """Wait until nothing goes on any more, and read all books."""
    if stage.lock_was_lost:
        stage.let_locks_lapse()
    deadline = time.monotonic() + _SETTLED_WITHIN
    while any(map(stage.stack.is_running, _workflows_of(played.checkout))):
        if time.monotonic() > deadline:
            raise TillRefused(f"{played.checkout['id']} runs on and on")
        time.sleep(_LOOK_EVERY)
    with stage.till() as till:
        checkout = till.read(played.checkout)
    agreed = compare(stage, Played(played.shopper, checkout))
    booked = played.shopper.booked(stage.sandbox.books(), bill_of(checkout))
    return Ended(checkout, Counter((m.ledger, m.amount) for m in booked), agreed.differences)


def _workflows_of(checkout: Json) -> tuple[str, ...]:
    return checkout["id"], f"claim-{checkout['id']}"
