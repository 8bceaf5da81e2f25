"""Whether every measured checkout is in everybody's books as it should be."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from bench.reference import OURS, Json, Sale
from bench.rig import Rig
from tillsaga.demo.agreement import agreement
from tillsaga.demo.movements import net_of
from tillsaga.demo.vendors import leat
from tillsaga.records.database import open_database
from tillsaga.records.effects import SqlEffectBook

_BY_CONTACT = ("vouchers", "reward_receptions", "orders")


class VendorBooks:
    """The vendor's books, a customer's at a time: to look through all for each takes too long."""

    def __init__(self, books: Json) -> None:
        """Sort them."""
        self._books = books
        self._theirs: dict[str, defaultdict[str, Json]] = {}
        for name in _BY_CONTACT:
            self._theirs[name] = defaultdict(dict)
            for uuid, entry in books[name].items():
                self._theirs[name][entry["contact"]][uuid] = entry

    def of(self, customer: leat.Customer) -> Json:
        """Open them where a customer stands."""
        theirs = {name: self._theirs[name][customer.contact] for name in _BY_CONTACT}
        return self._books | theirs


async def disagreements(
    rig: Rig, sales: Mapping[str, Sequence[Sale]], database_url: str
) -> list[str]:
    """Compare each side's checkouts with the vendor's books; ours with our records, too."""
    books = VendorBooks(await rig.books())
    found: list[str] = []
    database = open_database(database_url)
    records = SqlEffectBook(database)
    try:
        for sale in sales.get(OURS, ()):
            seen = await rig.ours.read(sale.checkout_id)
            # What was earned may have come after the till's last answer.
            sale.points = sum(each["points"] or 0 for each in seen["earned"])
            found += await our_differences(seen, sale, books, records)
    finally:
        await database.close()
    for side, played in sales.items():
        found += [words for sale in played for words in vendor_differences(side, sale, books)]
    points = {sale.points for played in sales.values() for sale in played}
    if len(points) > 1:
        found.append(f"the same sale earned different points: {sorted(points)}")
    return found


def vendor_differences(side: str, sale: Sale, books: VendorBooks) -> list[str]:
    """Say where the vendor's books show anything but the one sale."""
    net = net_of(sale.customer.booked(books.of(sale.customer)))
    if net == sale.expected():
        return []
    return [f"{side}, {sale.customer.contact}: the books show {net}, not {sale.expected()}"]


async def our_differences(
    seen: Json, sale: Sale, books: VendorBooks, records: SqlEffectBook
) -> list[str]:
    """Say where the till's view, our records and the vendor's books differ."""
    known = await records.of_checkout(sale.checkout_id)
    compared = agreement(seen, known, sale.customer.booked(books.of(sale.customer)))
    return [f"{sale.checkout_id}: {difference}" for difference in compared.differences]
