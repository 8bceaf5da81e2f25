"""The desk over HTTP: who sees what, and what forms do that are sent twice, late or half empty."""

import re
from html import unescape
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from api import examples
from api.pages import attention_case
from api.pages.attention import QueueFilter
from api.pages.attention_books import KINDS
from api.pages.attention_case import BOOKS
from api.pages.desk import PARTS
from api.pages.frame import HERE
from api.pages.words import LANGUAGES
from api.schemas import Reconciliations
from api.services import Services
from tests.api.fakes import FakeGateway, refusal, view_of
from tests.api.test_attention import EFFECT, case, waiting, with_record
from tests.api.test_webhooks import event
from tests.records.samples import done
from tests.support.receiver import secret
from tillsaga.domain.attention import Attention, SettledCase
from tillsaga.domain.attention_words import ACTIONS, WORDS
from tillsaga.domain.audit import Heard
from tillsaga.domain.effects import OPERATIONS, EffectOrder
from tillsaga.domain.guessing import GuessRule
from tillsaga.domain.messages import AssignAttention, ReleaseHold, ResolveAttention
from tillsaga.domain.model import Json
from tillsaga.records.database import utc_now
from tillsaga.records.reconciliations import SqlReconciliationBook
from tillsaga.stores import StoresFile

CASE = "/attention/chk_AAAAAAAAAA/att_1"
PAGES = (
    "/attention",
    "/attention?state=settled",
    "/attention/holds",
    "/attention/reconciliations?date=2026-03-01",
    "/attention/guesses",
    "/attention/deliveries",
    "/attention/figures",
    "/attention/figures/outcomes.csv",
)
SAID = {"action": "retry", "actor": "kim", "reason": "unblocked", "key": "form-1"}
CODE = "HT123ABCDEF"


@pytest.fixture
def stores(stores: StoresFile, monkeypatch: pytest.MonkeyPatch) -> StoresFile:
    """The same stores, and one endpoint."""
    monkeypatch.setenv("HOOK", secret("hook"))
    hook = {"url": "https://pos.example.com/hooks", "secret": "env:HOOK"}
    return StoresFile.model_validate({"stores": stores.stores, "webhooks": [hook]})


class Desk:
    """A browser without script: it follows forms as a page has them."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def look(self, path: str, status: int = 200) -> str:
        answer = await self.http.get(path)
        assert answer.status_code == status, answer.text
        return answer.text

    async def send(self, path: str, status: int = 200, /, **fields: str) -> str:
        page = await self.look("/attention")
        [token] = set(re.findall(r'name="csrf" value="([^"]+)"', page))
        answer = await self.http.post(path, data={"csrf": token, **fields})
        assert answer.status_code == status, answer.text
        return answer.text


@pytest.fixture
async def desk(http: httpx.AsyncClient, secrets: SimpleNamespace) -> Desk:
    """Somebody of support, of one store."""
    await http.post("/sign-in", data={"key": secrets.support})
    return Desk(http)


async def opened(services: Services, temporal: FakeGateway) -> str:
    """A case about a charge that the vendor does not take back; Temporal knows its checkout."""
    checkout_id = await with_record(services)
    temporal.views[checkout_id] = view_of(checkout_id, attention=[case(1, effect_id=EFFECT)])
    return checkout_id


def closes(temporal: FakeGateway, *left: dict[str, Any]) -> None:
    """Have the checkout do what it is told: the case is gone when it answers."""

    def settle(letter: Any) -> None:
        temporal.views[letter.checkout_id]["attention"] = [*left]

    temporal.on_update = settle


# --- who ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*PAGES, CASE, f"{CASE}/books"])
@pytest.mark.parametrize("role", ["pos", "audit", "admin"])
async def test_the_desk_is_support_s(
    http: httpx.AsyncClient, secrets: SimpleNamespace, role: str, path: str
) -> None:
    await http.post("/sign-in", data={"key": getattr(secrets, role)})
    assert (await http.get(path)).status_code == 403


@pytest.mark.parametrize("path", PAGES)
async def test_nobody_looks_without_signing_in(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert (answer.status_code, answer.headers["location"][:9]) == (303, "/sign-in?")


@pytest.mark.parametrize("path", PAGES)
async def test_another_store_is_not_there(desk: Desk, path: str) -> None:
    separator = "&" if "?" in path else "?"
    assert "rtm-1" not in await desk.look(path)
    await desk.look(f"{path}{separator}store_id=rtm-1", 404)


async def test_another_stores_case_is_not_there(
    desk: Desk, services: Services, temporal: FakeGateway
) -> None:
    foreign = await waiting(services, "b", case(1), store="rtm-1")
    temporal.views[foreign] = view_of(foreign, store_id="rtm-1", attention=[case(1)])
    for path in (f"/attention/{foreign}/att_1", f"/attention/{foreign}/att_1/books"):
        await desk.look(path, 404)
    await desk.send(f"/attention/{foreign}/att_1/resolve", 404, **SAID)
    assert temporal.letters == []


@pytest.mark.parametrize(
    "path",
    [
        f"{CASE}/resolve",
        f"{CASE}/owner",
        "/attention/holds/release",
        "/attention/deliveries/redeliver",
    ],
)
async def test_a_form_of_another_session_changes_nothing(
    desk: Desk, services: Services, temporal: FakeGateway, path: str
) -> None:
    await opened(services, temporal)
    answer = await desk.http.post(path, data={"csrf": "x" * 43, **SAID})
    assert answer.status_code == 403
    assert temporal.letters == []


async def test_the_pages_carry_no_script_or_style_of_their_own(
    desk: Desk, services: Services, temporal: FakeGateway
) -> None:
    await opened(services, temporal)
    for path in (*PAGES[:-1], CASE):
        html = await desk.look(path)
        assert not re.search(r"<script(?![^>]* src=)|<[^>]+\s(on\w+|style)=", html), path


# --- the queue ------------------------------------------------------------------------------------


async def test_the_queue_says_what_happened_and_what_to_do(desk: Desk, services: Services) -> None:
    await with_record(services)
    await waiting(services, "b", case(1, hours=30, code="goodwill", amount=1250, owner="lee"))
    html = await desk.look("/attention")
    first, second = html.split('<li class="card case">')[1:]
    assert "Spent for good" in first
    assert "12.50 EUR" in first
    assert "lee" in first
    assert "1 d 6 h" in first
    assert "The customer may still be charged." in second
    assert "nobody yet" in second


async def test_a_store_that_is_not_configured_any_more_is_shown_by_its_id(
    desk: Desk, services: Services
) -> None:
    await waiting(services, "a", case(1))
    services.stores = services.stores.model_copy(update={"stores": services.stores.stores[1:]})
    assert "<dd>ams-1</dd>" in await desk.look("/attention")


async def test_the_queue_s_address_can_be_passed_on(desk: Desk, services: Services) -> None:
    await waiting(services, "a", case(1, code="goodwill"), case(2, owner="lee", effect_id=EFFECT))
    assert "/att_2" not in await desk.look("/attention?code=goodwill")
    assert "/att_1" not in await desk.look("/attention?owner=lee&provider=leat")
    html = await desk.look("/attention?provider=wll&code=&owner=&store_id=&state=open")
    assert "Nothing waits here." in html


@pytest.mark.parametrize(
    ("wanted", "search"),
    [
        (QueueFilter(), "TillsagaAttention = true"),
        (
            QueueFilter(store_id="ams-1", provider="leat"),
            "TillsagaStore = 'ams-1' AND TillsagaAttention = true AND TillsagaProviders = 'leat'",
        ),
    ],
)
async def test_the_same_question_leads_to_temporals_page(
    desk: Desk, wanted: QueueFilter, search: str
) -> None:
    assert wanted.search == search
    html = await desk.look(f"/attention?store_id={wanted.store_id}&provider={wanted.provider}")
    assert search in unescape(html)
    address = httpx.URL(re.findall(r'href="([^"]+/workflows\?query=[^"]+)"', html)[0])
    assert address.params["query"] == search


async def test_settled_cases_are_listed_with_who_and_why(desk: Desk, services: Services) -> None:
    await settled_before(services)
    html = await desk.look("/attention?state=settled&provider=leat")
    assert "kim: unblocked" in html
    assert "Nobody has settled" in await desk.look("/attention?state=settled&code=goodwill")
    page = await desk.look("/attention/chk_CCCCCCCCCC/att_1")
    assert "What was decided" in page
    assert "unblocked" in page
    assert "/resolve" not in page


async def settled_before(services: Services) -> None:
    """A checkout with a case that kim has settled, and none that is open."""
    checkout_id = await waiting(services, "c")
    decided = SettledCase(
        case=Attention.model_validate(case(1, effect_id=EFFECT)),
        action="retry",
        actor="kim",
        reason="unblocked",
        at=utc_now(),
    )
    word = Heard(
        kind="message",
        number=2,
        at=utc_now(),
        actor="support",
        facts={"message": "resolve_attention"},
        private={},
    )
    state: Json = {"settled": [decided.model_dump(mode="json")]}
    view = view_of(checkout_id, status="cancelled", attention=[], version=9)
    await services.checkouts.save(checkout_id, state, view, ended=True, heard=[word])


# --- one case -------------------------------------------------------------------------------------


async def test_a_case_is_shown_before_the_vendor_is_asked(
    desk: Desk, services: Services, temporal: FakeGateway
) -> None:
    await opened(services, temporal)
    html = await desk.look(CASE)
    assert "vendor_refused" in html
    assert f'hx-get="{CASE}/books"' in html
    assert "They say" not in html
    assert "not found" in await desk.look(f"{CASE}/books")
    assert "They say" in await desk.look(f"{CASE}?books=now")


async def test_codes_are_shown_by_their_last_characters(
    desk: Desk, services: Services, temporal: FakeGateway
) -> None:
    effect_id = f"charge_giftcard:leat:{CODE}#1"
    checkout_id = await waiting(services, "a", case(1, effect_id=effect_id))
    temporal.views[checkout_id] = view_of(checkout_id, attention=[case(1, effect_id=effect_id)])
    await services.effects.begin(charge(checkout_id, "charge_giftcard"))
    for path in (CASE, "/attention", "/attention/figures"):
        assert CODE not in await desk.look(path)
    assert "****CDEF" in await desk.look(CASE)


async def test_a_word_is_passed_on_with_name_and_reason(
    desk: Desk, services: Services, temporal: FakeGateway
) -> None:
    await opened(services, temporal)
    closes(temporal)
    html = await desk.send(f"{CASE}/resolve", **SAID)
    assert "It was tried again, and it worked." in html
    [letter] = temporal.letters
    assert letter.message == ResolveAttention(
        item="att_1", action="retry", actor="kim", reason="unblocked"
    )


async def test_a_form_sent_twice_is_one_word(
    desk: Desk, services: Services, temporal: FakeGateway
) -> None:
    await opened(services, temporal)
    closes(temporal)
    first, again = [await desk.send(f"{CASE}/resolve", **SAID) for _ in range(2)]
    assert "and it worked" in first
    assert "It has been tried again." in again
    await desk.send(f"{CASE}/resolve", **SAID | {"reason": "unblocked, really"})
    assert len(temporal.handled) == 2


@pytest.mark.parametrize("action", ["accept_loss", "settled_by_hand"])
async def test_what_closes_a_case_for_good_is_asked_for_twice(
    desk: Desk, services: Services, temporal: FakeGateway, action: str
) -> None:
    await opened(services, temporal)
    closes(temporal)
    sure = await desk.send(f"{CASE}/resolve", **SAID | {"action": action})
    assert "nobody can take this back" in sure
    assert temporal.letters == []
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', sure))
    fields.pop("csrf")
    html = await desk.send(f"{CASE}/resolve", **fields)
    assert "The case is closed" in html
    [letter] = temporal.letters
    assert getattr(letter.message, "action", "") == action


@pytest.mark.parametrize("empty", ["action", "actor", "reason"])
async def test_a_form_that_is_half_empty_keeps_what_was_typed(
    desk: Desk, services: Services, temporal: FakeGateway, empty: str
) -> None:
    await opened(services, temporal)
    html = await desk.send(f"{CASE}/resolve", 422, **SAID | {empty: " "})
    assert 'role="alert"' in html
    assert empty == "reason" or 'value="unblocked"' in html
    assert temporal.letters == []


async def test_a_failed_retry_leads_to_its_new_case(
    desk: Desk, services: Services, temporal: FakeGateway
) -> None:
    await opened(services, temporal)
    closes(temporal, case(2, effect_id=EFFECT.replace("#1", "#2")))
    html = await desk.send(f"{CASE}/resolve", **SAID)
    assert "it did not work" in html
    assert 'href="/attention/chk_AAAAAAAAAA/att_2"' in html


async def test_another_open_case_is_no_failed_retry(
    desk: Desk, services: Services, temporal: FakeGateway
) -> None:
    await opened(services, temporal)
    closes(temporal, case(2, effect_id="charge_giftcard:leat:gc-2#1"), case(3, code="goodwill"))
    html = await desk.send(f"{CASE}/resolve", **SAID)
    assert "It was tried again, and it worked." in html
    assert 'href="/attention/chk_AAAAAAAAAA/att_3"' in html


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("attention_settled", "Somebody else was first"),
        ("action_not_allowed", "Choose one of the actions that are left."),
    ],
)
async def test_a_refusal_says_what_to_do(
    desk: Desk, services: Services, temporal: FakeGateway, code: str, words: str
) -> None:
    await opened(services, temporal)
    temporal.refusals["resolve_attention"] = refusal(code, "cancelled")
    html = await desk.send(f"{CASE}/resolve", 409, **SAID)
    assert words in html
    assert 'value="unblocked"' in html


async def test_what_goes_on_says_so(desk: Desk, services: Services, temporal: FakeGateway) -> None:
    await opened(services, temporal)
    temporal.slow.add("resolve_attention")
    html = await desk.send(f"{CASE}/resolve", 202, **SAID)
    assert "It is being tried again." in html


async def test_what_could_not_be_said_is_said_again_under_the_same_key(
    desk: Desk, services: Services, temporal: FakeGateway
) -> None:
    await opened(services, temporal)
    temporal.is_down = True
    html = await desk.send(f"{CASE}/resolve", 503, **SAID)
    assert "press the same button again" in html
    assert 'name="key" value="form-1"' in html
    temporal.is_down = False
    closes(temporal)
    await desk.send(f"{CASE}/resolve", **SAID)
    assert len(temporal.handled) == 1


@pytest.mark.parametrize(
    ("fields", "owner"), [({"owner": " lee "}, "lee"), ({"owner": "lee", "give_back": "yes"}, None)]
)
async def test_a_case_is_taken_on_and_given_back(
    desk: Desk,
    services: Services,
    temporal: FakeGateway,
    fields: dict[str, str],
    owner: str | None,
) -> None:
    await opened(services, temporal)
    await desk.send(f"{CASE}/owner", **fields)
    assert [letter.message for letter in temporal.letters] == [
        AssignAttention(item="att_1", owner=owner)
    ]


@pytest.mark.parametrize("path", ["/attention/chk_AAAAAAAAAA/att_9", "/attention/chk_ZZZZ/att_1"])
async def test_what_is_not_there_is_said_in_words(
    desk: Desk, services: Services, temporal: FakeGateway, path: str
) -> None:
    await opened(services, temporal)
    assert "This did not work" in await desk.look(path, 404)


# --- holds, books, codes, webhooks, figures -------------------------------------------------------


def charge(checkout_id: str, operation: str) -> EffectOrder:
    return EffectOrder(
        checkout_id=checkout_id,
        store_id="ams-1",
        provider="leat",
        kind="leat",
        operation=operation,
        subject=CODE,
        amount=200,
    )


async def held(services: Services, temporal: FakeGateway) -> str:
    """A checkout that holds a voucher; answers the hold's id."""
    checkout_id = await waiting(services, "d")
    temporal.views[checkout_id] = view_of(checkout_id)
    lock = charge(checkout_id, "lock_voucher")
    await services.effects.begin(lock)
    await services.effects.applied(lock.key, done(None))
    return f"{checkout_id}:{lock.effect_id}"


async def test_a_hold_is_released_with_a_reason(
    desk: Desk, services: Services, temporal: FakeGateway
) -> None:
    hold = await held(services, temporal)
    html = await desk.look("/attention/holds?provider=leat")
    assert unescape(re.findall(r'name="hold" value="([^"]+)"', html)[0]) == hold
    assert "****CDEF" in html
    for _ in range(2):
        html = await desk.send("/attention/holds/release", hold=hold, reason="new till", key="k")
        assert "The hold is free." in html
    [letter] = temporal.handled
    assert letter.message == ReleaseHold(
        effect_id=hold.partition(":")[2], reason="new till", actor="support"
    )


async def test_a_hold_that_a_person_settles_leads_to_its_case(
    desk: Desk, services: Services
) -> None:
    await with_record(services)
    html = await desk.look("/attention/holds")
    assert f'<a href="{CASE}">Open the case</a>' in html
    assert "/release" not in html


@pytest.mark.parametrize(("hold", "status"), [("", 404), ("chk_DDDDDDDDDD:lock:x:y#1", 404)])
async def test_a_hold_that_is_not_there_is_not_released(desk: Desk, hold: str, status: int) -> None:
    html = await desk.send("/attention/holds/release", status, hold=hold, reason="r")
    assert "hold_not_found" in html


async def test_a_hold_is_not_released_without_a_reason(
    desk: Desk, services: Services, temporal: FakeGateway
) -> None:
    hold = await held(services, temporal)
    html = await desk.send("/attention/holds/release", 422, hold=hold, reason=" ")
    assert "Say why" in html
    assert "<details open>" in html
    assert temporal.letters == []


async def test_a_difference_is_shown_with_both_sides(desk: Desk, services: Services) -> None:
    [kept] = Reconciliations.model_validate(examples.RECONCILIATIONS).data
    await SqlReconciliationBook(services.database).save(kept)
    html = await desk.look("/attention/reconciliations?store_id=ams-1&date=2026-03-01")
    assert "Another amount" in html
    assert "-200" in html
    assert "-100" in html
    assert "has not been compared" in await desk.look("/attention/reconciliations?date=2026-03-02")
    wll = "/attention/reconciliations?date=2026-03-01&provider=wll"
    assert "Another amount" not in await desk.look(wll)


async def test_a_key_that_pauses_is_shown_with_what_ends_it(desk: Desk, services: Services) -> None:
    await services.guesses.note("ams-1", "key_1", GuessRule(), 500)
    html = await desk.look("/attention/guesses")
    assert "tillsaga guesses lift ams-1 key_1" in html


async def test_a_webhook_is_sent_again(
    desk: Desk, services: Services, temporal: FakeGateway
) -> None:
    await services.deliveries.note(event(), [services.endpoints.all[0]])
    [told] = (await services.deliveries.page(["ams-1"])).deliveries
    assert "No delivery fits" in await desk.look("/attention/deliveries")
    assert told.id in await desk.look("/attention/deliveries?status=")
    html = await desk.send("/attention/deliveries/redeliver", 202, delivery=told.id)
    assert "on its way again" in html
    assert [mailbox.checkout_id for mailbox in temporal.woken] == ["chk_1"]
    await desk.send("/attention/deliveries/redeliver", 404, delivery="whd_none")


async def test_figures_count_the_keys_stores_alone(desk: Desk, services: Services) -> None:
    await waiting(services, "a", case(1), case(2))
    await waiting(services, "b", case(1), store="rtm-1")
    html = await desk.look("/attention/figures")
    assert html.count("<svg") == 2  # the others have counted nothing
    for name, total in (("outcomes", 1), ("ages", 2), ("vendors", 0)):
        text = await desk.look(f"/attention/figures/{name}.csv")
        rows = [line.split(",")[1:] for line in text.splitlines()[1:]]
        assert sum(float(value) for row in rows for value in row) == total


@pytest.mark.parametrize(
    "query", ["?from=soon", "?from=2026-03-02&to=2026-03-01", "?from=2020-01-01&to=2026-01-01"]
)
async def test_figures_of_no_time_are_refused(desk: Desk, query: str) -> None:
    assert "This did not work" in await desk.look(f"/attention/figures{query}", 422)


# --- in Dutch -------------------------------------------------------------------------------------

TEXTS = re.compile(r"""\bt\((?:"([^"]+)"|'([^']+)')\)""")


def test_everything_that_the_desk_says_is_said_in_dutch_too() -> None:
    templates = (HERE / "templates" / "attention").glob("*.html")
    said = {one or other for each in templates for one, other in TEXTS.findall(each.read_text())}
    said |= {name for name, _ in PARTS} | {words for _, words in BOOKS.values()}
    said |= {*attention_case.NEXT_STEPS.values(), *attention_case.DONE.values()}
    said |= {words for pair in KINDS.values() for words in pair}
    said |= {text for action in ACTIONS.values() for text in (action.label, action.does)}
    said |= {t for w in WORDS.values() for t in (w.title, w.happened, w.to_do, w.retry) if t}
    said |= {operation.title for operation in OPERATIONS.values()}
    assert len(said) > 200
    assert said - LANGUAGES["nl"].keys() == set()


async def test_a_dutch_store_s_desk_speaks_dutch(desk: Desk, services: Services) -> None:
    dutch = [store.model_copy(update={"language": "nl"}) for store in services.stores.stores]
    services.stores = services.stores.model_copy(update={"stores": tuple(dutch)})
    await waiting(services, "a", case(1))
    html = await desk.look("/attention")
    assert '<html lang="nl">' in html
    assert "Wat op een mens wacht" in html
    assert "Niet teruggenomen" in html
