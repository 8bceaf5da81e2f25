"""A full disk, and a database that can only be read: said so, and over when it is over."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.records.samples import order
from tests.support.unwritable import fill, make_room, stop_writing, write_again
from tillsaga.errors import Unavailable
from tillsaga.records.database import Database, open_database
from tillsaga.records.effects import SqlEffectBook

Switch = Callable[[Database], Awaitable[None]]
TROUBLES: dict[str, tuple[Switch, Switch]] = {
    "records_full": (fill, make_room),
    "records_read_only": (stop_writing, write_again),
}
MANY = 60


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.mark.parametrize("code", TROUBLES)
async def test_it_is_named_while_it_lasts_and_over_afterwards(
    database: Database, code: str
) -> None:
    begins, ends = TROUBLES[code]
    book = SqlEffectBook(database)
    await begins(database)

    with pytest.raises(Unavailable) as trouble:
        await _begin_many(book)
    assert trouble.value.code == code
    assert await book.read(order(subject="v-60").key) is None

    await ends(database)
    _, is_new = await book.begin(order(subject="v-60"))
    assert is_new


async def _begin_many(book: SqlEffectBook) -> None:
    for number in range(MANY):
        await book.begin(order(subject=f"v-{number}"))


async def test_a_database_that_only_reads_is_no_sign_of_life(database: Database) -> None:
    await database.ping()
    await stop_writing(database)

    with pytest.raises(Unavailable) as trouble:
        await database.ping()
    assert trouble.value.code == "records_read_only"


async def test_a_file_that_may_only_be_read_is_named(migrated_sqlite: Path) -> None:
    database = open_database(f"sqlite:///file:{migrated_sqlite}?mode=ro&uri=true")

    with pytest.raises(Unavailable) as trouble:
        await database.ping()
    assert trouble.value.code == "records_read_only"
    await database.close()


class TestPostgres:
    """A server that has become a standby."""

    @pytest.fixture
    def backend(self) -> str:
        return "postgresql"

    async def test_a_standby_is_named(self, url: str) -> None:
        join = "&" if "?" in url else "?"
        options = "options=-c%20default_transaction_read_only%3Don"
        database = open_database(f"{url}{join}{options}")

        for attempt in (database.ping(), SqlEffectBook(database).begin(order())):
            with pytest.raises(Unavailable) as trouble:
                await attempt
            assert trouble.value.code == "records_read_only"
        assert await SqlEffectBook(database).read(order().key) is None
        await database.close()
