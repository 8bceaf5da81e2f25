import re
from copy import deepcopy

import pytest

from api import examples
from api.accepting import best
from api.receipts import COLUMNS, as_qr, as_text
from api.services import Services
from tests.api.fakes import FakeGateway
from tests.api.till import Till
from tillsaga.domain.model import Json

PAPER = """\
ams-1 · till-2
Cashier                             c-17
Date                    2026-03-01 10:00
----------------------------------------
2 x Flat white                      7.00
Free coffee (leat)                 -3.50
----------------------------------------
TOTAL                               3.50
You saved                           3.50
Giftcard ****3ABC                   2.00
  balance left                     18.00
Card                                1.50
  tip                               0.50
Points earned (leat)                   3
  new balance                        123
----------------------------------------
leat gt-88
Scan to collect your points:
https://claims.example/c/9T3M2K7QW4
chk_9T3M2K7QW4RB5X8Z
"""


async def complete(till: Till, temporal: FakeGateway) -> str:
    address = await till.opened()
    temporal.change(address.rpartition("/")[2], status="completed")
    return address


def test_the_paper_has_40_columns() -> None:
    assert as_text(examples.RECEIPT).replace("  balance", "  balance") == PAPER


def test_no_row_is_longer_than_the_paper() -> None:
    receipt: Json = deepcopy(examples.RECEIPT)
    receipt |= {
        "receipt_number": "R" * 100,
        "cashier_id": "c" * 30,
        "charges": [{"type": "service", "amount": 123456789, "title": "Service " * 20}],
        "claim_link": "https://claims.example/" + "x" * 200,
        "give_back": [{"type": "card", "amount": 150}],
        "tenders": [{"type": "prepaid", "status": "reversed", "amount": 5, "reference": None}],
        "earned": [],
        "totals": {"basket_amount": 700, "discount_amount": 0, "tax_amount": 50},
    }
    lines = receipt["lines"]
    assert isinstance(lines, list)
    assert isinstance(lines[0], dict)
    lines[0]["title"] = "A very long title\x1b[2J that a printer must break into several rows"
    text = as_text(receipt)
    assert max(len(row) for row in text.splitlines()) <= COLUMNS
    assert "\x1b" not in text
    assert "given back" in text
    assert "1234567.89" in text
    assert "120" in text  # the balance that nothing was added to


@pytest.mark.parametrize(
    ("accept", "media_type", "start"),
    [
        ("application/json", "application/json", "{"),
        ("*/*", "application/json", "{"),
        ("text/plain", "text/plain; charset=utf-8", "ams-1"),
        ("text/html, text/*;q=0.5", "text/plain; charset=utf-8", "ams-1"),
        ("image/svg+xml", "image/svg+xml", "<svg"),
    ],
)
async def test_the_receipt_comes_as_it_is_wanted(
    till: Till, temporal: FakeGateway, accept: str, media_type: str, start: str
) -> None:
    address = await complete(till, temporal)
    answer = await till.get(f"{address}/receipt", Accept=accept)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["Vary"] == "Accept"
    assert answer.text.startswith(start)


async def test_the_paper_shows_the_time_of_the_stores_clock(
    till: Till, temporal: FakeGateway
) -> None:
    address = await complete(till, temporal)
    paper = (await till.get(f"{address}/receipt", Accept="text/plain")).text
    assert "2026-03-01 11:00" in paper


async def test_other_forms_are_not_to_be_had(till: Till, temporal: FakeGateway) -> None:
    address = await complete(till, temporal)
    answer = await till.get(f"{address}/receipt", Accept="text/html")
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


async def test_there_is_no_receipt_before_the_sale(till: Till) -> None:
    address = await till.opened()
    answer = await till.get(f"{address}/receipt")
    assert (answer.status_code, answer.json()["code"]) == (409, "receipt_not_ready")


async def test_an_archived_receipt_outlives_temporal(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    address = await complete(till, temporal)
    checkout_id = address.rpartition("/")[2]
    view = temporal.end(checkout_id)
    receipt = {**examples.RECEIPT, "receipt_number": "R-77", "claim_link": None}
    await services.checkouts.save(checkout_id, {"receipt": receipt}, view, ended=True)
    temporal.is_down = True
    answer = await till.get(f"{address}/receipt")
    assert answer.json()["receipt_number"] == "R-77"
    no_link = await till.get(f"{address}/receipt", Accept="image/svg+xml")
    assert no_link.json()["code"] == "not_acceptable"


SLIP = '{"store_id":"S-014","terminal_id":"T2","transaction_id":"basket-0001"}'


async def test_an_open_bill_is_printed_with_its_slip(
    till: Till, temporal: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = await till.opened()
    monkeypatch.setitem(examples.RECEIPT, "slip", SLIP)
    monkeypatch.setitem(examples.RECEIPT, "claim_link", None)
    for status in ("open", "ready"):
        temporal.change(address.rpartition("/")[2], status=status)
        assert (await till.get(f"{address}/receipt")).json()["slip"] == SLIP
        paper = (await till.get(f"{address}/receipt", Accept="text/plain")).text
        assert "Scan to use your vouchers:" in paper
        assert SLIP in paper.replace("\n", "")
        picture = await till.get(f"{address}/receipt", Accept="image/svg+xml")
        assert picture.content == as_qr(SLIP)
    temporal.change(address.rpartition("/")[2], status="cancelled")
    assert (await till.get(f"{address}/receipt")).status_code == 409


def test_what_a_vendor_wants_printed_stands_under_its_voucher() -> None:
    receipt: Json = deepcopy(examples.RECEIPT)
    saving: Json = {"source": "app", "title": "R10 off", "amount": 1000, "reference": "R10 / V-1"}
    receipt |= {"savings": [saving], "slip": SLIP, "claim_link": None}
    rows = as_text(receipt).splitlines()
    at = rows.index("R10 / V-1")
    assert rows[at - 1].split() == ["R10", "off", "(app)", "-10.00"]
    assert any(row.startswith("To pay") for row in rows)
    assert max(map(len, rows)) <= COLUMNS


def test_the_qr_code_is_a_picture_of_the_link() -> None:
    assert as_qr("https://claims.example/1").startswith(b"<svg")
    assert as_qr("https://claims.example/1") != as_qr("https://claims.example/2")


@pytest.mark.parametrize("text", ["x", SLIP, "https://claims.example/" + "x" * 300])
def test_the_qr_code_can_be_scanned_off_paper_of_80_mm(text: str) -> None:
    [width] = re.findall(rb'width="([\d.]+)mm"', as_qr(text))
    assert 25 <= float(width) <= 72


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("a/b;q=0", None),
        ("a/b;q=x", None),
        ("a/*;q=0.2, c/d;q=0.1", "a/b"),
        ("c/d, a/b;q=0.9", "c/d"),
    ],
)
def test_the_best_form_is_chosen(accept: str, expected: str | None) -> None:
    assert best(accept, ("a/b", "c/d")) == expected
