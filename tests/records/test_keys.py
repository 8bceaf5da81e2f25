import asyncio

from tests.records.samples import NOON, StillClock
from tillsaga.records.keys import KeyRecord, SqlKeyBook

ROUTE = "POST /v1/checkouts"


async def test_a_key_stands_for_its_first_request(keys: SqlKeyBook) -> None:
    first, new = await keys.claim("key_1", "k", ROUTE, "print", "chk_a")
    assert new
    expected = KeyRecord(
        api_key_id="key_1",
        key="k",
        route=ROUTE,
        fingerprint="print",
        checkout_id="chk_a",
        accepted=False,
        created_at=NOON,
    )
    assert first == expected
    assert await keys.claim("key_1", "k", "PUT /x", "other") == (expected, False)
    assert await keys.find("key_1", "k") == expected


async def test_the_same_key_of_another_caller_is_another_one(keys: SqlKeyBook) -> None:
    await keys.claim("key_1", "k", ROUTE, "print")
    _, new = await keys.claim("key_2", "k", ROUTE, "print")
    assert new
    assert await keys.find("key_3", "k") is None


async def test_of_twenty_requests_one_has_the_key(keys: SqlKeyBook) -> None:
    claimed = await asyncio.gather(*(keys.claim("key_1", "k", ROUTE, str(n)) for n in range(20)))
    assert sum(new for _, new in claimed) == 1
    assert len({record.fingerprint for record, _ in claimed}) == 1


async def test_what_became_of_the_request_is_noted(keys: SqlKeyBook) -> None:
    await keys.claim("key_1", "k", ROUTE, "print")
    await keys.set_checkout("key_1", "k", "chk_a")
    await keys.mark_accepted("key_1", "k")
    found = await keys.find("key_1", "k")
    assert found is not None
    assert (found.checkout_id, found.accepted) == ("chk_a", True)


async def test_a_key_given_back_may_be_used_again(keys: SqlKeyBook) -> None:
    await keys.claim("key_1", "k", ROUTE, "print")
    await keys.give_back("key_1", "k")
    _, new = await keys.claim("key_1", "k", ROUTE, "other")
    assert new


async def test_old_keys_are_purged(keys: SqlKeyBook, clock: StillClock) -> None:
    await keys.claim("key_1", "old", ROUTE, "print")
    later = clock.move(60)
    await keys.claim("key_1", "young", ROUTE, "print")
    assert await keys.purge(later) == 1
    assert await keys.find("key_1", "old") is None
    assert await keys.find("key_1", "young") is not None
