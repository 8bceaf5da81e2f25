import asyncio
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.records.samples import done, order
from tests.support.stores import ENVIRON, STORE, stores_yaml
from tillsaga.dev.ports import Ports
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import open_database
from tillsaga.records.effects import SqlEffectBook

CHECKOUT = "chk_9T3M2K7QW4RB5X8Z"
LOCK = f"{CHECKOUT}:lock_voucher:leat:v-1#1"


@pytest.fixture
def with_a_lock(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """A store whose records know of one locked voucher."""
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    Path("stores.yaml").write_text(stores_yaml("http://127.0.0.1:9", ["leat"], {}))
    cli("db", "upgrade")
    asyncio.run(_lock())
    return cli


async def _lock() -> None:
    database = open_database("sqlite:///.tillsaga/tillsaga.db")
    books, effects = SqlCheckoutBook(database), SqlEffectBook(database)
    await books.open_bill(STORE, "basket-0001", "f", "till-1", lambda _: CHECKOUT)
    lock = order("lock_voucher", checkout=CHECKOUT)
    await effects.begin(lock)
    await effects.applied(lock.key, done(None))
    await database.close()


def test_holds_are_listed_for_people_and_for_programs(with_a_lock: Cli) -> None:
    assert LOCK in with_a_lock("holds").out
    [hold] = json.loads(with_a_lock("holds", "--store", STORE, "--json").out)["data"]
    assert (hold["id"], hold["state"], hold["releasable"]) == (LOCK, "held", True)
    assert json.loads(with_a_lock("holds", "--older-than", "1h", "--json").out)["data"] == []


def test_an_id_is_whole_on_a_narrow_screen(
    with_a_lock: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")

    assert LOCK in with_a_lock("holds").out.splitlines()


def test_that_nothing_is_held_is_said(with_a_lock: Cli) -> None:
    assert with_a_lock("holds", "--older-than", "1h").out == "nothing is held\n"


@pytest.mark.parametrize("wrong", [("--older-than", "soon"), ("--store", "nowhere")])
def test_a_wrong_question_is_wrong_usage(with_a_lock: Cli, wrong: tuple[str, str]) -> None:
    assert with_a_lock("holds", *wrong).code == 2


def test_a_hold_that_nobody_knows_cannot_be_released(with_a_lock: Cli) -> None:
    said = with_a_lock("holds", "release", "lock_voucher:leat:v-9#1", "--reason", "stuck")

    assert said.code == 1
    assert "hold_not_found" in said.err


def test_a_release_needs_temporal(with_a_lock: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{Ports.free().temporal}")

    said = with_a_lock("holds", "release", LOCK, "--reason", "stuck")

    assert said.code == 1
    assert "service_unavailable" in said.err
