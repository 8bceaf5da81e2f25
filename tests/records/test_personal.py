"""The vault: the same value has the same token, and what is erased leads to nobody."""

from typing import Any

import pytest
from sqlalchemy import text

from tests.records.samples import StillClock, open_bill, view
from tillsaga.domain.privacy import ERASED
from tillsaga.domain.tokens import TOKEN, erased, masked
from tillsaga.errors import Unavailable
from tillsaga.keyring import KeyRing, new_key
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import Database
from tillsaga.records.personal import SqlVault

CARD, MAIL = "GIFT-0001-3ABC", "ann@shopper.example"
DAY = 24 * 60 * 60
OLD, NEW = new_key("old"), new_key("new")


def vault(database: Database, clock: StillClock, *keys: str) -> SqlVault:
    ring = KeyRing.parse(",".join(keys)) if keys else None
    return SqlVault(database, ring, keep_years=1, now=clock)


async def rows(database: Database) -> list[tuple[object, ...]]:
    async with database.read() as session:
        return [tuple(row) for row in await session.execute(text("SELECT * FROM personal"))]


async def test_the_same_value_always_has_the_same_token(
    database: Database, clock: StillClock
) -> None:
    own = vault(database, clock, NEW)

    first = await own.keep([CARD, MAIL])
    again = await vault(database, clock, NEW).keep([MAIL, CARD])

    assert first == again
    assert all(TOKEN.fullmatch(token) for token in first.values())
    assert await own.reveal(first.values()) == {t: value for value, t in first.items()}
    assert await own.keep(first.values()) == {}, "a token is no value"


async def test_a_token_shows_what_people_are_shown_of_its_value(
    database: Database, clock: StillClock
) -> None:
    tokens = await vault(database, clock).keep([CARD, MAIL, "é", "AB"])

    assert {value: masked(token) for value, token in tokens.items()} == {
        value: masked(value) for value in tokens
    }
    assert "@" in tokens[MAIL], "what must be an address stays one"


async def test_under_a_ring_neither_value_nor_digest_can_be_read_without_its_key(
    database: Database, clock: StillClock
) -> None:
    tokens = await vault(database, clock, NEW).keep([CARD])

    assert CARD not in str(await rows(database))
    for ring in ((), (OLD,)):
        with pytest.raises(Unavailable, match="'new'") as missing:
            await vault(database, clock, *ring).reveal(tokens.values())
        assert missing.value.code == "key_missing"
    assert await vault(database, clock, OLD).tokens_of([CARD]) == set()


async def test_a_ring_that_turns_finds_its_values_again(
    database: Database, clock: StillClock
) -> None:
    plain = await vault(database, clock).keep(["before any key"])
    old = await vault(database, clock, OLD).keep([CARD])

    turned = vault(database, clock, NEW, OLD)
    assert await turned.keep([CARD, "before any key"]) == plain | old
    await turned.tidy()

    own = vault(database, clock, NEW)
    assert await own.keep([CARD, "before any key"]) == plain | old
    assert await own.reveal(old.values()) == {old[CARD]: CARD}


async def test_a_key_of_the_same_name_with_other_bytes_is_named(
    database: Database, clock: StillClock
) -> None:
    tokens = await vault(database, clock, OLD).keep([CARD])

    with pytest.raises(Unavailable, match="'old'"):
        await vault(database, clock, new_key("old")).reveal(tokens.values())


async def test_what_nobody_needs_any_more_is_deleted(database: Database, clock: StillClock) -> None:
    own = vault(database, clock)
    looked_up = await own.keep(["looked up"])
    sold = await own.keep_long([CARD])

    clock.move(2 * DAY)
    assert await own.tidy() == 1
    assert (await own.reveal([*looked_up.values(), *sold.values()]))[sold[CARD]] == CARD
    clock.move(300 * DAY)
    await own.reveal(sold.values())  # a refund keeps its sale
    clock.move(300 * DAY)
    assert await own.tidy() == 0
    clock.move(100 * DAY)
    assert await own.tidy() == 1
    assert await rows(database) == []


async def test_what_is_gone_becomes_a_marker_that_no_vendor_is_sent(
    database: Database, clock: StillClock
) -> None:
    own = vault(database, clock)
    tokens = await own.keep([CARD, MAIL])
    clock.move(2 * DAY)
    await own.tidy()

    gone = await own.reveal(tokens.values())

    assert all(ERASED.search(marker) for marker in gone.values())
    assert gone[tokens[MAIL]].endswith("@erased.invalid")


async def test_a_value_stays_while_its_checkout_runs_and_then_while_its_records_have_it(
    database: Database, clock: StillClock, checkouts: SqlCheckoutBook
) -> None:
    own, bill = vault(database, clock), await open_bill(checkouts, "basket-1")
    told = await own.keep([CARD, MAIL], checkout_id=bill.checkout_id)
    await own.keep([CARD], checkout_id=bill.checkout_id)
    clock.move(3 * DAY)
    assert await own.tidy() == 0, "it runs"

    state: Any = {"members": {"koupon": {"data": {"loyalty_id": told[CARD]}}}}
    await checkouts.save(bill.checkout_id, state, view(2, "completed"), ended=True)

    assert await own.tidy() == 1
    clock.move(300 * DAY)
    assert await own.tidy() == 0
    assert [row[0] for row in await rows(database)] == [told[CARD]]


async def test_what_no_checkout_ever_took_is_deleted(database: Database, clock: StillClock) -> None:
    own = vault(database, clock)
    await own.keep([CARD], checkout_id="chk_never")
    clock.move(3 * DAY)

    assert await own.tidy() == 1


async def test_what_is_under_a_lost_key_is_let_go_of_and_nothing_else(
    database: Database, clock: StillClock
) -> None:
    plain = await vault(database, clock).keep(["before any key"])
    lost = await vault(database, clock, OLD).keep([CARD, MAIL])
    kept = await vault(database, clock, NEW).keep(["AB"])
    without = vault(database, clock, NEW)
    assert await without.missing_keys() == ["old"]
    assert await without.under_key("old") == 2

    assert await without.forget_key("old") == 2

    assert await without.missing_keys() == []
    assert await without.reveal([*plain.values(), *kept.values()]) == {
        token: value for value, token in (plain | kept).items()
    }
    assert set((await without.reveal(lost.values())).values()) == {
        erased(token) for token in lost.values()
    }
    assert (await without.keep([CARD]))[CARD] not in lost.values()
