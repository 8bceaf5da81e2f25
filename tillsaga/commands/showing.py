"""What `tillsaga checkout show` shows."""

from rich.console import Console
from rich.table import Table

from tillsaga.commands.loading import records
from tillsaga.domain.model import Model
from tillsaga.domain.ports import CallRecord, Facts
from tillsaga.records.bill_rows import BillRecord
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.settings import Settings


class KnownCheckout(Model):
    """A checkout as the records have it."""

    bill: BillRecord
    facts: Facts


async def read_checkout(settings: Settings, checkout_id: str) -> KnownCheckout | None:
    """Read a checkout from the records."""
    async with records(settings) as database:
        book = SqlCheckoutBook(database)
        bill = await book.find(checkout_id)
        return KnownCheckout(bill=bill, facts=await book.facts(checkout_id)) if bill else None


def as_document(known: KnownCheckout) -> str:
    """Write it for programs: the last view, and the records behind it."""
    return known.model_dump_json(indent=2, exclude={"facts": {"state"}})


def show_checkout(known: KnownCheckout) -> None:
    """Write it for people."""
    console, bill = Console(), known.bill
    attention = ", needs attention" if bill.attention else ""
    console.print(f"[bold]{bill.checkout_id}[/] {bill.status}{attention}")
    console.print(f"{bill.store_id}, {bill.terminal_id}, basket {bill.basket_id}")
    console.print(f"opened {bill.created_at:%Y-%m-%d %H:%M:%S} UTC, version {bill.version}")
    console.print(_effects(known.facts))
    if known.facts.payments:
        console.print(_payments(known.facts))


def _effects(facts: Facts) -> Table:
    table = Table("effect", "vendor", "amount", "done", "taken back", "attempts", title="Effects")
    for record in facts.effects:
        order, do = record.order, record.do
        amount = "" if order.amount is None else str(order.amount)
        attempts = str(do.attempts + (record.undo.attempts if record.undo else 0))
        names = (order.operation, order.provider, amount)
        table.add_row(*names, _call(do), _call(record.undo), attempts)
    return table


def _call(call: CallRecord | None) -> str:
    if call is None:
        return ""
    reference = call.done.reference if call.done else call.code
    return f"{call.state} {reference or ''}".strip()


def _payments(facts: Facts) -> Table:
    table = Table("payment", "status", "type", "amount", "verdict", title="Payments")
    for fact in facts.payments:
        report = fact.report
        table.add_row(fact.reference, report.status, report.type, str(report.amount), fact.verdict)
    return table
