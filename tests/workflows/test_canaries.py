"""Nothing personal and no secret is where it does not belong: each place times each canary."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from tests.api.till import Till, order
from tests.support.app import coffee
from tests.support.canaries import Search, forms, readable, remembered, runs
from tests.support.door import open_door
from tests.support.reconciling import reconcile
from tests.support.shop import Shop, basket, open_shop
from tests.support.stores import ENVIRON
from tests.workflows.test_erasure import KINDS, admin_of, dumped, shown, tidied
from tillsaga.codec import data_converter
from tillsaga.keyring import KeyRing, new_key
from tillsaga.sandbox import world as leat
from tillsaga.sandbox.koupon import world as koupon
from tillsaga.sandbox.letstrade import world as letstrade
from tillsaga.sandbox.loyale import world as loyale
from tillsaga.sandbox.wll import world as wll

KEYS = new_key("k1")
RECIPIENT = "Zoë.Canary+gift@recipient.example"
PHONE = letstrade.CELL_COUNTRY + letstrade.PIETER_CELL
NAME = "Ann Canary-Jönsson"
PERSONAL = {
    "e-mail": leat.ANN_EMAIL,
    "recipient's e-mail": RECIPIENT,
    "phone": PHONE,
    "phone as the vendor splits it": letstrade.PIETER_CELL,
    "name": NAME,
    "Leat card": leat.ANN_CARD,
    "White Label sign-in": wll.MEMBER_AUTH,
    "Loyale barcode": loyale.ANN_BARCODE,
    "Koupon loyalty id": koupon.LOYALTY,
    "gift card": leat.CARD_20,
    "Loyale gift card": loyale.GIFT_CARD,
    "unknown gift card": "GIFT-CANARY-404",
    "voucher": leat.VOUCHER_COFFEE,
    "coupon": loyale.COUPON,
    "barcode of a coupon": "0049000077123",
    "unknown code": "CODE-CANARY-404",
    "mistyped": "typed.wrong@canary.example",
}
SECRETS = {
    name: value
    for name, value in ENVIRON.items()
    # The scheme's id and the identifier name an account, and are in our own settings.
    if name not in ("LOYALE_SCHEME", "KOUPON_ID")
}


@dataclass
class Scene:
    """A shop at work, and everything that it has said."""

    shop: Shop
    till: Till
    folder: Path
    log: io.StringIO
    answers: list[httpx.Response] = field(default_factory=list)

    async def post(self, path: str, body: object = None, **options: Any) -> httpx.Response:
        answer = await self.till.post(path, body, **options)
        self.answers.append(answer)
        return answer


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """Everything that is logged, by us, the SDK and libraries, before anything is masked."""
    written = io.StringIO()
    handler, root, before = logging.StreamHandler(written), logging.getLogger(), structlog
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    old = before.get_config()
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(written),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
    try:
        yield written
    finally:
        structlog.configure(**old)
        root.setLevel(level)
        root.removeHandler(handler)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    with logged() as log:
        async with (
            open_shop(tmp_path, kinds=KINDS, skips_time=False, keys=KEYS) as shop,
            open_door(shop) as till,
        ):
            yield Scene(shop, till, tmp_path, log)


IDENTIFIERS = [
    shown("email", leat.ANN_EMAIL, "leat"),
    shown("phone", PHONE, "letstrade"),
    shown("card", wll.MEMBER_ACCOUNT, "wll"),
    shown("card", loyale.ANN_BARCODE, "loyale"),
    shown("card", koupon.LOYALTY, "koupon"),
]


def gift_card() -> dict[str, Any]:
    return {
        "line_id": "g",
        "type": "giftcard_sale",
        "title": "Gift card",
        "unit_amount": 10_00,
        "recipient": {"email": RECIPIENT, "consent": True},
    }


def opening(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    sold = basket(coffee(2), *lines, currency="USD")
    return order(basket=sold, store_id="ams-1", terminal_id="till-1", **more)


async def a_sale(scene: Scene) -> str:
    """Everything that a customer may show, and a refund."""
    opened = await scene.post("/v1/checkouts", opening(gift_card(), identifiers=IDENTIFIERS))
    assert opened.status_code == 201, opened.text
    address = str(opened.headers["Location"])
    asked = [
        ("identifiers", shown("card", leat.ANN_CARD, "leat")),
        ("offers", {"code": leat.VOUCHER_COFFEE}),
        ("offers", {"code": loyale.COUPON}),
        ("tenders", {"type": "giftcard", "reference": leat.CARD_20, "amount": 1_00}),
        ("tenders", {"type": "giftcard", "reference": loyale.GIFT_CARD, "amount": 1_00}),
    ]
    for path, body in asked:
        answer = await scene.post(f"{address}/{path}", body)
        assert answer.status_code == 200, (path, answer.text)
    ready = await scene.post(f"{address}/ready")
    due = ready.json()["totals"]["due_amount"]
    for status in ("authorized", "captured"):
        fact = {"status": status, "type": "card", "amount": due, "reference": "term-1"}
        paid = await scene.post(f"{address}/payments", fact)
    assert paid.json()["status"] == "completed", paid.text
    scene.answers.append(await scene.till.get(f"{address}/receipt"))
    scene.answers.append(await scene.till.get(address))
    return address


async def what_fails(scene: Scene) -> None:
    """Refusals, mistakes, and vendors that say too much."""
    opened = await scene.post("/v1/checkouts", opening())
    address = str(opened.headers["Location"])
    unknown = PERSONAL["unknown gift card"]
    await scene.post(f"{address}/tenders", {"type": "giftcard", "reference": unknown})
    await scene.post(f"{address}/offers", {"code": PERSONAL["unknown code"]})
    await scene.post(f"{address}/offers", {"code": PERSONAL["barcode of a coupon"]})
    await scene.post(f"{address}/identifiers", {"type": "email", "value": PERSONAL["mistyped"]})
    wrong = {"type": PERSONAL["mistyped"], "value": {PERSONAL["unknown code"]: 1}}
    assert (await scene.post(f"{address}/identifiers", wrong)).status_code == 422
    told = f"no card {leat.CARD_20} of {leat.ANN_EMAIL} ({NAME})"
    for fault in ({"kind": "refuse", "code": 40000, "message": told}, {"kind": "html_before"}):
        await scene.shop.fault(operation=None, times=3, **fault)
        await scene.post(f"{address}/identifiers", shown("card", leat.ANN_CARD, "leat"))
        tender = {"type": "giftcard", "reference": leat.CARD_20, "amount": 50}
        await scene.post(f"{address}/tenders", tender)
        await scene.shop.mend()
    await scene.shop.fault("other_shape", None, shape="hollow", times=5)
    await scene.post(f"{address}/identifiers", shown("email", leat.ANN_EMAIL, "leat"))
    await scene.shop.mend()
    declined = {"status": "declined", "type": "card", "amount": 7_00, "reference": "term-2"}
    await scene.post(f"{address}/payments", {**declined, "final": True})
    await scene.post(f"{address}/cancel", {"reason": "left"})
    await scene.till.http.post(
        "/v1/callbacks/letstrade/append-vouchers",
        json={"uid": NAME},
        headers={"Authorization": f"Bearer {letstrade.CALLBACK_SECRET}x"},
    )


async def afterwards(scene: Scene, address: str) -> None:
    """Look-ups, scans, a claim, a refund, and the books."""
    for kind, value in (
        ("member", leat.ANN_EMAIL),
        ("giftcard", leat.CARD_20),
        ("voucher", leat.VOUCHER_COFFEE),
    ):
        type_ = "email" if "@" in value else "card"
        body = {"store_id": "ams-1", "kind": kind, "type": type_, "value": value}
        looked = await scene.till.post("/v1/lookups", body)
        assert looked.status_code == 200, looked.text
    scan = {"store_id": "ams-1", "value": leat.CARD_20}
    scanned = (await scene.till.post("/v1/scans", scan)).json()
    assert scanned["candidates"][0]["body"]["reference"] == leat.CARD_20
    nobodys = await scene.post("/v1/checkouts", opening())
    later = str(nobodys.headers["Location"])
    due = (await scene.post(f"{later}/ready")).json()["totals"]["due_amount"]
    fact = {"status": "captured", "type": "cash", "amount": due, "reference": "cash-1"}
    await scene.post(f"{later}/payments", fact)
    await scene.shop.client.get_workflow_handle(later.rpartition("/")[2]).result()
    claimed = await scene.post(f"{later}/claims", shown("card", leat.ANN_CARD, "leat"))
    assert claimed.status_code == 200, claimed.text
    refunded = await scene.post(f"{address}/refunds", {"refund_id": "r-1", "reason": "broken"})
    assert refunded.status_code == 201, refunded.text
    await reconcile(scene.shop)


async def look_at_temporal(scene: Scene, search: Search) -> None:
    codec = data_converter(KeyRing.parse(KEYS)).payload_codec
    assert codec is not None
    async for run in runs(scene.shop.client):
        for part, message in (await remembered(scene.shop.client, run)).items():
            search.look(f"{part} as it is kept", message.SerializeToString())
            search.look(f"{part} decrypted", await readable(message, codec))
        handle = scene.shop.client.get_workflow_handle(run.workflow_id, run_id=run.run_id)
        if run.workflow_id.startswith("chk_"):
            seen = await handle.query("__temporal_workflow_metadata", result_type=dict)
            search.look("current details", str(seen))


async def look_at_the_records(scene: Scene, search: Search) -> None:
    search.look("every table", await dumped(scene.shop.wiring.database))
    for file in await asyncio.to_thread(lambda: sorted(scene.folder.glob("records.db*"))):
        search.look("the records' files", await asyncio.to_thread(file.read_bytes))


async def look_at_what_was_said(scene: Scene, search: Search) -> None:
    for answer in scene.answers:
        kind = "problems" if answer.is_error else "answers"
        search.look(kind, answer.content)
        search.look("headers and addresses", f"{answer.headers} {answer.url}")
    auditor = replace(scene.till, secret=(await admin_of(scene.shop, scene.till)).secret)
    search.look("metrics", (await auditor.get("/metrics")).content)
    search.look("log lines", scene.log.getvalue())
    books = await scene.shop.books("wll")
    told = {name: books[name] for name in ("orders", "events", "reactions")}
    assert all(told.values())
    own = {"White Label sign-in"}
    search.look("what White Label was told", json.dumps(told), but=own)


async def test_no_canary_is_where_it_does_not_belong(scene: Scene, record_property: Any) -> None:
    search = Search(PERSONAL | SECRETS | {"API key": scene.till.secret})

    address = await a_sale(scene)
    await what_fails(scene)
    await afterwards(scene, address)
    await look_at_temporal(scene, search)
    await look_at_the_records(scene, search)
    await look_at_what_was_said(scene, search)

    record_property("tried: canaries looked for", search.pairs)
    assert sorted(search.found) == []
    assert search.pairs > 1_000
    assert all(size > 0 for size in search.places.values())


async def test_once_the_customer_is_erased_even_the_keys_lead_to_nobody(scene: Scene) -> None:
    address = await a_sale(scene)
    await scene.shop.client.get_workflow_handle(address.rpartition("/")[2]).result()
    vault = scene.shop.wiring.vault
    tokens = await vault.tokens_of(PERSONAL.values())
    assert len(tokens) >= 9
    admin = await admin_of(scene.shop, scene.till)
    seen = (await scene.till.get(address)).json()

    for member in seen["members"]:
        whom = {"provider": member["provider"], "member_id": member["member_id"]}
        done = await admin.post("/v1/members/erase", {**whom, "values": [RECIPIENT]})
        assert done.status_code in (200, 202), done.text
        await scene.shop.client.get_workflow_handle(f"erase-{done.json()['id']}").result()
    await tidied(scene.shop)

    assert await vault.tokens_of(PERSONAL.values()) == set()
    gone = await vault.reveal(tokens)
    assert all(marker.startswith("erased-") for marker in gone.values())


@pytest.mark.parametrize(
    "written",
    [
        b"x Zo\xc3\xab.Canary+gift@recipient.example y",
        "x zoe\u0308.canary+gift@recipient.example".encode(),
        b"Zo%C3%AB.Canary%2Bgift%40recipient.example",
        b'"Zo\\u00eb.Canary+gift@recipient.example"',
        b"5a6fc3ab2e43616e6172792b6769667440726563697069656e742e6578616d706c65",
        *(
            __import__("base64").b64encode(before + RECIPIENT.encode() + b"etc")
            for before in (b"", b"1", b"12")
        ),
    ],
)
def test_a_canary_is_found_in_whatever_spelling(written: bytes) -> None:
    assert any(form in written.lower() for form in forms(RECIPIENT))
