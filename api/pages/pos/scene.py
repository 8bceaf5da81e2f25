"""One answer of the till: the bill, what is said beside it, and where the till stands."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from fastapi import Request
from starlette.responses import Response

from api.next_steps import NEXT_STEPS
from api.pages.frame import is_part, render
from api.pages.own_api import Call
from api.pages.pos import catalogue
from api.pages.pos.bill import Bill, clock
from api.pages.pos.calls import Shown, shown
from api.pages.pos.plan import Consequence
from api.pages.pos.sandbox import to_scan
from api.pages.pos.waiting import Waiting
from api.pages.pos.wording import ADVICE, CASES, in_words, operation_in_words, vendor_in_words
from api.pages.words import translator
from api.problems import kind_of
from tillsaga.domain.tokens import masked
from tillsaga.errors import Refusal
from tillsaga.stores import Store, Terminal

Json = dict[str, Any]
PANELS = ("gift-card", "digital-card", "top-up", "pay-card", "by-hand", "cancel", "refund")
DEFAULT_TERMINAL = "till-1"


def panel_named(name: str | None) -> str:
    """Name a panel that there is, or none."""
    return name if name in PANELS else ""


@dataclass(frozen=True)
class Trouble:
    """What did not work, and what the cashier does about it."""

    code: str
    title: str
    detail: str
    next_step: str


@dataclass(frozen=True)
class Choice:
    """One of several things that a scanned code may be."""

    provider: str
    kind: str
    candidate: str

    @classmethod
    def of(cls, candidate: Mapping[str, Any]) -> "Choice":
        """Read a candidate; the form sends it back."""
        return cls(str(candidate["provider"]), str(candidate["kind"]), json.dumps(candidate))


@dataclass(frozen=True)
class Place:
    """Where the till stands, and where else its key may stand."""

    store: Store
    terminal: str
    stores: tuple[Store, ...]

    @property
    def terminals(self) -> list[str]:
        """The terminals that the store's file knows."""
        return terminals_of(self.store)


def terminals_of(store: Store) -> list[str]:
    """List them: those of the store, and those that a vendor knows by a name of its own."""
    named = [getattr(provider.settings, "terminals", {}) for provider in store.providers]
    known = [terminal for names in named for terminal in names]
    # Nobody who tries the till wants one that gives up sooner, or later, than the store says.
    like_the_store = [
        terminal
        for terminal in dict.fromkeys([*known, *store.terminals])
        if store.terminals.get(terminal, Terminal()).abandon_after is None
    ]
    return list(dict.fromkeys([*(like_the_store or [DEFAULT_TERMINAL]), *known, *store.terminals]))


@dataclass(frozen=True)
class Scanner:
    """How the till's scanner writes: the longest gap between two characters, and what to strip."""

    gap_ms: int
    prefix: str


def scanner_of(place: Place) -> Scanner:
    """Read how the terminal's scanner is set up."""
    terminal = place.store.terminals.get(place.terminal, Terminal())
    gap = int(terminal.scanner_gap.total_seconds() * 1000)
    return Scanner(gap, terminal.scanner_prefix)


@dataclass
class Scene:
    """What the page shows. `secrets` None: the page goes on remembering what it knows."""

    place: Place
    bill: Bill | None = None
    panel: str = ""
    said: str = ""
    trouble: Trouble | None = None
    calls: list[Call] = field(default_factory=list)
    secrets: Mapping[str, Json] | None = None
    waiting: Waiting = field(default_factory=Waiting)
    choices: tuple[Choice, ...] = ()
    refund: Json | None = None
    plan: tuple[Consequence, ...] = ()
    opened: bool = False
    status: int = 200
    """Of the answer over HTTP: that of the API where it refuses."""

    def refused(self, refusal: Refusal) -> "Scene":
        """Say what the page itself refuses."""
        advice = ADVICE.get(refusal.code) or NEXT_STEPS.get(refusal.code, "")
        self.trouble = Trouble(refusal.code, "", refusal.detail, advice)
        self.status = int(kind_of(refusal.code).status)
        return self

    def answered_no(self, call: Call) -> "Scene":
        """Say what our API refuses."""
        code = str(call.body.get("code", "internal_error"))
        title, detail = str(call.body.get("title", "")), str(call.body.get("detail", ""))
        self.trouble = Trouble(code, title, detail, ADVICE.get(code) or NEXT_STEPS.get(code, ""))
        self.status = call.status
        return self

    @property
    def address(self) -> str:
        """Where the forms of this bill go."""
        return f"/pos/{self.bill.id}" if self.bill else "/pos"

    @property
    def shown_calls(self) -> list[Shown]:
        """The requests behind what was done last."""
        return [shown(call) for call in self.calls]

    @property
    def is_irreversible(self) -> bool:
        """Whether the payment sets in motion what nobody can take back."""
        return any(consequence.is_irreversible for consequence in self.plan)

    @property
    def pays_with_points(self) -> bool:
        """Whether a vendor of the customer takes points for money."""
        members = self.bill.members if self.bill else []
        kinds = {p.name: p.kind for p in self.place.store.providers}
        return any(m["points"] and kinds.get(m["provider"]) in ("wll", "loyale") for m in members)


def was_shown(request: Request) -> bool:
    """Whether the answer is the till itself, and not what stood in its way."""
    return bool(getattr(request.state, "is_till", False))


def show(request: Request, scene: Scene) -> Response:
    """Answer with the page, or with the parts of it that have changed."""
    part = is_part(request)
    request.state.is_till = True
    headers = {"HX-Push-Url": scene.address} if part and scene.opened else {}
    store = scene.place.store
    t = translator(store.language)
    return render(
        request,
        "pos/parts.html" if part else "pos/page.html",
        status=scene.status,
        language=store.language,
        headers=headers,
        scene=scene,
        place=scene.place,
        bill=scene.bill,
        checkout_id=scene.bill.id if scene.bill else None,
        goods=catalogue.goods(store.currency),
        card_amounts=catalogue.presets(catalogue.CARD_AMOUNTS, store.currency),
        top_up_amounts=catalogue.presets(catalogue.TOP_UP_AMOUNTS, store.currency),
        to_scan=to_scan(store),
        clock=clock,
        vendor=vendor_in_words(store),
        operation=operation_in_words,
        cases=CASES,
        word=lambda name: t(in_words(name)),
        scanner=scanner_of(scene.place),
        # What a page asks for by itself says nothing new.
        spoken=request.method == "POST",
        new_key=lambda: str(uuid4()),
        masked=masked,
    )
