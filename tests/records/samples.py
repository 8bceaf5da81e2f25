"""What the records tests write down."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.messages import PaymentReport, PaymentStatus
from tillsaga.domain.model import Json
from tillsaga.records.bill_rows import BillRecord
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import Database

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class StillClock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


def order(
    operation: str = "redeem_voucher",
    *,
    checkout: str = "chk_a",
    subject: str = "v-1",
    amount: int | None = None,
    generation: int = 1,
) -> EffectOrder:
    return EffectOrder(
        checkout_id=checkout,
        store_id="ams-1",
        provider="leat",
        kind="leat",
        operation=operation,
        subject=subject,
        generation=generation,
        amount=amount,
    )


def done(transaction: str | None = "t-1", **data: str) -> Done:
    return Done(reference="r-1", transaction_id=transaction, data=dict(data))


def payment(
    status: PaymentStatus = "captured", amount: int = 10_00, reference: str = "card-1"
) -> PaymentReport:
    return PaymentReport(status=status, type="card", amount=amount, reference=reference)


def view(version: int, status: str = "open", *, attention: bool = False) -> Json:
    items: Json = {"id": "att_1"}
    return {"version": version, "status": status, "attention": [items] if attention else []}


async def open_bill(
    book: SqlCheckoutBook, basket: str = "basket-1", store: str = "ams-1"
) -> BillRecord:
    bill, _ = await book.open_bill(
        store, basket, "print", "till-1", lambda generation: f"chk_{store}_{basket}_{generation}"
    )
    return bill


async def claims(database: Database) -> list[tuple[str, str]]:
    async with database.read() as session:
        rows = await session.execute(text("SELECT subject, checkout_id FROM claims ORDER BY 1"))
        return [(row[0], row[1]) for row in rows]
