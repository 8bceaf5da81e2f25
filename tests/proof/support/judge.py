"""The judge: the vendors' books, held against the till's view, the records and a quiet day."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tillsaga.demo.agreement import agreement
from tillsaga.demo.movements import Movement, Net
from tillsaga.demo.vendors import wll
from tillsaga.domain.ports import EffectRecord

Json = dict[str, Any]
HARMLESS = {wll.ACTIVATED}
"""What a vendor may go on showing after a sale that failed: the voucher can still be used."""


@dataclass(frozen=True)
class Ended:
    """How a sale ended, in the till's words and in the vendors'."""

    view: Json
    net: Net

    @property
    def status(self) -> str:
        return str(self.view["status"])

    @property
    def cases(self) -> list[str]:
        """What waits for a person, by code."""
        return sorted(case["code"] for case in self.view["attention"])


def ended(view: Json, records: Sequence[EffectRecord], booked: Sequence[Movement]) -> Ended:
    """Take down how a sale ended, once books, records and view tell the same story."""
    agreed = agreement(view, records, booked)
    assert agreed.differences == (), agreed.differences
    left_open = [e["id"] for e in view["effects"] if e["status"] in ("pending", "in_doubt")]
    assert left_open == [], (view["status"], left_open)
    return Ended(view, agreed.net)


def judge(end: Ended, quiet: Ended, *, paid: bool) -> None:
    """The whole sale or nothing, and never nothing for what is paid.

    What was spent for good before the sale failed is a person's, item by item.
    """
    if paid:
        assert end.status == quiet.status == "completed"
        assert end.net == quiet.net, end.cases
        assert end.cases == quiet.cases
        return
    assert end.status in ("cancelled", "expired")
    for_good = [e for e in end.view["effects"] if e["status"] in ("irreversible", "manual")]
    known = {case["effect_id"] for case in end.view["attention"]}
    assert [e["id"] for e in for_good if e["id"] not in known] == []
    moved = {ledger: net for ledger, net in end.net.items() if ledger not in HARMLESS}
    assert bool(moved) <= bool(for_good), (moved, end.cases)
    rest = [e for e in end.view["effects"] if e not in for_good and _stands(e)]
    assert rest == [], rest


def _stands(effect: Json) -> bool:
    harmless = effect["reversibility"] == "none_needed"
    return effect["status"] not in ("reversed", "refused") and not harmless
