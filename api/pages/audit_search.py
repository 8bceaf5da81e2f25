"""Finding checkouts to audit: filters that stand in the address, and the same asked of Temporal."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import get_args
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from api.pages.own_api import Call, OwnApi
from api.services import Services
from tillsaga.domain.audit_effects import documents, words
from tillsaga.domain.checkout import Status
from tillsaga.domain.model import Json
from tillsaga.errors import Refusal
from tillsaga.records.apikeys import KeyHolder

PAGE = 25
# The list knows no vendors, so pages are looked through; so far, then the person decides.
_LOOKED_THROUGH, _AT_ONCE = 5, 100
STATUSES: tuple[str, ...] = get_args(Status)
_NAMES_VENDORS = ("effects", "offers", "members", "tenders")


@dataclass(frozen=True)
class Filters:
    """Which checkouts; empty means all. `day` is a day in the store's time zone."""

    store: str = ""
    day: str = ""
    status: str = ""
    provider: str = ""
    attention: bool = False

    def insist(self, holder: KeyHolder) -> None:
        """Refuse what can be no filter.

        Raises:
            Refusal: `store_not_found` or `invalid_request`.
        """
        if self.store and self.store not in holder.stores:
            raise Refusal("store_not_found", "no such store for this API key")
        if self.status and self.status not in STATUSES:
            raise Refusal("invalid_request", f"a status is one of {', '.join(STATUSES)}")
        if self.day:
            self._date()

    def address(self, cursor: str | None = None) -> str:
        """Write the page's own address."""
        said = {"store": self.store, "day": self.day, "status": self.status}
        said |= {"provider": self.provider, "attention": "true" if self.attention else ""}
        said |= {"cursor": cursor or ""}
        query = urlencode({name: value for name, value in said.items() if value})
        return f"/audit?{query}" if query else "/audit"

    def listed(self, zone: ZoneInfo, limit: int, cursor: str | None) -> str:
        """Write what the list of the API is asked for."""
        asked = {"limit": str(limit), "cursor": cursor or "", "store_id": self.store}
        asked |= {"status": self.status, "attention": "true" if self.attention else ""}
        if self.day:
            since, until = self.times(zone)
            asked |= {"from": since.isoformat(), "to": until.isoformat()}
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"/v1/checkouts?{query}"

    def times(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Say when the day begins and ends, in UTC; one with a changing clock is longer or shorter.

        Raises:
            Refusal: `invalid_request`.
        """
        day = self._date()
        ends = (datetime.combine(each, time.min, zone) for each in (day, day + timedelta(days=1)))
        since, until = (end.astimezone(UTC) for end in ends)
        return since, until

    def query(self, zone: ZoneInfo) -> str:
        """Write the same as a query of Temporal's."""
        parts = ["WorkflowType = 'Checkout'"]
        if self.store:
            parts.append(f"TillsagaStore = {_quoted(self.store)}")
        if self.status:
            parts.append(f"TillsagaStatus = {_quoted(self.status)}")
        if self.provider:
            parts.append(f"TillsagaProviders = {_quoted(self.provider)}")
        if self.attention:
            parts.append("TillsagaAttention = true")
        if self.day:
            since, until = (f"'{end:%Y-%m-%dT%H:%M:%SZ}'" for end in self.times(zone))
            parts.append(f"StartTime >= {since} AND StartTime < {until}")
        return " AND ".join(parts)

    def _date(self) -> date:
        try:
            day = date.fromisoformat(self.day)
        except ValueError as wrong:
            raise Refusal("invalid_request", "a day is written as 2026-03-01") from wrong
        if not 2000 <= day.year < 9999:
            raise Refusal("invalid_request", "a day lies after 2000")
        return day


@dataclass(frozen=True)
class Found:
    """A page of checkouts, newest first; `looked_through` is how many were read for it."""

    checkouts: list[Json]
    next_cursor: str | None
    looked_through: int


async def find(api: OwnApi, filters: Filters, zone: ZoneInfo, cursor: str | None) -> Found:
    """Ask the API for a page, as the person who has signed in.

    Raises:
        Refusal: what the API refuses.
    """
    if not filters.provider:
        answer = await _list(api, filters, zone, PAGE, cursor)
        found = documents(answer.body, "data")
        return Found(found, words(answer.body, "next_cursor"), len(found))
    matching: list[Json] = []
    looked = 0
    for _ in range(_LOOKED_THROUGH):
        answer = await _list(api, filters, zone, _AT_ONCE, cursor)
        seen, cursor = documents(answer.body, "data"), words(answer.body, "next_cursor")
        looked += len(seen)
        matching += [view for view in seen if filters.provider in providers_of(view)]
        if cursor is None or len(matching) >= PAGE:
            break
    return Found(matching, cursor, looked)


async def _list(
    api: OwnApi, filters: Filters, zone: ZoneInfo, limit: int, cursor: str | None
) -> Call:
    answer = await api.get(filters.listed(zone, limit, cursor))
    if not answer.is_ok:
        code = words(answer.body, "code") or "service_unavailable"
        raise Refusal(code, words(answer.body, "detail") or "the list cannot be read now")
    return answer


def providers_of(view: Json) -> list[str]:
    """Name the vendors that a checkout has had to do with."""
    named = (words(item, "provider") for part in _NAMES_VENDORS for item in documents(view, part))
    return sorted({name for name in named if name})


def in_zone(at: str, zone: ZoneInfo) -> str:
    """Tell a time of the API as a clock there shows it.

    >>> in_zone("2026-03-01T10:00:00.000Z", ZoneInfo("Europe/Amsterdam"))
    '2026-03-01 11:00:00'
    """
    return f"{datetime.fromisoformat(at).astimezone(zone):%Y-%m-%d %H:%M:%S}"


def zone_of(services: Services, holder: KeyHolder, filters: Filters) -> ZoneInfo:
    """Say in which time zone a day is meant: the store's, if there is one store."""
    only = filters.store or (holder.stores[0] if len(holder.stores) == 1 else "")
    store = services.stores.store(only) if only else None
    return store.zone if store else ZoneInfo("UTC")


def temporal_search(services: Services, query: str) -> str:
    """Write the address of a query in the Temporal UI."""
    workflows = f"{services.temporal_ui}/namespaces/{services.namespace}/workflows"
    return f"{workflows}?query={quote(query)}"


def _quoted(value: str) -> str:
    """Write a value in a query; a quote in it is doubled."""
    return "'" + value.replace("'", "''") + "'"
