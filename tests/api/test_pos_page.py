"""The till's page over a fake Temporal: who may see it, what it refuses, what it keeps secret."""

import re
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from pydantic import JsonValue

from api.pages.pos import catalogue, wording
from api.pages.pos.dutch import DUTCH
from api.services import Services
from tests.api.fakes import FakeGateway, refusal
from tests.api.till import Till
from tillsaga.domain.effects import OPERATIONS
from tillsaga.domain.reads import Candidate, ScanAnswer
from tillsaga.sandbox.scannable import SCANNABLE
from tillsaga.stores import StoresFile

TEMPLATES = Path(catalogue.__file__).parents[1] / "templates" / "pos"
PART = {"HX-Request": "true"}


@pytest.fixture
async def page(http: httpx.AsyncClient, secrets: SimpleNamespace) -> "Page":
    await http.post("/sign-in", data={"key": secrets.pos})
    shown = await http.get("/pos")
    token = re.search(r'name="csrf" value="([^"]+)"', shown.text)
    assert token is not None
    return Page(http, token[1])


class Page:
    """A browser that has signed in, without a script."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self.http = http
        self.token = token

    async def post(self, path: str, **fields: str) -> httpx.Response:
        return await self.http.post(path, data={"csrf": self.token, **fields}, headers=PART)

    async def opened(self) -> str:
        """Sell a flat white; answers the bill's address."""
        answer = await self.post("/pos/do/add", sku="FW-350")
        assert answer.status_code == 200, answer.text
        return answer.headers["hx-push-url"]


async def test_a_bill_opens_with_the_first_article(page: Page, temporal: FakeGateway) -> None:
    address = await page.opened()

    (letter,) = temporal.letters
    (line,) = letter.message.basket.lines  # type: ignore[union-attr]
    assert (line.sku, line.unit_amount, address) == ("FW-350", 350, f"/pos/{letter.checkout_id}")


async def test_the_same_form_sent_twice_opens_one_bill(page: Page) -> None:
    key = "2d0c7f0e-6f0e-4a3b-9a55-1f6f2f1f0a77"

    first = await page.post("/pos/do/add", sku="CAKE", key=key)
    second = await page.post("/pos/do/add", sku="CAKE", key=key)

    assert first.headers["hx-push-url"] == second.headers["hx-push-url"]


async def test_without_a_script_a_bill_is_a_page_of_its_own(page: Page) -> None:
    answer = await page.http.post("/pos/do/add", data={"csrf": page.token, "sku": "CAKE"})

    assert (answer.status_code, answer.headers["location"][:9]) == (303, "/pos/chk_")


async def test_what_is_scanned_first_goes_with_the_first_line(
    page: Page, temporal: FakeGateway
) -> None:
    body: dict[str, JsonValue] = {"type": "card", "value": "CARD-1", "provider": "leat"}
    temporal.scanned = ScanAnswer(
        candidates=(Candidate(provider="leat", kind="member", operation="identifiers", body=body),)
    )
    kept = await page.post("/pos/scan", value="CARD-1")
    await page.post("/pos/do/add", sku="CAKE", waiting_person="CARD-1")

    (letter,) = temporal.letters
    assert "kept for the bill" in kept.text
    assert [one.type for one in letter.message.identifiers] == ["card"]  # type: ignore[union-attr]


async def test_a_form_of_another_site_sells_nothing(page: Page, temporal: FakeGateway) -> None:
    bare = await page.http.post("/pos/do/add", data={"sku": "CAKE"})
    foreign = await page.http.post(
        "/pos/do/add",
        data={"sku": "CAKE", "csrf": page.token},
        headers={"Sec-Fetch-Site": "cross-site"},
    )

    assert (bare.status_code, foreign.status_code, temporal.letters) == (403, 403, [])
    assert bare.headers["hx-retarget"] == "#trouble"


async def test_an_auditor_is_shown_no_till(
    http: httpx.AsyncClient, secrets: SimpleNamespace
) -> None:
    await http.post("/sign-in", data={"key": secrets.audit})

    assert (await http.get("/pos")).status_code == 403


async def test_another_stores_till_and_bill_are_not_there(page: Page, other_till: Till) -> None:
    there = await other_till.post(
        "/v1/checkouts",
        {
            "store_id": "rtm-1",
            "terminal_id": "till-1",
            "basket": {
                "id": "basket-0009",
                "currency": "EUR",
                "lines": [{"line_id": "1", "sku": "A", "title": "A", "unit_amount": 100}],
            },
        },
    )

    store = await page.http.get("/pos?store=rtm-1")
    bill = await page.http.get(f"/pos/{there.json()['id']}")

    assert (store.status_code, bill.status_code) == (404, 404)


@pytest.mark.parametrize(
    ("action", "fields", "words"),
    [
        ("card", {"status": "authorized", "amount": "4.505", "reference": "a"}, "such as 10.50"),
        ("card", {"status": "authorized", "amount": "-1", "reference": "a"}, "such as 10.50"),
        ("card", {"amount": "1", "reference": "a"}, "the field status is empty"),
        ("quantity", {"line_id": "1", "quantity": "1.5"}, "needs a whole number"),
        ("quantity", {"line_id": "1", "quantity": "1000"}, "at most 999"),
        ("add", {"sku": "NOTHING"}, "does not sell this"),
        ("gift-card", {"amount": "1000"}, "the field reference is empty"),
        ("pick", {"candidate": "[1"}, "the page is damaged"),
        ("pick", {"candidate": '{"operation": "cancel", "body": {}}'}, "the page is damaged"),
        ("payment", {"payment": "pay_9", "status": "voided"}, "no such payment"),
        ("refund", {"refund_id": "r-1", "reason": "x", "back-1": "0"}, "which line come back"),
        ("no-such-thing", {}, "no such button"),
        ("add", {"sku": "CAKE", "secrets": "{"}, "the page is damaged"),
    ],
)
async def test_a_form_that_is_wrong_says_what_is_wrong(
    page: Page, temporal: FakeGateway, action: str, fields: dict[str, str], words: str
) -> None:
    address = await page.opened()

    answer = await page.post(f"{address}/do/{action}", **fields)

    assert 400 <= answer.status_code < 500
    assert words in answer.text
    assert len(temporal.letters) == 1


async def test_a_refusal_of_the_api_says_what_to_do(page: Page, temporal: FakeGateway) -> None:
    address = await page.opened()
    temporal.refusals["add_tender"] = refusal("insufficient_balance")

    answer = await page.post(f"{address}/do/tender", type="giftcard", reference="HT123ABC")

    assert answer.status_code == 409
    assert wording.ADVICE["insufficient_balance"] in answer.text
    assert "HT123ABC" not in answer.text


async def test_a_code_that_may_be_several_things_is_asked_about(
    page: Page, temporal: FakeGateway
) -> None:
    address = await page.opened()
    temporal.scanned = ScanAnswer(
        candidates=(
            Candidate(provider="leat", kind="voucher", operation="offers", body={"code": "X-1"}),
            Candidate(
                provider="wll",
                kind="giftcard",
                operation="tenders",
                body={"type": "giftcard", "reference": "X-1"},
            ),
        )
    )

    answer = await page.post("/pos/scan", value="X-1", checkout=address.removeprefix("/pos/"))

    assert "What is this code?" in answer.text
    assert len(temporal.letters) == 1


async def test_a_gift_card_before_the_goods_is_told_to_wait(
    page: Page, temporal: FakeGateway
) -> None:
    body: dict[str, JsonValue] = {"type": "giftcard", "reference": "HT123ABC"}
    temporal.scanned = ScanAnswer(
        candidates=(Candidate(provider="leat", kind="giftcard", operation="tenders", body=body),)
    )

    answer = await page.post("/pos/scan", value="HT123ABC")

    assert "nothing is sold yet" in answer.text


async def test_while_temporal_is_down_the_bill_is_shown_and_nothing_is_lost(
    page: Page, temporal: FakeGateway
) -> None:
    address = await page.opened()
    temporal.is_down = True

    answer = await page.post(f"{address}/do/ready")

    assert answer.status_code == 503
    assert wording.ADVICE["service_unavailable"] in answer.text
    assert "Flat white" in answer.text


async def test_a_page_that_knows_the_version_is_sent_nothing(
    page: Page, temporal: FakeGateway
) -> None:
    address = await page.opened()
    version = temporal.views[address.removeprefix("/pos/")]["version"]

    same = await page.http.get(f"{address}?version={version}", headers=PART)
    other = await page.http.get(f"{address}?version=0", headers=PART)

    assert (same.status_code, other.status_code) == (204, 200)


async def test_the_till_speaks_the_stores_language(
    http: httpx.AsyncClient, services: Services, secrets: SimpleNamespace
) -> None:
    dutch = [s.model_copy(update={"language": "nl"}) for s in services.stores.stores]
    services.stores = StoresFile.model_construct(stores=tuple(dutch))
    await http.post("/sign-in", data={"key": secrets.pos})

    answer = await http.get("/pos")

    assert '<html lang="nl">' in answer.text
    assert "Volgende klant" in DUTCH.values()
    assert "Cadeaukaart verkopen" in answer.text


def test_every_text_of_the_till_has_a_dutch_one() -> None:
    said = {text for file in TEMPLATES.glob("*.html") for text in texts_in(file)}
    said |= {article.title for article in catalogue.goods("EUR")}
    said |= {one.words for codes in SCANNABLE.values() for one in codes}
    said |= {*wording.ADVICE.values(), *wording.CASES.values()}
    said |= {operation.title for operation in OPERATIONS.values()}

    assert said - {*DUTCH, "Till"} == set()


def texts_in(file: Path) -> set[str]:
    """What a template says."""
    written = file.read_text()
    plain = re.findall(r'\bt\("([^"]*)"\)', written)
    inside = re.findall(r"\bt\('((?:[^'\\]|\\')*)'\)", written)
    return {*plain, *(text.replace("\\'", "'") for text in inside)}


async def test_nothing_on_the_page_needs_a_script_or_a_style_of_its_own(page: Page) -> None:
    bill = await page.http.get(await page.opened())

    for text in (bill.text, (await page.http.get("/pos")).text):
        assert not re.search(r"<script(?![^>]* src=)|\son\w+=|\sstyle=|hx-on", text)
        assert not re.search(r"(src|href)=\"(https?:)?//", text)
