import httpx
import pytest

from tests.connectors.fake_vendor import NOW, Vendor, at, data, no, order
from tillsaga.connectors.leat import Leat
from tillsaga.domain.effects import Done
from tillsaga.domain.model import Json
from tillsaga.errors import AnswerLost, Refused

CHARGE = order("charge_giftcard", "gc-1", {"giftcard_uuid": "gc-1"}, amount=12_00)
LOAD = order(
    "load_giftcard", "line-1", amount=25_00, prior={"create_giftcard": {"giftcard_uuid": "gc-1"}}
)
CARD: Json = {"uuid": "gc-1", "hash": "HT123ABC", "amount_in_cents": "800", "type": "PHYSICAL"}
DONE = Done(data={"transaction_uuid": "gt-88", "amount": -12_00, "created_at": at(1)})


def entry(uuid: str | None, amount: int, seconds: int = 1, mark: str | None = None) -> Json:
    attributes: Json = {"mypos_effect_key": mark} if mark else {}
    return {
        "uuid": uuid,
        "amount_in_cents": amount,
        "created_at": at(seconds),
        "custom_attributes": attributes or [],
        "shop": {"uuid": "s-1"},
    }


@pytest.fixture
def card(vendor: Vendor) -> Vendor:
    vendor.on("GET giftcards/gc-1", data(CARD))
    return vendor


async def test_a_charge_is_negative_marked_and_reads_the_balance(leat: Leat, card: Vendor) -> None:
    charge = card.on("POST giftcard-transactions", data(entry("gt-88", -12_00)))

    done = await leat.operator("charge_giftcard").do(CHARGE)

    assert card.sent(charge) == {
        "giftcard_uuid": "gc-1",
        "amount_in_cents": -12_00,
        "shop_uuid": "s-1",
        "custom_attributes": {"mypos_effect_key": CHARGE.key},
    }
    assert (done.transaction_id, done.balance_after_amount) == ("gt-88", 8_00)
    assert "HT123ABC" not in done.model_dump_json()


async def test_a_charge_stands_though_the_balance_cannot_be_read(
    leat: Leat, vendor: Vendor
) -> None:
    vendor.on("POST giftcard-transactions", data(entry("gt-88", -12_00)))
    vendor.on("GET giftcards/gc-1", httpx.ReadTimeout("late"))

    assert (await leat.operator("charge_giftcard").do(CHARGE)).balance_after_amount is None


async def test_a_load_is_positive_on_the_card_that_was_created(leat: Leat, card: Vendor) -> None:
    load = card.on("POST giftcard-transactions", data(entry("gt-89", 25_00)))

    done = await leat.operator("load_giftcard").do(LOAD)

    assert card.sent(load)["amount_in_cents"] == 25_00
    assert done.data["giftcard_uuid"] == "gc-1"


@pytest.mark.parametrize(
    ("operation", "code", "ours"),
    [
        ("charge_giftcard", 5003, "insufficient_balance"),
        ("charge_giftcard", 5002, "tender_refused"),
        ("charge_giftcard", 7010, "tender_refused"),
        ("load_giftcard", 5006, "card_refused"),
        ("load_giftcard", 5008, "card_refused"),
        ("load_giftcard", 1114, "card_refused"),
    ],
)
async def test_a_refused_transaction_says_why(
    leat: Leat, card: Vendor, operation: str, code: int, ours: str
) -> None:
    card.on("POST giftcard-transactions", no(code))
    asked = CHARGE if operation == "charge_giftcard" else LOAD

    with pytest.raises(Refused) as refused:
        await leat.operator(operation).do(asked)

    assert refused.value.code == ours


@pytest.mark.parametrize("answer", [no(1000), httpx.Response(503), data("?"), data({})])
async def test_what_may_have_been_charged_is_a_doubt(
    leat: Leat, card: Vendor, answer: httpx.Response
) -> None:
    card.on("POST giftcard-transactions", answer)

    with pytest.raises(AnswerLost):
        await leat.operator("charge_giftcard").do(CHARGE)


LISTED = {
    "marked": ([entry("gt-1", -12_00, mark=CHARGE.key)], "gt-1"),
    "marked, not the newest": (
        [entry("gt-2", -12_00, 5), entry("gt-1", -12_00, mark=CHARGE.key)],
        "gt-1",
    ),
    "no marks kept": ([entry("gt-1", -12_00)], "gt-1"),
    "marks kept, none ours": (
        [entry("gt-2", -12_00, 5), entry("gt-1", -3_00, mark="other")],
        None,
    ),
    "marked with our undo": ([entry("gt-1", 12_00, mark=f"{CHARGE.key}!undo")], None),
    "reversal that copied the mark": ([entry("gt-1", 12_00, mark=CHARGE.key)], None),
    "another amount": ([entry("gt-1", -11_00)], None),
    "before": ([entry("gt-1", -12_00, -3)], None),
    "clocks differ a little": ([entry("gt-1", -12_00, -2)], "gt-1"),
    "without an id": ([entry(None, -12_00)], None),
    "another effect's": ([entry("gt-owned", -12_00)], None),
    "another shop's": ([{**entry("gt-1", -12_00), "shop": {"uuid": "s-2"}}], None),
}


@pytest.mark.parametrize(("listed", "found"), LISTED.values(), ids=LISTED)
async def test_a_lost_charge_is_settled_by_the_cards_list(
    leat: Leat, card: Vendor, mine: set[str], listed: list[Json], found: str | None
) -> None:
    mine.add("gt-owned")
    listing = card.on("GET giftcard-transactions", data([*listed]))

    done = await leat.operator("charge_giftcard").find(CHARGE, NOW)

    assert (done.transaction_id if done else None) == found
    assert listing.calls.last.request.url.params["giftcard_hash"] == "HT123ABC"


async def test_a_charge_is_reversed_by_its_transaction(leat: Leat, card: Vendor) -> None:
    card.on("POST giftcard-transactions/gt-88/reverse", data(entry("gt-90", 12_00)))

    undone = await leat.operator("charge_giftcard").undo(CHARGE, DONE)

    assert (undone.transaction_id, undone.balance_after_amount) == ("gt-90", 8_00)


async def test_a_card_used_since_gets_the_opposite_amount(leat: Leat, card: Vendor) -> None:
    card.on("POST giftcard-transactions/gt-88/reverse", no(55025))
    card.on("GET giftcard-transactions", data([entry("gt-89", -2_00, 5)]))
    opposite = card.on("POST giftcard-transactions", data(entry("gt-91", 12_00)))

    undone = await leat.operator("charge_giftcard").undo(CHARGE, DONE)

    assert undone.transaction_id == "gt-91"
    assert card.sent(opposite)["amount_in_cents"] == 12_00
    mark = {"mypos_effect_key": f"{CHARGE.key}!undo"}
    assert card.sent(opposite)["custom_attributes"] == mark


async def test_reversing_twice_gives_the_money_back_once(leat: Leat, card: Vendor) -> None:
    card.on("POST giftcard-transactions/gt-88/reverse", no(55025))
    card.on("GET giftcard-transactions", data([entry("gt-90", 12_00, 5)]))
    opposite = card.on("POST giftcard-transactions", data(entry("gt-91", 12_00)))

    undone = await leat.operator("charge_giftcard").undo(CHARGE, DONE)

    assert undone.transaction_id == "gt-90"
    assert not opposite.called


@pytest.mark.parametrize(("code", "ours"), [(5006, "tender_refused"), (5002, "tender_refused")])
async def test_what_the_card_does_not_take_back_is_for_a_person(
    leat: Leat, card: Vendor, code: int, ours: str
) -> None:
    card.on("POST giftcard-transactions/gt-88/reverse", no(55025))
    card.on("GET giftcard-transactions", data([]))
    card.on("POST giftcard-transactions", no(code))

    with pytest.raises(Refused) as refused:
        await leat.operator("charge_giftcard").undo(CHARGE, DONE)

    assert refused.value.code == ours


async def test_a_sold_card_that_was_spent_cannot_be_unloaded(leat: Leat, card: Vendor) -> None:
    card.on("POST giftcard-transactions/gt-88/reverse", no(5003))

    with pytest.raises(Refused) as refused:
        await leat.operator("load_giftcard").undo(LOAD, DONE)

    assert refused.value.code == "insufficient_balance"


REVERSALS = {
    "reversed": ([entry("gt-90", 12_00, 5)], "gt-90"),
    "opposite, marked": ([entry("gt-91", 12_00, 5, f"{CHARGE.key}!undo")], "gt-91"),
    "another checkout's load": ([entry("gt-92", 12_00, 5, "other")], None),
    "before the charge": ([entry("gt-93", 12_00, 0)], None),
    "owned": ([entry("gt-owned", 12_00, 5)], None),
}


@pytest.mark.parametrize(("listed", "found"), REVERSALS.values(), ids=REVERSALS)
async def test_a_lost_reversal_is_found_by_the_opposite_amount(
    leat: Leat, card: Vendor, mine: set[str], listed: list[Json], found: str | None
) -> None:
    mine.add("gt-owned")
    card.on("GET giftcard-transactions", data([*listed]))

    undone = await leat.operator("charge_giftcard").find_undo(CHARGE, DONE, NOW)

    assert (undone.transaction_id if undone else None) == found
