import asyncio
import hashlib
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.records.samples import NOON, StillClock
from tillsaga.records.apikeys import CannotRotate, SqlApiKeys
from tillsaga.records.database import Database
from tillsaga.records.key_format import PATTERN


async def test_a_secret_leads_to_its_holder(api_keys: SqlApiKeys) -> None:
    holder, _ = await api_keys.create("till", ["pos"], ["ams-1", "ams-2"])
    _, secret = await api_keys.create("back office", ["audit", "support"], ["ams-1"])
    found = await api_keys.verify(secret)
    assert found is not None
    assert found.id != holder.id
    assert (found.name, found.scopes, found.stores) == (
        "back office",
        ("audit", "support"),
        ("ams-1",),
    )


@pytest.mark.parametrize(("live", "start"), [(True, "ts_live_"), (False, "ts_test_")])
async def test_a_secret_says_what_it_is_for(api_keys: SqlApiKeys, live: bool, start: str) -> None:
    holder, secret = await api_keys.create("till", ["pos"], ["ams-1"], live=live)
    assert secret.startswith(start)
    assert re.fullmatch(PATTERN, secret)
    assert secret.startswith(holder.prefix)
    assert len(holder.prefix) == 12


async def test_the_secret_itself_is_kept_nowhere(api_keys: SqlApiKeys, database: Database) -> None:
    holder, secret = await api_keys.create("till", ["pos"], ["ams-1"])
    async with database.read() as session:
        row = str((await session.execute(text("SELECT * FROM api_keys"))).one())
    assert secret not in row
    assert secret not in repr(holder)


async def test_an_unknown_secret_is_nobodys(api_keys: SqlApiKeys) -> None:
    _, secret = await api_keys.create("till", ["pos"], ["ams-1"])
    for wrong in ("", secret[:-1], secret + "x", "ts_test_é"):
        assert await api_keys.verify(wrong) is None


async def test_an_expired_secret_is_nobodys(api_keys: SqlApiKeys, clock: StillClock) -> None:
    expires_at = NOON.replace(minute=1)
    _, secret = await api_keys.create("till", ["pos"], ["ams-1"], expires_at=expires_at)
    clock.move(59)
    assert await api_keys.verify(secret) is not None
    clock.move(1)
    assert await api_keys.verify(secret) is None


async def test_a_revoked_secret_is_nobodys(api_keys: SqlApiKeys) -> None:
    holder, secret = await api_keys.create("till", ["pos"], ["ams-1"])
    assert await api_keys.revoke(holder.id)
    assert not await api_keys.revoke(holder.id)
    assert await api_keys.verify(secret) is None
    (listed,) = await api_keys.list_all()
    assert listed.revoked_at == NOON


async def test_the_last_use_is_noted_to_the_minute(api_keys: SqlApiKeys, clock: StillClock) -> None:
    _, secret = await api_keys.create("till", ["pos"], ["ams-1"])
    await api_keys.verify(secret)
    clock.move(59)
    await api_keys.verify(secret)
    assert [key.last_used_at for key in await api_keys.list_all()] == [NOON]
    later = clock.move(1)
    await api_keys.verify(secret)
    assert [key.last_used_at for key in await api_keys.list_all()] == [later]


async def test_a_key_from_before_the_checksum_is_still_valid(
    api_keys: SqlApiKeys, database: Database
) -> None:
    holder, _ = await api_keys.create("old till", ["pos"], ["ams-1"])
    old = "ts_test_" + "aB3-_" * 8 + "xyz"
    async with database.write() as session:
        digest = hashlib.sha256(old.encode()).hexdigest()
        await session.execute(text("UPDATE api_keys SET hash = :digest"), {"digest": digest})
    found = await api_keys.verify(old)
    assert found is not None
    assert found.id == holder.id


async def test_while_a_key_is_turned_two_are_live_and_one_caller(
    api_keys: SqlApiKeys, clock: StillClock
) -> None:
    first, old = await api_keys.create("till", ["pos", "audit"], ["ams-1"], live=True)
    second, new = await api_keys.rotate(first.id, timedelta(hours=24))
    assert (second.name, second.scopes, second.stores) == (first.name, first.scopes, first.stores)
    assert new.startswith("ts_live_")
    for secret in (old, new):
        found = await api_keys.verify(secret)
        assert found is not None
        assert found.caller == first.id
    clock.move(24 * 3600)
    assert await api_keys.verify(old) is None
    assert await api_keys.verify(new) is not None
    third, _ = await api_keys.rotate(second.id, timedelta(hours=1))
    assert third.caller == first.id


async def test_a_third_key_has_to_wait_for_the_first_to_end(
    api_keys: SqlApiKeys, clock: StillClock
) -> None:
    first, _ = await api_keys.create("till", ["pos"], ["ams-1"])
    second, _ = await api_keys.rotate(first.id, timedelta(hours=24))
    for key_id in (first.id, second.id):
        with pytest.raises(CannotRotate, match="two keys live already"):
            await api_keys.rotate(key_id, timedelta(hours=24))
    assert await api_keys.revoke(first.id)
    await api_keys.rotate(second.id, timedelta(hours=24))


async def test_only_a_live_key_is_turned(api_keys: SqlApiKeys) -> None:
    first, _ = await api_keys.create("till", ["pos"], ["ams-1"])
    await api_keys.revoke(first.id)
    for key_id in (first.id, "key_nobody"):
        with pytest.raises(CannotRotate, match="no live key"):
            await api_keys.rotate(key_id, timedelta(hours=24))


async def test_a_turned_key_ends_no_later_than_it_would(api_keys: SqlApiKeys) -> None:
    soon = NOON + timedelta(hours=1)
    first, _ = await api_keys.create("till", ["pos"], ["ams-1"], expires_at=soon)
    await api_keys.rotate(first.id, timedelta(hours=24))
    ends = {key.id: key.expires_at for key in await api_keys.list_all()}
    assert ends.pop(first.id) == soon
    assert list(ends.values()) == [None]


async def test_of_many_who_turn_a_key_at_once_one_does(
    open_more: Callable[[], Database], clock: StillClock
) -> None:
    books = [SqlApiKeys(open_more(), clock) for _ in range(6)]
    first, _ = await books[0].create("till", ["pos"], ["ams-1"])
    told = await asyncio.gather(
        *(book.rotate(first.id, timedelta(hours=1)) for book in books), return_exceptions=True
    )
    assert sum(not isinstance(each, BaseException) for each in told) == 1
    assert sum(isinstance(each, CannotRotate) for each in told) == 5
    assert len(await books[0].list_all()) == 2
