"""What the pages of the attention desk share: its stores and vendors, ages, times and results."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from fastapi import Request
from starlette.responses import Response

from api.next_steps import NEXT_STEPS
from api.pages.frame import render
from api.pages.own_api import Call
from api.pages.signing import Visitor
from api.services import Services
from tillsaga.domain.model import Json
from tillsaga.domain.tokens import masked
from tillsaga.errors import Refusal
from tillsaga.stores import Store

PARTS = (
    ("Cases", "/attention"),
    ("Holds", "/attention/holds"),
    ("Books compared", "/attention/reconciliations"),
    ("Wrong codes", "/attention/guesses"),
    ("Webhooks", "/attention/deliveries"),
    ("Figures", "/attention/figures"),
)
_UNITS = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
_OVERDUE, _OLD = 24 * 3600, 4 * 3600


@dataclass(frozen=True)
class Result:
    """What became of what a person has just asked for; `kind` is a class of app.css."""

    kind: Literal["good", "busy", "bad"]
    title: str
    words: str
    next_step: str = ""
    code: str = ""


def refused(call: Call, next_steps: Mapping[str, str] | None = None) -> Result:
    """Say that the API refused it, and what to do; `next_steps` are the page's own by code."""
    code = str(call.body.get("code", "internal_error"))
    step = (next_steps or {}).get(code) or NEXT_STEPS.get(code, "")
    title, detail = (str(call.body.get(name, "")) for name in ("title", "detail"))
    return Result("bad", title, detail, step, code)


def new_key() -> str:
    """Make the Idempotency-Key of a form: sent twice, it does a thing once."""
    return str(uuid.uuid4())


def key_after(call: Call, key: str) -> str:
    """Say with which key the form goes out again: the same one for as long as it may succeed."""
    return key if call.body.get("retryable") else new_key()


def insist(call: Call) -> Json:
    """Answer what the API said.

    Raises:
        Refusal: what the API refused with.
    """
    if not call.is_ok:
        raise Refusal(str(call.body.get("code", "")), str(call.body.get("detail", "")))
    return call.body


def listed(page: Json) -> list[Json]:
    """Answer what a page of the API lists."""
    found = page["data"]
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def query(**fields: object) -> str:
    """Write a query of the fields that are set.

    >>> query(store_id="ams-1", code="", owner=None)
    '?store_id=ams-1'
    """
    said = {name: value for name, value in fields.items() if value not in (None, "")}
    return f"?{urlencode(said)}" if said else ""


def age_in_words(seconds: float) -> str:
    """Say how long ago, in two units at most.

    >>> [age_in_words(n) for n in (0, 59, 3700, 90_000)]
    ['0 s', '59 s', '1 h 1 min', '1 d 1 h']
    """
    said: list[str] = []
    left = int(seconds)
    for name, size in _UNITS:
        count, left = divmod(left, size)
        if count or (name == "s" and not said):
            said.append(f"{count} {name}")
    return " ".join(said[:1] if said[0].endswith(("min", " s")) else said[:2])


def urgency(seconds: float) -> str:
    """Say by which badge an age is shown."""
    return "bad" if seconds >= _OVERDUE else "warn" if seconds >= _OLD else "plain"


def local_time(at: str | datetime, timezone: str) -> str:
    """Write a time by a store's clocks.

    >>> local_time("2026-03-01T10:02:00.000Z", "Europe/Amsterdam")
    '2026-03-01 11:02:00'
    """
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment.astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M:%S")


def masked_key(key: str) -> str:
    """Show an effect's key; its subject may be a code that somebody could spend.

    >>> masked_key("chk_1/charge_giftcard/leat/HT123ABC#1"), masked_key("POS-1")
    ('chk_1/charge_giftcard/leat/****3ABC#1', 'POS-1')
    """
    parts = key.split("/", 3)
    if len(parts) < 4:
        return key
    subject, hash_, generation = parts[3].rpartition("#")
    shown = f"{masked(subject)}{hash_}{generation}" if hash_ else str(masked(parts[3]))
    return "/".join((*parts[:3], shown))


def stores_of(services: Services, visitor: Visitor) -> list[Store]:
    """List the stores that the key may see."""
    found = (services.stores.store(store_id) for store_id in visitor.holder.stores)
    return [store for store in found if store is not None]


def own_stores(services: Services, visitor: Visitor, store_id: str) -> list[str]:
    """Narrow the key's stores down to one; a foreign one is not there.

    Raises:
        Refusal: `store_not_found`.
    """
    known = [store.id for store in stores_of(services, visitor)]
    if store_id and store_id not in known:
        raise Refusal("store_not_found", "no such store for this API key")
    return [store_id] if store_id else known


def show(
    request: Request,
    services: Services,
    visitor: Visitor,
    template: str,
    *,
    status: int = 200,
    result: Result | None = None,
    key: str | None = None,
    **context: object,
) -> Response:
    """Answer with a page of the desk, or a part of one; `key` is that of its forms."""
    stores = stores_of(services, visitor)
    languages = {store.language for store in stores}
    return render(
        request,
        f"attention/{template}",
        status=status,
        headers=None,
        language=languages.pop() if len(languages) == 1 else "en",
        parts=PARTS,
        stores=_Stores((store.id, store) for store in stores),
        vendors=_vendors(stores),
        age=age_in_words,
        urgency=urgency,
        masked=masked,
        masked_key=masked_key,
        local=local_time,
        query=query,
        result=result,
        key=key or new_key(),
        **context,
    )


@dataclass(frozen=True)
class _Gone:
    """A store that is not configured any more; what it has left behind is still shown."""

    id: str
    currency: str = "XXX"
    timezone: str = "UTC"

    @property
    def name(self) -> str:
        return self.id


class _Stores(dict[str, Store | _Gone]):
    def __missing__(self, store_id: str) -> _Gone:
        return _Gone(store_id)


def _vendors(stores: Sequence[Store]) -> list[str]:
    return sorted({provider.name for store in stores for provider in store.providers})


def workflows_address(services: Services, search: str) -> str:
    """Say where Temporal's own page shows what a query finds."""
    return f"{services.temporal_ui}/namespaces/{services.namespace}/workflows?query={quote(search)}"
