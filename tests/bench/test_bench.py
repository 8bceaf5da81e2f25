"""Small measurements run for real: all processes, few checkouts, and every book agrees."""

from dataclasses import replace

import pytest
import uvloop

from bench.__main__ import run
from bench.books import VendorBooks
from bench.figures import Measured, Row
from bench.measures import history, open_checkouts, past_checkouts
from bench.options import QUICK
from bench.past_rows import Past
from bench.reference import DBOS, MESSAGES, SIDES, Json, Sale
from bench.rig import Running, running
from bench.rounds import play_one
from bench.sides.http_till import HttpTill
from bench.soak import run as soak
from bench.storm import PatientTill
from tillsaga.demo.movements import net_of
from tillsaga.demo.vendors.leat import new_customer
from tillsaga.domain.ports import Facts
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import open_database

COSTS = ["CPU in all, ms", "CPU api, ms", "CPU worker, ms", "CPU temporal, ms"]
COSTS += ["CPU api a message, ms", "vendor calls"]
MOST_EVENTS, MOST_BYTES, MOST_ACTIONS = 75, 40_000, 20
A_TASK = 3
"""Events of a workflow task that may come between two others, or be one with them; what it hands in
is one more action. On a busy machine that happens twice to some."""

pytestmark = [
    pytest.mark.alone,
    pytest.mark.xdist_group("stack"),  # one stack of real processes at a time
    pytest.mark.timeout(300),
]


def silent(_: str) -> None:
    """Say nothing."""


def rows_of(measured: Measured) -> list[Row]:
    return [row for section in measured.sections for row in section.rows]


def test_the_smallest_bench_prints_its_table(capsys: pytest.CaptureFixture[str]) -> None:
    smallest = ["--checkouts", "1", "--concurrency", "1", "--vendor-ms", "0"]
    code = run(["--only", "tills", *smallest])

    said = capsys.readouterr()
    assert code == 0, said.err
    header, _, scene, *lines = [_cells(line) for line in said.out.splitlines() if "|" in line]
    assert header == ["measure", *SIDES, "ratio", "goal", "met or not"]
    assert scene[0] == "1 till, +0 ms (n=1)"
    timed = [f"{message}, ms" for message in MESSAGES]
    timed += ["whole checkout, ms", "whole checkout, p95, ms", "checkouts per second"]
    assert [cells[0] for cells in lines] == [*timed, "per checkout, all scenes", *COSTS]
    compared = [cells for cells in lines if cells[0] in (*timed, "vendor calls")]
    assert all(float(value) > 0 for cells in compared for value in cells[1:5])
    assert "not like for like" not in said.out


def test_a_history_stays_below_its_ceiling() -> None:
    found = history.measured(QUICK, silent)

    assert found.problems == []
    events, size, actions = (row.checks[0].values for row in rows_of(found))
    assert min(events) <= MOST_EVENTS + A_TASK
    assert max(events) <= MOST_EVENTS + 2 * A_TASK
    assert max(size) <= MOST_BYTES
    assert min(actions) <= MOST_ACTIONS + 1
    assert max(actions) <= MOST_ACTIONS + 2


def test_checkouts_are_held_open() -> None:
    found = open_checkouts.measured(replace(QUICK, open=30), silent)

    assert found.problems == []
    assert found.sections[0].title == "30 open checkouts"
    memory, beside, woken = rows_of(found)
    assert all(row.values["ours"] > 0 for row in (beside, woken))
    assert len(memory.checks[0].values) == open_checkouts.STEPS


def test_past_checkouts_are_made_on_both_databases() -> None:
    found = past_checkouts.measured(replace(QUICK, past=200), silent)

    assert found.problems == []
    titles = [section.title for section in found.sections]
    assert titles == ["200 past checkouts, SQLite", "200 past checkouts, PostgreSQL"]


def test_starts_are_timed(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["--only", "startup", "--starts", "1"])

    said = capsys.readouterr()
    assert code == 0, said.err
    assert "tillsaga dev to ready, s" in said.out


def test_a_copy_of_a_past_checkout_is_one_like_its_original() -> None:
    with running() as here:
        original, copied = uvloop.run(_with_a_copy(here))

    assert copied.ended
    assert copied.state == original.state
    assert [e.order for e in copied.effects] == [e.order for e in original.effects]
    assert [p.report for p in copied.payments] == [p.report for p in original.payments]


async def _with_a_copy(here: Running) -> tuple[Facts, Facts]:
    url = here.stack.home.database_url
    async with here.rig() as rig:
        sale = await play_one(rig, rig.ours)
    Past.at(url).fill([sale.checkout_id], 3)
    database = open_database(url)
    book = SqlCheckoutBook(database)
    original = await book.facts(sale.checkout_id)
    copied = await book.facts(f"{sale.checkout_id}~2")
    await database.close()
    return original, copied


def test_the_peer_gives_back_what_a_till_cancels() -> None:
    with running(yardsticks=True) as here:
        net = uvloop.run(_cancelled(here))

    assert net == {}


async def _cancelled(here: Running) -> object:
    async with here.rig() as rig:
        till, sale = rig.sides[DBOS], Sale(new_customer(rig.sandbox))
        assert isinstance(till, HttpTill)
        await _gather(till, sale)
        held = net_of(sale.customer.booked(VendorBooks(await rig.books()).of(sale.customer)))
        assert len(held) == 3, held  # the lock, the reward's points, the charge
        await till.say(sale, "cancel")
        books = VendorBooks(await rig.books())
    return net_of(sale.customer.booked(books.of(sale.customer)))


async def _gather(till: HttpTill, sale: Sale) -> None:
    customer = sale.customer
    await till.open(sale)
    await till.say(sale, "voucher", voucher=customer.voucher, code=customer.voucher_code)
    await till.say(sale, "reward")
    await till.say(sale, "giftcard", code=customer.giftcard_code)


def test_a_till_in_the_storm_asks_anew_once_a_lost_charge_is_known() -> None:
    with running(settle_after="1s") as here:
        sale, seen = uvloop.run(_stormy(here))

    assert seen["status"] == "completed"
    assert [tender["status"] for tender in seen["tenders"]] == ["refused"]
    assert sale.whole > 0


async def _stormy(here: Running) -> tuple[Sale, Json]:
    async with here.rig() as rig:
        sale = Sale(new_customer(rig.sandbox))
        # Nobody can say before the vendor's longest time is over that it has not happened.
        await rig.go_wrong(after=0, kind="drop_before", path_regex="giftcard-transactions$")
        await PatientTill(rig.ours).play(sale)
        return sale, await rig.ours.read(sale.checkout_id)


def test_a_short_soak_breaks_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    code = soak(["--tills", "5", "--minutes", "0.2", "--open", "20", "--in-a-row", "15"])

    said = capsys.readouterr()
    assert code == 0, said.err
    assert "vendor calls went wrong; 0 left to a person" in said.out


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")[1:-1]]
