"""One sandbox for all cells of the matrix; each starts from its seeds."""

from collections.abc import Iterator

import pytest

from tests.connectors.sandbox_server import Control, running


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Control]:
    with running() as control:
        yield control


@pytest.fixture
def box(sandbox: Control) -> Control:
    sandbox.reset()
    return sandbox
