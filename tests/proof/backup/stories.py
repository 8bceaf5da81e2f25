"""What tills did before a backup, after it, and after the restore."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from tests.proof.backup.journal import JournalTill
from tillsaga.demo.shopper import Shopper
from tillsaga.demo.stories.building import LINES
from tillsaga.dev.stores_template import (
    AMSTERDAM,
    NEW_YORK,
    QUICK_TERMINAL,
    TERMINAL,
    UTRECHT,
    DevStore,
)

Step = Callable[[JournalTill, Shopper], None]


def open_(till: JournalTill, shopper: Shopper) -> None:
    known = {"wll": shopper.wll.identifier, "loyale": shopper.loyale.identifier}
    cards = [card for vendor, card in known.items() if vendor in till.store.vendors]
    till.open(LINES, shopper.leat.identifier, *cards)


def giftcard(till: JournalTill, shopper: Shopper) -> None:
    till.act("tenders", type="giftcard", amount=5_00, reference=shopper.leat.giftcard_code)


def prepaid(till: JournalTill, _: Shopper) -> None:
    till.act("tenders", type="prepaid", amount=4_00)


def voucher(till: JournalTill, shopper: Shopper) -> None:
    till.act("offers", code=shopper.leat.voucher_code)


def ready(till: JournalTill, _: Shopper) -> None:
    till.act("ready")


def authorized(till: JournalTill, _: Shopper) -> None:
    _pay(till, "authorized", till.seen["totals"]["due_amount"])


def captured(till: JournalTill, _: Shopper) -> None:
    known = [p["amount"] for p in till.seen["payments"]]
    _pay(till, "captured", known[0] if known else till.seen["totals"]["due_amount"])


def _pay(till: JournalTill, status: str, amount: int) -> None:
    till.act("payments", status=status, type="card", amount=amount, reference="card-1")


def cancel(till: JournalTill, _: Shopper) -> None:
    till.act("cancel", reason="the customer left")


def refund(till: JournalTill, _: Shopper) -> None:
    till.settled()
    till.act("refunds", refund_id=f"r-{till.seen['id']}", reason="returned")


def settled(till: JournalTill, _: Shopper) -> None:
    till.settled()


SALE = (ready, authorized, captured, settled)
Afterwards = Literal["repeats", "is silent"]


@dataclass(frozen=True)
class Story:
    """One till: what is in the backup, what is lost, what it does after the restore.

    `ends` is how its checkout may stand then; `attention` the cases that a person is given.
    """

    before: Sequence[Step]
    lost: Sequence[Step]
    ends: str
    afterwards: Afterwards = "repeats"
    attention: Sequence[str] = ()
    store: DevStore = UTRECHT
    terminal: str = TERMINAL
    extras: Sequence[str] = ()
    """What of it only the vendors' books have: ledgers of Leat."""
    refused: Sequence[str] = ()
    """What the till may be told when it repeats: a charge that is found is found given back too."""


STORIES: dict[str, Story] = {
    "everything but the opening is lost": Story((open_,), (giftcard, prepaid, *SALE), "completed"),
    "charged, and the payment is lost": Story((open_, giftcard, prepaid), SALE, "completed"),
    "ready, and the payment is lost": Story((open_, giftcard, ready), SALE[1:], "completed"),
    "authorised, and the capture is lost": Story(
        (open_, giftcard, ready, authorized), (captured, settled), "completed"
    ),
    "charged, and the cancellation is lost": Story(
        (open_, giftcard, prepaid), (cancel, settled), "cancelled"
    ),
    "a charge and its cancellation are lost": Story(
        (open_, prepaid), (giftcard, cancel, settled), "cancelled", refused=("tender_refused",)
    ),
    "completed, and the refund is lost": Story(
        (open_, giftcard, *SALE), (refund, settled), "completed"
    ),
    "the whole sale is lost": Story((), (open_, giftcard, prepaid, *SALE), "completed"),
    "the whole sale is lost, in dollars": Story(
        (), (open_, giftcard, *SALE), "completed", store=NEW_YORK
    ),
    "held, and the sale is lost, in Amsterdam": Story(
        (open_, voucher, giftcard), SALE, "completed", store=AMSTERDAM
    ),
    "paid in the lost time, and the till is silent": Story(
        (open_, giftcard),
        SALE,
        "open",
        "is silent",
        attention=("payment_unknown",),
        terminal=QUICK_TERMINAL,
    ),
    "sold in the lost time, and nobody says so again": Story(
        (), (open_, giftcard, prepaid, *SALE), "unknown", "is silent", extras=("giftcard", "order")
    ),
    "completed before": Story((open_, giftcard, *SALE), (), "completed"),
}
