"""A run that was left behind: terminated or reset, while another has ended the checkout."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.activities.test_effects import Desk, Vendor, order
from tests.records.samples import view
from tests.support.template import template_database
from tillsaga.domain.effects import EffectOrder
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import open_database
from tillsaga.records.effects import SqlEffectBook

SOLD = view(3, "completed")


class Records:
    """A desk, and the checkout that it works for."""

    def __init__(self, desk: Desk, checkouts: SqlCheckoutBook) -> None:
        self.desk, self.checkouts = desk, checkouts

    async def end(self) -> None:
        await self.checkouts.save("chk_1", {}, SOLD, ended=True)


@pytest.fixture
async def records(tmp_path: Path) -> AsyncIterator[Records]:
    path = shutil.copy(template_database(), tmp_path / "records.db")
    database = open_database(f"sqlite:///{path}")
    checkouts = SqlCheckoutBook(database)
    await checkouts.open_bill("ams-1", "basket-1", "f", "till-1", lambda _: "chk_1")
    yield Records(Desk(Vendor(), SqlEffectBook(database)), checkouts)
    await database.close()


def old(**changes: object) -> EffectOrder:
    """An order of a run that knows of no end."""
    return order().model_copy(update={"before_end": True, **changes})


async def test_it_begins_nothing_after_the_end(records: Records) -> None:
    await records.end()
    assert (await records.desk.run("do", old())).code == "ended"
    assert records.desk.vendor.calls == []


async def test_it_takes_nothing_back_after_the_end(records: Records) -> None:
    await records.desk.run("do", old())
    await records.end()
    assert (await records.desk.run("undo", old())).code == "ended"
    assert records.desk.vendor.calls == ["do"]


async def test_it_saves_nothing_after_the_end(records: Records) -> None:
    await records.end()
    given_up = view(9, "cancelled")
    await records.checkouts.save("chk_1", {"n": 1}, given_up, ended=True, before_end=True)
    bill = await records.checkouts.find("chk_1")
    assert bill is not None
    assert bill.view == SOLD


async def test_who_knows_of_the_end_goes_on(records: Records) -> None:
    await records.end()
    assert (await records.desk.run("do", order())).status == "applied"
    assert (await records.desk.run("undo", order())).status == "reversed"


async def test_what_it_began_keeps_another_from_ending(records: Records) -> None:
    await records.desk.run("do", old())

    key = order().key
    assert await records.checkouts.save("chk_1", {}, SOLD, ended=True, knows=[]) == [key]
    assert not (await records.checkouts.facts("chk_1")).ended

    assert await records.checkouts.save("chk_1", {}, SOLD, ended=True, knows=[key]) == []
    assert (await records.checkouts.facts("chk_1")).ended


async def test_what_was_refused_keeps_nobody_from_ending(records: Records) -> None:
    await records.desk.book.withdrawn(old())

    assert await records.checkouts.save("chk_1", {}, SOLD, ended=True, knows=[]) == []
