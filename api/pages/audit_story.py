"""What the audit page tells of a checkout, read and tried."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from api.dependencies import Place
from api.pages.diagrams import gantt, sequence_diagram
from api.pages.shapes import Picture
from api.pages.timeline import draw
from api.services import Services
from tillsaga.domain.audit import AuditEntry, Finding
from tillsaga.domain.audit_checks import Check, Evidence, checks_of
from tillsaga.domain.audit_effects import ToldEffect, documents, told_effects, words
from tillsaga.domain.audit_ledger import Account, accounts_of
from tillsaga.domain.audit_sale import ToldSale, told_sale
from tillsaga.domain.model import Json
from tillsaga.domain.ports import EffectRecord, Facts
from tillsaga.evidence.documents import timeline
from tillsaga.records.audit import Trail
from tillsaga.stores import Store

_READINGS = 5
_BY_PEOPLE = frozenset({"exported", "erased", "restored", "pruned"})


@dataclass(frozen=True)
class Story:
    """One checkout; `view` is empty where the API has none."""

    checkout_id: str
    store: Store
    view: Json
    trail: Trail
    findings: Sequence[Finding]
    effects: Sequence[ToldEffect]
    sale: ToldSale
    accounts: Sequence[Account]
    checks: Sequence[Check]
    picture: Picture

    @property
    def entries(self) -> list[AuditEntry]:
        """All entries in the order of time."""
        return timeline(self.trail)

    @property
    def people(self) -> list[AuditEntry]:
        """What people did, and why they said they did."""
        return [entry for entry in self.entries if entry.reason or entry.kind in _BY_PEOPLE]

    @property
    def opened(self) -> Json:
        """What the chain says of the bill."""
        return next((e.facts for e in self.entries if e.kind == "opened"), {})

    @property
    def currency(self) -> str:
        """The sale's currency."""
        return words(self.view, "currency") or self.store.currency

    @property
    def status(self) -> str:
        """The checkout's status as it is; while nobody can tell, as it was last decided."""
        return words(self.view, "status") or self.sale.status or "unknown"

    @property
    def totals(self) -> Mapping[str, object]:
        """The sums, minor units."""
        totals = self.view.get("totals")
        return totals if isinstance(totals, dict) else self.sale.totals

    @property
    def cases(self) -> list[Json]:
        """What waits for a person."""
        return documents(self.view, "attention")

    @property
    def began_at(self) -> datetime | None:
        """The time of the first entry."""
        return self.entries[0].at if self.trail.entries else None

    @property
    def ended_at(self) -> datetime | None:
        """When it was archived for the first time."""
        return next((entry.at for entry in self.entries if entry.kind == "archived"), None)

    @property
    def broken(self) -> list[Check]:
        """The checks that do not hold."""
        return [check for check in self.checks if check.verdict == "broken"]

    @property
    def sequence(self) -> str:
        """Mermaid's text of who said what to whom."""
        return sequence_diagram(self.entries, self.effects)

    @property
    def gantt(self) -> str:
        """Mermaid's text of all calls."""
        return gantt(self.effects)

    def in_store_time(self, at: datetime) -> datetime:
        """Tell a time as the clock in the store showed it."""
        return at.astimezone(ZoneInfo(self.store.timezone))


async def read_story(services: Services, place: Place, view: Json) -> Story:
    """Read a checkout's chain and records, and try what must hold of them."""
    trail, facts, numbers = await _read(services, place.checkout_id)
    store = services.stores.store(place.store_id)
    assert store is not None, "whoever may see the checkout has its store"
    findings = trail.verified()
    effects, sale = told_effects(trail.entries), told_sale(trail.entries)
    records = _by_number(facts, numbers)
    accounts = accounts_of(effects, sale, records, view, keeps_rewards=_keeps_rewards(facts))
    evidence = Evidence(
        entries=trail.entries,
        findings=findings,
        roots=len(trail.witnesses),
        effects=effects,
        sale=sale,
        accounts=accounts,
        records=records,
        finalises=_finalises(facts, effects),
    )
    return Story(
        checkout_id=place.checkout_id,
        store=store,
        view=view,
        trail=trail,
        findings=findings,
        effects=effects,
        sale=sale,
        accounts=accounts,
        checks=checks_of(evidence),
        picture=draw(trail.entries, effects),
    )


async def _read(services: Services, checkout_id: str) -> tuple[Trail, Facts, dict[str, int]]:
    """Read chain and records as of one moment: while nothing moves, or there is no end of it.

    Each change of a record appends to the chain in its transaction, so a chain that is as it was
    before has records that are.
    """
    trail = await services.audit.trail(checkout_id)
    for _ in range(_READINGS):
        facts = await services.checkouts.facts(checkout_id)
        numbers = await services.audit.effect_numbers(checkout_id)
        before, trail = trail, await services.audit.trail(checkout_id)
        if trail.head == before.head:
            break
    return trail, facts, numbers


def _keeps_rewards(facts: Facts) -> bool:
    terms = (facts.state or {}).get("terms")
    return isinstance(terms, dict) and terms.get("pre_redeemed_on_failure") == "keep"


def _finalises(facts: Facts, effects: Sequence[ToldEffect]) -> list[str]:
    """Name who must hear of the bill's end: by the checkout's plan, and by what was done."""
    earning = (facts.state or {}).get("earning")
    planned = [
        provider
        for provider, step in (earning.items() if isinstance(earning, dict) else ())
        if isinstance(step, dict) and step.get("operation") == "finalise"
    ]
    done = [effect.provider for effect in effects if effect.operation == "finalise"]
    return sorted({*planned, *done})


def _by_number(facts: Facts, numbers: Mapping[str, int]) -> dict[int, EffectRecord]:
    """Name effect records as the chain does."""
    known = ((numbers.get(record.order.key), record) for record in facts.effects)
    return {number: record for number, record in known if number is not None}
