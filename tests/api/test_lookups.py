from api import examples
from tests.api.fakes import FakeGateway
from tests.api.till import Till
from tillsaga.domain.reads import LookUpAnswer, ScanAnswer
from tillsaga.domain.view import RefusalBody


async def test_the_vendors_are_asked_without_a_key(till: Till, temporal: FakeGateway) -> None:
    temporal.found = LookUpAnswer(body=examples.LOOKED_UP)
    headers = {"Authorization": f"Bearer {till.secret}"}
    answer = await till.http.post("/v1/lookups", json=examples.LOOK_UP, headers=headers)
    [question] = temporal.questions
    assert (answer.status_code, answer.json()) == (200, examples.LOOKED_UP)
    assert (question.kind, question.value) == ("giftcard", examples.LOOK_UP["value"])
    assert question.providers == ("leat",)


async def test_what_nobody_knows_is_a_problem(till: Till, temporal: FakeGateway) -> None:
    temporal.found = LookUpAnswer(refusal=RefusalBody(code="card_not_found", detail="no"))
    answer = await till.post("/v1/lookups", examples.LOOK_UP)
    assert (answer.status_code, answer.json()["code"]) == (404, "card_not_found")


async def test_a_question_needs_a_store_and_a_provider_of_it(till: Till) -> None:
    foreign = await till.post("/v1/lookups", {**examples.LOOK_UP, "store_id": "rtm-1"})
    unknown = await till.post("/v1/lookups", {**examples.LOOK_UP, "provider": "nobody"})
    assert foreign.json()["code"] == "store_not_found"
    assert (unknown.status_code, unknown.json()["code"]) == (422, "provider_unknown")


async def test_a_question_ends_within_the_budget(till: Till, temporal: FakeGateway) -> None:
    temporal.has_worker = False
    late = await till.post("/v1/lookups", examples.LOOK_UP)
    temporal.is_down = True
    down = await till.post("/v1/lookups", examples.LOOK_UP)
    assert (late.status_code, late.json()["code"]) == (503, "vendor_unavailable")
    assert (down.status_code, down.json()["code"]) == (503, "service_unavailable")


async def test_a_portal_opens_for_the_checkouts_member(till: Till, temporal: FakeGateway) -> None:
    address = await till.opened()
    temporal.found = LookUpAnswer(body=examples.PORTAL_SESSION)
    answer = await till.post(f"{address}/portal-session")
    [question] = temporal.questions
    assert (answer.status_code, answer.json()) == (200, examples.PORTAL_SESSION)
    assert question.kind == "portal"
    assert question.member is not None
    assert (question.member.provider, question.member.member_id) == ("leat", "c-7f1")
    unknown = await till.post(f"{address}/portal-session", {"provider": "nobody"})
    assert unknown.json()["code"] == "provider_unknown"


async def test_a_scan_names_who_knows_the_code(till: Till, temporal: FakeGateway) -> None:
    address = await till.opened()
    temporal.scanned = ScanAnswer.model_validate(examples.SCANNED)
    at_checkout = await till.post(f"{address}/scans", examples.SCAN)
    at_store = await till.post("/v1/scans", examples.STORE_SCAN)
    assert at_checkout.json() == at_store.json() == examples.SCANNED
    with_member, without = temporal.scans
    assert set(with_member.members) == {"leat"}
    assert without.members == {}


async def test_a_code_that_nobody_knows_is_a_problem(till: Till) -> None:
    answer = await till.post("/v1/scans", examples.STORE_SCAN)
    assert (answer.status_code, answer.json()["code"]) == (404, "code_unknown")
