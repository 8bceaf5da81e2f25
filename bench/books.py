"""Whether every measured checkout is in everybody's books as it should be."""

from collections.abc import Iterable

from bench.reference import Json, Sale
from bench.rig import OURS, Rig
from bench.rounds import Batch
from tillsaga.demo.agreement import agreement
from tillsaga.demo.movements import net_of
from tillsaga.demo.vendors import leat
from tillsaga.records.database import open_database
from tillsaga.records.effects import SqlEffectBook


async def disagreements(rig: Rig, batches: Iterable[Batch], database_url: str) -> list[str]:
    """Compare each checkout with the vendor's books; ours with the effect records, too."""
    books, found = rig.sandbox.books()[leat.VENDOR], []
    points: set[int] = set()
    database = open_database(database_url)
    records = SqlEffectBook(database)
    try:
        for batch in batches:
            for sale in batch.sales:
                if batch.side == OURS:
                    found += await _our_differences(rig, sale, books, records)
                found += _vendor_differences(batch.side, sale, books)
                points.add(sale.points)
    finally:
        await database.close()
    if len(points) > 1:
        found.append(f"the same sale earned different points: {sorted(points)}")
    return found


def _vendor_differences(side: str, sale: Sale, books: Json) -> list[str]:
    net = net_of(sale.customer.booked(books))
    if net == sale.expected():
        return []
    return [f"{side}, {sale.customer.contact}: the books show {net}, not {sale.expected()}"]


async def _our_differences(rig: Rig, sale: Sale, books: Json, records: SqlEffectBook) -> list[str]:
    """Read the checkout anew: what was earned may have come after the till's last answer."""
    seen = await rig.ours.read(sale.checkout_id)
    sale.points = sum(each["points"] or 0 for each in seen["earned"])
    known = await records.of_checkout(sale.checkout_id)
    compared = agreement(seen, known, sale.customer.booked(books))
    return [f"{sale.checkout_id}: {difference}" for difference in compared.differences]
