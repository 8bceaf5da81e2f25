"""Webhooks: what is told to whom, how a delivery stands, and when it is tried again.

A delivery is one event for one endpoint. Its id is made of what it tells, so that whoever tells
it again, after a reset or a lost answer, meets the first one.
"""

import hashlib
import json
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol

from temporalio.common import RetryPolicy

from tillsaga.domain.model import Instant, Json, Model

EventType = Literal[
    "checkout.completed",
    "checkout.cancelled",
    "checkout.expired",
    "checkout.offers_appended",
    "checkout.attention_required",
    "refund.completed",
]
DeliveryStatus = Literal["pending", "delivered", "failed"]
Failing = Literal["gave_up", "endpoint_disabled", "endpoint_removed"]
"""Why a delivery ended undelivered."""

DELIVER = "DeliverWebhook"
WAKE = "wake"
LARGEST_BODY = 20_000
"""Bytes; a larger event says only where to read the rest."""

WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
    timedelta(hours=24),
    timedelta(hours=20),
)
"""Between one attempt and the next: five days in all."""
JITTER = 0.1
"""So much longer a wait may be, so that an endpoint that is back is not met by all at once."""
LONGEST_WISH = timedelta(hours=24)
"""An endpoint's `Retry-After` is honoured up to here."""
FOR_FIVE_DAYS = RetryPolicy(
    # Only where a worker died in the middle: a failed attempt names its own wait.
    initial_interval=WAITS[0],
    backoff_coefficient=4,
    maximum_interval=WAITS[3],
    maximum_attempts=len(WAITS) + 1,
)


class Event(Model):
    """Something that happened to a checkout, as it was then.

    `subject` tells it from others of its type in the same checkout. `data` is the checkout, or
    the refund, as the API shows it.
    """

    type: EventType
    subject: str = ""
    store_id: str
    checkout_id: str
    refund_id: str | None = None
    version: int
    at: Instant
    data: Json


class Endpoint(Model):
    """Where the events of some stores go. `config` changes when anything about it does."""

    id: str
    url: str
    config: str


class Delivery(Model):
    """An event on its way to one endpoint, and what came of it.

    `attempts` counts requests, over all redeliveries. `response_status` and `note` are of the last
    one; `failure` says why there is none to come. `by_hand`: a person asked for it, so it is tried
    although the endpoint is disabled.
    """

    id: str
    type: EventType
    endpoint_id: str
    store_id: str
    checkout_id: str
    refund_id: str | None
    version: int
    status: DeliveryStatus
    attempts: int
    response_status: int | None
    failure: Failing | None
    note: str | None
    by_hand: bool
    payload: Json
    created_at: Instant
    last_attempt_at: Instant | None
    ended_at: Instant | None


class Mailbox(Model):
    """The deliveries of one checkout to one endpoint, which go out one after another."""

    endpoint_id: str
    checkout_id: str

    @property
    def workflow_id(self) -> str:
        """Who delivers them."""
        return f"webhook-{self.endpoint_id}-{self.checkout_id}"

    @property
    def summary(self) -> str:
        """Say for people whose events go where."""
        return f"{self.checkout_id} to {self.endpoint_id}"


class NextDelivery(Model):
    """What is to be delivered next."""

    id: str
    type: EventType
    version: int


class EndOfDelivery(Model):
    """A delivery that is given up, and why."""

    id: str
    note: str


class Answer(Model):
    """What an endpoint said to one request: an HTTP status, or none and why."""

    status: int | None = None
    trouble: str | None = None
    retry_after: timedelta | None = None

    @property
    def is_good(self) -> bool:
        """Whether it has the event now."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def in_words(self) -> str:
        """For people; never a part of what was answered."""
        return self.trouble or f"HTTP {self.status}"


class DeliveryBook(Protocol):
    """Deliveries as rows."""

    async def note(self, event: Event, endpoints: Sequence[Endpoint]) -> list[Mailbox]:
        """Write a delivery for each endpoint, unless it is there; answers those to be woken."""
        ...

    async def next(self, mailbox: Mailbox) -> NextDelivery | None:
        """Find the earliest version that waits."""
        ...

    async def find(self, delivery_id: str) -> Delivery | None:
        """Read one."""
        ...

    async def is_disabled(self, endpoint: Endpoint, store_id: str) -> bool:
        """Whether the endpoint, configured as it is, has said 410 for this store."""
        ...

    async def attempted(self, delivery_id: str, answer: Answer) -> None:
        """Note an attempt that is to be repeated."""
        ...

    async def delivered(self, delivery_id: str, answer: Answer, endpoint: Endpoint) -> None:
        """End it well; an endpoint that was disabled is not any more."""
        ...

    async def gone(self, delivery_id: str, answer: Answer, endpoint: Endpoint) -> None:
        """End it, and disable the endpoint for the store."""
        ...

    async def give_up(self, delivery_id: str, why: Failing, detail: str) -> None:
        """End what waits, undelivered."""
        ...

    async def waiting(self) -> list[Mailbox]:
        """Name all mailboxes with something that waits."""
        ...

    async def forget(self, before: datetime) -> None:
        """Delete what ended before."""
        ...


class Endpoints(Protocol):
    """The endpoints of the configuration."""

    def of_store(self, store_id: str) -> Sequence[Endpoint]:
        """List those that hear of a store."""
        ...

    def find(self, endpoint_id: str, store_id: str) -> Endpoint | None:
        """Find one, if it still hears of the store."""
        ...


class Sender(Protocol):
    """The HTTP side; fills in signatures."""

    async def send(self, endpoint_id: str, delivery_id: str, body: bytes) -> Answer:
        """Post it once."""
        ...


def delivery_id(endpoint_id: str, event: Event) -> str:
    """Name a delivery; it is the `webhook-id` of each of its attempts."""
    told = "\n".join((endpoint_id, event.checkout_id, event.type, event.subject))
    return f"whd_{hashlib.sha256(told.encode()).hexdigest()[:24]}"


def payload_of(event: Event) -> Json:
    """Write down what the endpoint gets; thin where it would be too large."""
    at = event.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    head: Json = {"type": event.type, "timestamp": at}
    whole: Json = {**head, "data": {**event.data, "links": {"self": _address(event)}}}
    return whole if len(body_of(whole)) < LARGEST_BODY else {**head, "data": thin(event)}


def thin(event: Event) -> Json:
    """Say only what it is about, and where to read it."""
    refund: Json = {"refund_id": event.refund_id} if event.refund_id else {"id": event.checkout_id}
    return {
        **refund,
        "checkout_id": event.checkout_id,
        "status": event.data.get("status"),
        "version": event.version,
        "links": {"self": _address(event)},
    }


def _address(event: Event) -> str:
    if event.refund_id is not None:
        return f"/v1/refunds/{event.refund_id}"
    return f"/v1/checkouts/{event.checkout_id}"


def body_of(payload: Json) -> bytes:
    """Write the bytes that are signed and sent.

    >>> body_of({"type": "checkout.completed", "data": {"version": 4}})
    b'{"type":"checkout.completed","data":{"version":4}}'
    """
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def wait_after(attempt: int, wish: timedelta | None = None) -> timedelta:
    """Say when to try again after an attempt, counted from 1.

    An endpoint's wish may lengthen the wait, and never shorten it.

    >>> wait_after(1) < timedelta(seconds=6) < wait_after(2) < wait_after(3)
    True
    >>> wait_after(1, wish=timedelta(minutes=10))
    datetime.timedelta(seconds=600)
    """
    usual = WAITS[min(attempt, len(WAITS)) - 1]
    usual += usual * JITTER * random.random()
    return max(usual, min(wish or usual, LONGEST_WISH))
