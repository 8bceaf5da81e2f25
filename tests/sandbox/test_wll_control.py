"""Books, seeds, faults and switches of the Loyalty Engine's sandbox."""

from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.wll_till import NOW, ORDER, WllTill, burn, event, redeem
from tillsaga.sandbox.app import create_app
from tillsaga.sandbox.books import Books, Clock
from tillsaga.sandbox.wll import world
from tillsaga.sandbox.wll.vendor import SWITCHES, WhiteLabelLoyalty

pytestmark = pytest.mark.asyncio
NAMES = [
    "user.get",
    "user.wallet",
    "benefit.redeem",
    "voucher.validate",
    "benefit.list",
    "benefit.get",
    "event.report",
    "event.list",
    "event.get",
    "event.reactions",
    "reward.purchase",
    "points.adjust",
    "voucher.give",
    "reward.discounts",
    "setting.get",
    "reaction.test",
    "reaction.test",
    "order.place",
    "oauth.token",
]


@pytest_asyncio.fixture
async def wll(till: Any) -> WllTill:
    return WllTill(till)


async def test_the_index_names_every_operation_and_switch(wll: WllTill) -> None:
    shown = (await wll.till.control("GET", "/"))["wll"]

    assert [one["name"] for one in shown["operations"]] == NAMES
    assert set(shown["switches"]) == set(SWITCHES)
    paths = {one["name"]: one["path"] for one in shown["operations"]}
    assert paths["order.place"] == "/receipts/v1/orders"
    assert paths["oauth.token"] == "/auth/oauth/token"


async def test_books_tell_points_per_member_with_all_ids(wll: WllTill) -> None:
    made = await wll.event(points=300, transactionId="tx-1", operationId="op-1")
    points = (await wll.books())["points"][world.MEMBER]

    assert (points["balance"], points["lifetime"]) == (200, 2300)
    opening, spent = points["entries"]
    assert (opening["origin"], opening["points"]) == ("opening", 500)
    ids = ("event", "event_type", "transaction_id", "operation_id", "points", "created_at")
    assert [spent[name] for name in ids] == [
        made["id"],
        world.SPEND_TYPE,
        "tx-1",
        "op-1",
        -300,
        NOW,
    ]


async def test_books_tell_the_state_per_code(wll: WllTill) -> None:
    books = await wll.books()
    states = {
        code: books["vouchers"][benefit]["status"] for code, benefit in books["codes"].items()
    }

    assert states[world.BENEFIT_CODE] == "ISSUED"
    assert states[world.REDEEMED_CODE] == "REDEEMED"
    assert states[world.VALIDATED_CODE] == "VALIDATED"
    assert states[world.BURNED_CODE] == "BURNED"
    assert states[world.EXPIRED_CODE] == "EXPIRED"
    assert world.STATIC_CODE not in states


async def test_a_seeded_member_is_fresh_and_ready(wll: WllTill) -> None:
    vouchers: list[dict[str, Any]] = [{"state": "REDEEMED"}, {}, {"reward": world.POOL}]
    made = await wll.seed(users=[{"points": 70, "vouchers": vouchers}, {"points": 7}])
    first, second = made["users"]

    assert first["auth_identifier"] != second["auth_identifier"]
    assert await wll.points(first["account_number"]) == 70
    await wll.ok(*burn(first["vouchers"][0]["code"]))
    await wll.ok(*redeem(first["vouchers"][1]["id"]))
    submitter = {"submitter": {"authIdentifier": first["auth_identifier"]}}
    await wll.ok("POST", "/orders", ORDER | submitter)
    assert await wll.points(first["id"]) == 89


async def test_a_program_can_be_seeded(wll: WllTill) -> None:
    """A reward for a visit, a token, a type, a reactor and a setting."""
    reward = (await wll.seed(rewards=[{"name": "Cake"}]))["rewards"][0]["id"]
    await wll.seed(
        tokens=[{"token": "t-2", "user": world.SECOND}],
        event_types=[{"name": "CAME_BACK", "payload": {"visits": "integer"}}],
        reactors=[{"event_type": "CAME_BACK", "field": "visits", "reward": reward}],
        settings=[{"name": "rate", "value": "1:100"}],
    )
    body = {"type": "CAME_BACK", "payload": {"visits": 2}}
    await wll.ok("POST", "/events", body, token="t-2")

    assert len((await wll.wallet(world.SECOND))["vouchers"]) == 1
    assert (await wll.ok("GET", "/settings/rate"))["value"] == "1:100"


WRONG_SEEDS: list[dict[str, Any]] = [
    {"cards": []},
    {"users": [{"id": world.MEMBER}]},
    {"users": [{"account_number": world.MEMBER_ACCOUNT}]},
    {"users": [{"auth_identifier": world.MEMBER_AUTH}]},
    {"users": [{"tenant": "none"}]},
    {"users": [{"vouchers": [{"code": world.BURNED_CODE}]}]},
    {"users": [{"vouchers": [{"reward": "none"}]}]},
    {"vouchers": [{"user": "nobody"}]},
    {"vouchers": [{"user": world.MEMBER, "id": "no-uuid"}]},
    {"rewards": [{"code_type": "STATIC"}]},
    {"reactors": [{"event_type": "X", "reward": "none"}]},
    {"tokens": [{"token": world.TOKEN}]},
]


async def test_a_wrong_seed_is_refused_whole(wll: WllTill) -> None:
    before = await wll.books()
    for wanted in WRONG_SEEDS:
        body = {"rewards": [{}]} | wanted
        answer = await wll.http.post("/_sandbox/seed/wll", json=body)
        assert answer.status_code == 400, wanted

    assert await wll.books() == before


async def test_a_path_is_named_for_rules_and_an_unknown_one_is_not(wll: WllTill) -> None:
    await wll.ask("GET", "/nowhere")
    log = (await wll.till.control("GET", "/requests"))["requests"]

    assert [(one["vendor"], one["operation"]) for one in log] == [("wll", None)]


async def test_reset_goes_back_to_the_world(wll: WllTill) -> None:
    await wll.switch(reaction_delay_seconds=5)
    await wll.event(points=300)
    await wll.till.control("POST", "/reset")

    books = await wll.books()
    assert books["points"][world.MEMBER]["balance"] == 500
    assert (books["events"], books["reactions"]) == ([], [])


async def test_books_in_a_file_are_carried_on(tmp_path: Path) -> None:
    file = tmp_path / "books.db"
    first = Books(file, Clock())
    vendor = WhiteLabelLoyalty(first)
    vendor.load_world()
    vendor.add({"users": [{"id": "u-1", "points": 3}]})
    first.close()

    app = create_app(file)
    async with app.router.lifespan_context(app):
        pass
    again = Books(file, Clock())
    assert WhiteLabelLoyalty(again).dump()["points"]["u-1"]["balance"] == 3
    again.close()


async def test_ids_are_not_all_uuids(wll: WllTill) -> None:
    """Sheet 1, ids: accept any string."""
    made = [(await wll.ok("POST", "/events", event(points=1)))["id"] for _ in range(3)]

    assert len(set(made)) == 3
    assert {len(one) for one in made} != {36}
