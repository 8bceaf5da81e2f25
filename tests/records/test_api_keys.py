import re

import pytest
from sqlalchemy import text

from tests.records.samples import NOON, StillClock
from tillsaga.records.apikeys import SqlApiKeys
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
