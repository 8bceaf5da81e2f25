import re

import pytest

from tillsaga.records.apikeys import SqlApiKeys
from tillsaga.records.database import open_database
from tillsaga.records.key_format import PATTERN, can_be_key, new_key

OLD = "ts_test_" + "aB3-_" * 8 + "xyz"


@pytest.mark.parametrize("live", [True, False])
def test_a_new_key_is_well_formed_and_no_two_are_alike(live: bool) -> None:
    keys = {new_key(live=live) for _ in range(200)}
    assert len(keys) == 200
    assert all(can_be_key(key) and re.fullmatch(PATTERN, key) for key in keys)


def test_no_slip_of_one_character_makes_another_key() -> None:
    key = new_key(live=True)
    slips = [key[:place] + "0" + key[place + 1 :] for place in range(8, len(key))]
    slips += [key[:place] + key[place + 1 :] for place in range(8, len(key))]
    slips += [
        key[:place] + key[place + 1] + key[place] + key[place + 2 :]
        for place in range(8, len(key) - 1)
    ]
    assert not any(can_be_key(slip) for slip in slips if slip != key)


def test_a_test_key_is_not_made_live_by_its_name() -> None:
    assert not can_be_key(new_key(live=False).replace("ts_test_", "ts_live_"))


def test_a_key_from_before_the_checksum_can_still_be_one() -> None:
    assert can_be_key(OLD)


async def test_what_cannot_be_a_key_is_not_looked_up() -> None:
    nowhere = SqlApiKeys(open_database("sqlite:////nowhere/records.db"))
    for wrong in ("", "ts_test_nobody", new_key(live=True)[:-1], "ts_test_é" + "x" * 42):
        assert await nowhere.verify(wrong) is None
