"""The receipt as a page, over the API: what stands on it, and what stands there instead of it."""

import re
from collections.abc import Sequence
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from api import examples
from api.pages.local import VENDORS, Local
from api.pages.receipt_words import DUTCH
from api.receipts import COLUMNS
from api.services import Services
from tests.api.fakes import FakeGateway
from tests.api.sold import REFUND_ID, sold_and_refunded
from tests.api.test_receipts import SLIP
from tests.api.till import Till
from tillsaga.domain import refund_receipt
from tillsaga.domain.reads import LookUpAnswer
from tillsaga.providers import KINDS
from tillsaga.stores import StoresFile


@pytest.fixture
async def browser(http: httpx.AsyncClient, secrets: SimpleNamespace) -> httpx.AsyncClient:
    await http.post("/sign-in", data={"key": secrets.pos})
    return http


def words(page: httpx.Response) -> str:
    """What a person reads on the paper."""
    [paper] = re.findall(r"<article.*?</article>", page.text, re.DOTALL)
    bare = re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", "", paper, flags=re.DOTALL))
    return " ".join(bare.split())


def insist_in_order(text: str, parts: Sequence[str]) -> None:
    at = [text.find(part) for part in parts]
    assert -1 not in at, [part for part in parts if part not in text]
    assert at == sorted(at)


async def test_a_sale_is_on_the_paper_from_top_to_bottom(
    browser: httpx.AsyncClient, till: Till, temporal: FakeGateway
) -> None:
    checkout_id = (await till.opened()).rpartition("/")[2]
    temporal.change(checkout_id, status="completed")

    page = await browser.get(f"/receipts/{checkout_id}")

    assert page.status_code == 200
    insist_in_order(
        words(page),
        [
            *("A store", "Receipt", "till-2", "c-17", "1 March 2026, 11:00"),
            *(
                "Flat white 2 \N{MULTIPLICATION SIGN} 3.50 7.00",
                "Free coffee Leat \N{MINUS SIGN}3.50",
            ),
            *("Total EUR 3.50", "You saved 3.50"),
            *("Gift card ****3ABC Balance left 18.00 2.00", "Card 1.50", "Tip 0.50"),
            *("Points earned Leat +3", "New balance 123"),
            *("Scan to collect your points:", "Leat gt-88", checkout_id),
        ],
    )
    assert page.text.count("<svg") == 1


@pytest.mark.parametrize("status", ["open", "ready"])
async def test_a_bill_is_printed_with_its_slip_before_the_payment(
    browser: httpx.AsyncClient,
    till: Till,
    temporal: FakeGateway,
    monkeypatch: pytest.MonkeyPatch,
    status: str,
) -> None:
    checkout_id = (await till.opened()).rpartition("/")[2]
    temporal.change(checkout_id, status=status)
    saving = {"source": "app", "title": "R10 off", "amount": 1000, "reference": "R10 / V-1"}
    for name, value in {"slip": SLIP, "claim_link": None, "savings": [saving]}.items():
        monkeypatch.setitem(examples.RECEIPT, name, value)

    page = await browser.get(f"/receipts/{checkout_id}")

    insist_in_order(words(page), ["Bill", "R10 off", "R10 / V-1", "To pay", "Scan to use"])
    assert page.text.count("<svg") == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("open", "is not paid"),
        ("ready", "is not paid"),
        ("completing", "is being completed"),
        ("cancelling", "is being cancelled"),
        ("cancelled", "This is no receipt"),
        ("expired", "This is no receipt"),
    ],
)
async def test_without_a_receipt_the_page_says_why(
    browser: httpx.AsyncClient, till: Till, temporal: FakeGateway, status: str, said: str
) -> None:
    checkout_id = (await till.opened()).rpartition("/")[2]
    temporal.change(checkout_id, status=status)

    page = await browser.get(f"/receipts/{checkout_id}")

    assert page.status_code == 200
    assert said in words(page)
    assert "Total" not in words(page)


async def test_what_goes_back_to_the_customer_stands_on_a_cancelled_sale(
    browser: httpx.AsyncClient, till: Till, temporal: FakeGateway
) -> None:
    checkout_id = (await till.opened()).rpartition("/")[2]
    tenders: Any = deepcopy(temporal.views[checkout_id]["tenders"])
    tenders[0]["status"] = "reversed"
    given: Any = [{"payment_id": "pay_1", "type": "card", "amount": 150}]
    temporal.change(checkout_id, status="cancelled", tenders=tenders, give_back=given)

    paper = words(await browser.get(f"/receipts/{checkout_id}"))

    insist_in_order(paper, ["Gift card ****3ABC given back", "To give back Card 1.50"])


async def test_a_refund_is_on_the_receipt_and_has_its_own(
    browser: httpx.AsyncClient, till: Till, services: Services, temporal: FakeGateway
) -> None:
    checkout_id = await sold_and_refunded(till, services, temporal)

    page = await browser.get(f"/receipts/{checkout_id}")
    own = f"/receipts/{checkout_id}/refunds/{REFUND_ID}"
    paper = words(await browser.get(own))

    assert f"Refunded {REFUND_ID} \N{MINUS SIGN}1.75" in words(page)
    assert "Refunded in part" in page.text
    assert f'href="{own}"' in page.text
    insist_in_order(paper, ["Refund", REFUND_ID, "Given back EUR 1.75", "Cash by the till 1.75"])


async def test_another_sales_refund_is_not_found(
    browser: httpx.AsyncClient, till: Till, services: Services, temporal: FakeGateway
) -> None:
    await sold_and_refunded(till, services, temporal)
    other = (await till.opened("basket-other")).rpartition("/")[2]

    for form in ("", "/text"):
        page = await browser.get(f"/receipts/{other}/refunds/{REFUND_ID}{form}")
        assert page.status_code == 404
        assert "refund_not_found" in page.text


async def test_the_text_is_the_apis_own(
    browser: httpx.AsyncClient, till: Till, services: Services, temporal: FakeGateway
) -> None:
    checkout_id = await sold_and_refunded(till, services, temporal)
    pairs = {
        f"/receipts/{checkout_id}.txt": f"/v1/checkouts/{checkout_id}/receipt",
        f"/receipts/{checkout_id}/refunds/{REFUND_ID}/text": f"/v1/refunds/{REFUND_ID}/receipt",
    }

    for page, address in pairs.items():
        text = await browser.get(page)
        assert text.headers["content-type"] == "text/plain; charset=utf-8"
        assert text.headers["cache-control"] == "no-store"
        assert text.text == (await till.get(address, accept="text/plain")).text
        assert max(map(len, text.text.splitlines())) <= COLUMNS


async def test_a_store_speaks_its_own_language(
    browser: httpx.AsyncClient,
    till: Till,
    services: Services,
    temporal: FakeGateway,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dutch = tuple(s.model_copy(update={"language": "nl"}) for s in services.stores.stores)
    changed = services.stores.model_copy(update={"stores": dutch})
    monkeypatch.setattr(services, "stores", changed)
    checkout_id = await sold_and_refunded(till, services, temporal)

    page = await browser.get(f"/receipts/{checkout_id}")

    assert '<html lang="nl">' in page.text
    insist_in_order(
        words(page), ["Kassabon", "1 maart 2026", "Totaal EUR 3,50", "Cadeaukaart", "Fooi"]
    )


async def test_what_a_till_calls_its_goods_stays_text(
    browser: httpx.AsyncClient, till: Till, services: Services, temporal: FakeGateway
) -> None:
    receipt: Any = deepcopy(examples.RECEIPT)
    line = {**receipt["lines"][0], "title": "<script>alert(1)</script>"}
    checkout_id = await sold_and_refunded(till, services, temporal, lines=[line])

    page = await browser.get(f"/receipts/{checkout_id}")

    assert "&lt;script&gt;alert(1)" in page.text
    assert "<script>" not in page.text


async def test_a_sold_cards_code_is_for_who_hands_it_over(
    http: httpx.AsyncClient,
    till: Till,
    secrets: SimpleNamespace,
    services: Services,
    temporal: FakeGateway,
) -> None:
    card = {"line_id": "1", "provider": "leat", "reference": "gc-1", "code": None}
    temporal.found = LookUpAnswer(body={"code": "GIFT-4711"})
    checkout_id = await sold_and_refunded(till, services, temporal, sold_cards=[card])

    seen = {}
    for role in ("pos", "support", "audit"):
        await http.post("/sign-in", data={"key": getattr(secrets, role)})
        forms = [await http.get(f"/receipts/{checkout_id}{form}") for form in ("", ".txt")]
        seen[role] = ["GIFT-4711" in form.text for form in forms]

    assert seen == {"pos": [True, True], "support": [True, True], "audit": [False, False]}


async def test_trouble_is_a_page_that_says_what_to_do(
    browser: httpx.AsyncClient, till: Till, temporal: FakeGateway
) -> None:
    checkout_id = (await till.opened()).rpartition("/")[2]
    odd = ("chk_0000000000000000", "nothing", "%2e%2e", f"{checkout_id}%3Fx", "x%23y")
    for unknown in odd:
        page = await browser.get(f"/receipts/{unknown}")
        assert (page.status_code, "text/html" in page.headers["content-type"]) == (404, True)
    early = await browser.get(f"/receipts/{checkout_id}.txt")
    assert (early.status_code, "receipt_not_ready" in early.text) == (409, True)

    temporal.is_down = True
    temporal.end(checkout_id)
    down = await browser.get(f"/receipts/{checkout_id}.txt")
    assert (down.status_code, "service_unavailable" in down.text) == (503, True)


def test_every_vendor_has_a_name_on_paper() -> None:
    assert VENDORS.keys() == KINDS.keys()


def test_what_a_refund_leaves_open_is_said_in_dutch_too() -> None:
    said = {*refund_receipt.PLAIN.values(), refund_receipt.PLAINLY_OPEN}
    assert said <= DUTCH.keys()


@pytest.mark.parametrize(
    ("minor", "currency", "english", "dutch"),
    [
        (1_234_56, "EUR", "1,234.56", "1.234,56"),
        (-5, "KWD", "\N{MINUS SIGN}0.005", "\N{MINUS SIGN}0,005"),
        (1_999, "JPY", "1,999", "1.999"),
        (0, "USD", "0.00", "0,00"),
    ],
)
def test_amounts_are_written_as_customers_read_them(
    stores: StoresFile, minor: int, currency: str, english: str, dutch: str
) -> None:
    store = stores.stores[0].model_copy(update={"language": "nl"})

    assert Local(None, "gone-1", currency).amount(minor) == english
    assert Local(store, store.id, currency).amount(minor) == dutch


def test_a_store_that_is_configured_no_longer_has_its_id_and_utc() -> None:
    gone = Local(None, "gone-1", "EUR")

    assert (gone.name, gone.language, gone.vendor("leat")) == ("gone-1", "en", "leat")
    assert gone.moment("2026-03-01T23:30:00Z") == "1 March 2026, 23:30"
