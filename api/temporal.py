"""Temporal as the door uses it: one message to one checkout, addressed by name.

`TemporalGateway` fills this; nothing else at the door knows the SDK.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from pydantic import JsonValue

from tillsaga.domain.checkout import Status
from tillsaga.domain.evidence import BooksAnswer, BooksQuestion
from tillsaga.domain.messages import Context, TillMessage
from tillsaga.domain.model import Json
from tillsaga.domain.reads import LookUpAnswer, LookUpOrder, ScanAnswer, ScanOrder
from tillsaga.domain.view import RefusalBody, StartCheckout
from tillsaga.domain.webhooks import Mailbox
from tillsaga.evidence.histories import Histories


class Gone(Exception):
    """No run of the checkout takes messages any more."""


class NoAnswer(Exception):
    """Nothing came in time. What was sent may still be carried out."""


class Unreachable(Exception):
    """Temporal itself does not answer, or cannot serve."""


class Crowded(Exception):
    """Too many messages wait at this checkout."""


class HandlerFailed(Exception):
    """The checkout's own code failed on the message."""


@dataclass(frozen=True)
class Start:
    """How to start the checkout if none runs. `again`: although an earlier run has ended.

    `workflow` and `status` are of another workflow about the checkout, such as `Claim`.
    """

    order: StartCheckout
    summary: str
    due_amount: int
    request_id: str
    again: bool = False
    workflow: str = "Checkout"
    status: Status = "open"


@dataclass(frozen=True)
class Letter:
    """One till message. The same `update_id` always gets the first outcome.

    `to` is the id of another workflow about the checkout, that takes the message instead.
    """

    checkout_id: str
    name: str
    message: TillMessage
    context: Context
    update_id: str
    start: Start | None = None
    to: str | None = None

    @property
    def workflow_id(self) -> str:
        """Whom the message goes to."""
        return self.to or self.checkout_id


class Queue(NamedTuple):
    """One of Temporal's task queues: it hands out workflow tasks, or activities."""

    name: str
    type: Literal["workflow", "activity"]


class QueueState(NamedTuple):
    """Who has asked a queue for work lately, and what nobody has taken yet."""

    name: str
    type: str
    pollers: int
    backlog: int
    oldest_seconds: float


class Answer(NamedTuple):
    """What the checkout said: the view, for a no also the refusal, or what else was asked for."""

    status: int
    checkout: Json
    refusal: RefusalBody | None = None
    answer: Json | None = None


class Gateway(Protocol):
    """What the door needs of Temporal. All times are seconds from now.

    Every method may raise `NoAnswer` and `Unreachable`.
    """

    async def update(self, letter: Letter, within: float) -> Answer:
        """Send a message and wait for its answer.

        Raises:
            Gone: no run is there for it, or the run ended meanwhile.
            Crowded: the checkout has too many messages in hand.
            HandlerFailed: the checkout's code failed.
        """
        ...

    async def answered(self, letter: Letter, run_id: str, within: float) -> Answer | None:
        """Say what an earlier run answered the same message; None if it has not, or is forgotten.

        Raises:
            HandlerFailed: as `update`.
        """
        ...

    async def is_taken(self, letter: Letter, within: float) -> bool:
        """Say whether a message without an answer was taken: then it will be carried out."""
        ...

    async def heartbeat(self, checkout_id: str, start: Start | None, within: float) -> None:
        """Send the sign of life as a Signal; `Gone` without a run and without `start`."""
        ...

    async def query(self, checkout_id: str, name: str, within: float) -> JsonValue:
        """Read `checkout`, `plan` or `receipt`; `Gone` if Temporal no longer knows it."""
        ...

    async def look_up(self, order: LookUpOrder, within: float) -> LookUpAnswer:
        """Ask the store's vendors something, without a checkout."""
        ...

    async def scan(self, order: ScanOrder, within: float) -> ScanAnswer:
        """Ask all of a store's vendors whose a scanned string is."""
        ...

    async def erase(self, erasure_id: str, within: float) -> None:
        """Have the ordered erasure carried out, and wait for its end."""
        ...

    async def wake_webhooks(self, mailbox: Mailbox, within: float) -> None:
        """Have what waits for an endpoint delivered."""
        ...

    async def read_books(self, question: BooksQuestion, within: float) -> BooksAnswer:
        """Ask a vendor what its books say about one effect."""
        ...

    async def histories(self, checkout_id: str, runs: Sequence[str]) -> Histories:
        """Read the histories of a checkout's runs; one that cannot be read is named."""
        ...

    async def queues(self, queues: Sequence[Queue], within: float) -> list[QueueState]:
        """Say how much waits in each queue, and for how many workers."""
        ...

    async def is_up(self, within: float) -> bool:
        """Say whether Temporal answers."""
        ...
