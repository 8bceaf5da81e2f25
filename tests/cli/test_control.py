"""The socket by which a page has a process of `tillsaga dev` killed."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tillsaga.dev import control as control_module
from tillsaga.dev.control import Control
from tillsaga.dev.stack import TEMPORAL, WORKER

SLEEPS = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"]


class Processes:
    """Two real processes under their names."""

    def __init__(self) -> None:
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.started: list[str] = []
        for name in (WORKER, TEMPORAL):
            self.start(name)

    def start(self, name: str) -> None:
        self.running[name] = subprocess.Popen(SLEEPS)
        self.started.append(name)

    def kill(self, name: str) -> None:
        self.running[name].kill()
        self.running.pop(name).wait()


@pytest.fixture
def processes() -> Iterator[Processes]:
    made = Processes()
    yield made
    for name in list(made.running):
        made.kill(name)


@pytest.fixture(autouse=True)
def _shortly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_module, "DOWN_SECONDS", 0.2)


def ask(control: Control, processes: Processes, word: str) -> str:
    """Ask as the API does, while the supervisor serves."""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(str(control.path))
        asking.sendall(word.encode())
        control.serve(processes, 5)
        return asking.recv(64).decode()


def test_what_was_killed_is_started_again_after_a_moment(
    tmp_path: Path, processes: Processes
) -> None:
    first = processes.running[WORKER]
    with Control(tmp_path / "control") as control:
        assert ask(control, processes, "worker") == "killed"
        assert WORKER not in processes.running
        assert ask(control, processes, "worker") == "down"
        while WORKER not in processes.running:
            control.serve(processes, 0.05)

    assert first.returncode == -9
    assert processes.running[WORKER].poll() is None


def test_the_worker_waits_for_temporal_to_be_started(tmp_path: Path, processes: Processes) -> None:
    with Control(tmp_path / "control") as control:
        ask(control, processes, "worker")
        ask(control, processes, "temporal")
        while len(processes.running) < 2:
            control.serve(processes, 0.02)

    assert processes.started[-2:] == [TEMPORAL, WORKER]


@pytest.mark.parametrize("word", ["api", "sandbox", "", "worker temporal", "\xff" * 30])
def test_nothing_else_is_killed(tmp_path: Path, processes: Processes, word: str) -> None:
    with Control(tmp_path / "control") as control:
        assert ask(control, processes, word or "\n") == "unknown"

    assert len(processes.running) == 2


def test_who_has_gone_kills_nothing(tmp_path: Path, processes: Processes) -> None:
    with Control(tmp_path / "control") as control:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(str(control.path))
            asking.sendall(b"worker")
        control.serve(processes, 5)

    assert len(processes.running) == 2


def test_only_the_owner_opens_it_and_it_goes_with_its_supervisor(tmp_path: Path) -> None:
    path = tmp_path / "control"
    path.touch()
    with Control(path):
        mode = path.stat().st_mode & 0o777

    assert mode == 0o600
    assert not path.exists()


def test_a_path_too_long_for_a_socket_only_takes_the_buttons_away(
    tmp_path: Path, processes: Processes
) -> None:
    folder = tmp_path / ("long" * 40)
    folder.mkdir()
    before = time.monotonic()
    with Control(folder / "control") as control:
        control.serve(processes, 0.05)

    assert control.path is None
    assert time.monotonic() - before >= 0.05
