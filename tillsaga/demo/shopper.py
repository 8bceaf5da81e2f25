"""A shopper: one person who is a fresh customer of all five vendors, whatever the store."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tillsaga.demo.movements import Bill, Json, Movement
from tillsaga.demo.sandbox import Sandbox
from tillsaga.demo.vendors import koupon, leat, letstrade, loyale, wll
from tillsaga.domain.ports import EffectRecord

_RECORDED = {
    leat.VENDOR: leat.recorded,
    letstrade.VENDOR: letstrade.recorded,
    wll.VENDOR: wll.recorded,
    loyale.VENDOR: loyale.recorded,
    koupon.VENDOR: koupon.recorded,
}


@dataclass(frozen=True)
class Shopper:
    """What one person has at each vendor, and nobody else."""

    leat: leat.Customer
    letstrade: letstrade.Customer
    wll: wll.Customer
    loyale: loyale.Customer
    koupon: koupon.Customer

    def booked(self, books: Mapping[str, Json], bill: Bill) -> Iterator[Movement]:
        """Write every vendor's books as movements: where nothing should have moved, too."""
        yield from self.leat.booked(books[leat.VENDOR])
        yield from self.letstrade.booked(books[letstrade.VENDOR], bill)
        yield from self.wll.booked(books[wll.VENDOR], bill)
        yield from self.loyale.booked(books[loyale.VENDOR])
        yield from self.koupon.booked(books[koupon.VENDOR])


def new_shopper(sandbox: Sandbox) -> Shopper:
    """Add somebody to every vendor's world."""
    return Shopper(
        leat=leat.new_customer(sandbox),
        letstrade=letstrade.new_customer(sandbox),
        wll=wll.new_customer(sandbox),
        loyale=loyale.new_customer(sandbox),
        koupon=koupon.new_customer(sandbox),
    )


def recorded(records: Iterable[EffectRecord]) -> Iterator[Movement]:
    """Write the effect records of a checkout as movements, vendor by vendor."""
    known = list(records)
    for kind, write in _RECORDED.items():
        yield from write(record for record in known if record.order.kind == kind)
