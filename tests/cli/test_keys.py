"""`tillsaga keys` and `tillsaga guesses`: what operators do about access."""

import asyncio
import json
from datetime import timedelta

import pytest

from tests.cli.conftest import Cli
from tillsaga.domain.guessing import GuessRule
from tillsaga.records.apikeys import KeyHolder, SqlApiKeys
from tillsaga.records.database import open_database
from tillsaga.records.guesses import SqlGuessBook

URL = "sqlite:///.tillsaga/tillsaga.db"


@pytest.fixture(autouse=True)
def _records(cli: Cli) -> None:
    assert cli("db", "upgrade").code == 0


def made(cli: Cli, *more: str) -> str:
    return cli("keys", "create", "--scope", "pos", "--store", "ams-1", *more).out.strip()


def listed(cli: Cli) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(cli("keys", "list", "--json").out)
    return found


def holder_of(key: str) -> KeyHolder | None:
    async def verify() -> KeyHolder | None:
        database = open_database(URL)
        try:
            return await SqlApiKeys(database).verify(key)
        finally:
            await database.close()

    return asyncio.run(verify())


def test_a_list_shows_each_key_without_its_secret(cli: Cli) -> None:
    key = made(cli, "--name", "till 2", "--expires-in", "90d")
    assert holder_of(key) is not None
    said = cli("keys", "list")
    head, row = said.out.splitlines()
    assert head.split() == ["KEY", "STARTS", "NAME", "SCOPES", "STORES", "STATE", "LAST", "USED"]
    assert row.split()[1:5] == [key[:12], "till", "2", "pos"]
    assert "until 20" in row
    assert "never" not in row
    everything = said.out + cli("keys", "list", "--json").out
    assert key not in everything
    assert key[12:] not in everything


def test_a_turned_key_is_printed_alone_and_the_old_one_says_when_it_ends(cli: Cli) -> None:
    old = made(cli)
    [before] = listed(cli)
    said = cli("keys", "rotate", str(before["id"]), "--overlap", "7d")
    new = said.out.removesuffix("\n")
    assert new.split() == [new]
    assert said.err.startswith(f"{before['id']} ends at 20")
    old_holder, new_holder = holder_of(old), holder_of(new)
    assert old_holder is not None
    assert new_holder is not None
    assert new_holder.caller == old_holder.id
    again = cli("keys", "rotate", str(before["id"]))
    assert (again.code, again.out) == (1, "")
    assert "two keys live already" in again.err


def test_a_revoked_key_opens_nothing(cli: Cli) -> None:
    key = made(cli)
    [before] = listed(cli)
    assert cli("keys", "revoke", str(before["id"])).code == 0
    assert holder_of(key) is None
    assert "revoked 20" in cli("keys", "list").out
    assert cli("keys", "revoke", str(before["id"])).code == 1
    assert cli("keys", "rotate", str(before["id"])).code == 1


@pytest.mark.parametrize("option", [("--expires-in", "soon"), ("--expires-in", "0d")])
def test_a_lifetime_is_a_duration(cli: Cli, option: tuple[str, str]) -> None:
    said = cli("keys", "create", "--scope", "pos", "--store", "ams-1", *option)
    assert (said.code, said.out) == (2, "")


def test_a_pause_for_wrong_codes_is_shown_and_lifted(cli: Cli) -> None:
    async def strike() -> None:
        database = open_database(URL)
        rule = GuessRule(failures=1, pause=timedelta(hours=1))
        await SqlGuessBook(database).note("ams-1", "key_1", rule)
        await database.close()

    asyncio.run(strike())
    shown = cli("guesses").out
    assert shown.startswith("ams-1  key_1  0 wrong since 20")
    assert "1 strikes  pauses until 20" in shown
    assert json.loads(cli("guesses", "--store", "rtm-1", "--json").out) == []
    assert cli("guesses", "lift", "ams-1", "key_1").code == 0
    assert cli("guesses").out == ""
    assert cli("guesses", "lift", "ams-1", "key_1").code == 1
