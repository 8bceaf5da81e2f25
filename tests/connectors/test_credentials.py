"""Credentials are tried by a read; the vendor's books stay as they are."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.connectors.sandbox_server import Control, running
from tests.support.stores import ENVIRON, stores_yaml
from tillsaga.connectors.registry import KINDS, OpenConnector, build_connector
from tillsaga.domain.ports import TriesCredentials
from tillsaga.errors import TillsagaError
from tillsaga.stores import load_stores
from worker.wiring import connector_configs

TRIED = {
    "leat": ("LEAT_TOKEN", "leat does not accept our token (HTTP 401)"),
    "wll": ("WLL_KEY", "wll does not accept our key or token"),
    "loyale": ("LOYALE_KEY", "loyale does not accept our key or scheme (HTTP 401)"),
}
"""By kind: a credential, and what is said when it is wrong."""
Connect = Callable[..., OpenConnector]


@pytest.fixture(scope="module")
def vendors() -> Iterator[Control]:
    with running() as control:
        yield control


@pytest.fixture
async def connect(vendors: Control, tmp_path: Path) -> AsyncIterator[Connect]:
    """Connect to a vendor of a kind, under an environment with other credentials."""
    made: list[OpenConnector] = []

    def connected(kind: str, **environ: str) -> OpenConnector:
        file = tmp_path / "stores.yaml"
        file.write_text(stores_yaml(vendors.base_url.removesuffix("/leat"), [kind], {}))
        [store] = load_stores(file, ENVIRON | environ).stores
        made.append(build_connector(connector_configs(store)[0]))
        return made[-1]

    yield connected
    for each in made:
        await each.aclose()


@pytest.mark.parametrize("kind", KINDS)
async def test_who_has_such_a_read_is_known(connect: Connect, kind: str) -> None:
    assert isinstance(connect(kind), TriesCredentials) == (kind in TRIED)


@pytest.mark.parametrize("kind", TRIED)
async def test_good_credentials_are_taken_and_nothing_is_changed(
    vendors: Control, connect: Connect, kind: str
) -> None:
    made = connect(kind)
    assert isinstance(made, TriesCredentials)
    before = vendors.all_books()

    await made.try_credentials()

    assert vendors.all_books() == before


@pytest.mark.parametrize("kind", TRIED)
async def test_wrong_credentials_are_told(connect: Connect, kind: str) -> None:
    variable, said = TRIED[kind]
    made = connect(kind, **{variable: "hunter2"})
    assert isinstance(made, TriesCredentials)

    with pytest.raises(TillsagaError) as refused:
        await made.try_credentials()

    assert refused.value.message == said


async def test_another_services_page_is_no_acceptance(vendors: Control, connect: Connect) -> None:
    made = connect("wll")
    assert isinstance(made, TriesCredentials)
    vendors.rule("wll", "event.get", kind="html_before", times=1)

    with pytest.raises(TillsagaError):
        await made.try_credentials()
