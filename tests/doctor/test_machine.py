"""Python, packages, the `temporal` program, the data folder, the ports."""

import os
import socket
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.doctor.conftest import answering, findings
from tillsaga.doctor import machine
from tillsaga.doctor.finding import Level

API = b'{"status": "ok", "checks": {"temporal": "ok", "records": "ok"}}'
WORKER = b'{"status": "ok", "vendors": []}'


async def test_a_python_that_nobody_has_tested_is_told() -> None:
    assert (await machine.python()).says == ".".join(map(str, sys.version_info[:3]))

    newer = await machine.python((3, 99))

    assert newer.level is Level.WARNING
    assert newer.says == "3.99 is not tested; 3.11, 3.12, 3.13 are"


def locked(tmp_path: Path, *lines: str) -> Path:
    lock = tmp_path / "lock.txt"
    lock.write_text("".join(f"{line} \\\n    --hash=sha256:0\n" for line in lines))
    return lock


async def test_the_lock_is_what_is_installed(tmp_path: Path) -> None:
    lines = f"typer=={version('typer')}", "of-windows==1 ; sys_platform == 'win32'"

    well = await machine.packages(locked(tmp_path, *lines))

    assert (well.level, well.says) == (Level.OK, "2 as locked")


async def test_a_package_that_is_missing_or_another_is_named(tmp_path: Path) -> None:
    ill = await machine.packages(locked(tmp_path, "nobody-has-this==1", "psycopg[binary]==0.1"))

    assert ill.level is Level.FAULT
    assert "nobody-has-this is missing" in ill.says
    assert f"psycopg is {version('psycopg')} instead of 0.1" in ill.says
    assert "make setup" in str(ill.remedy)


async def test_without_a_lock_the_packages_that_are_asked_for_are_there(tmp_path: Path) -> None:
    well = await machine.packages(tmp_path / "none.txt")

    assert well.level is Level.OK
    assert "no lock here" in well.says


async def test_the_program_of_temporal_says_where_it_is_from(tmp_path: Path) -> None:
    assert (await findings({}))["temporal-cli"].says.endswith("beside Python")

    wrong = (await findings({"TILLSAGA_TEMPORAL_BIN": str(tmp_path / "none")}))["temporal-cli"]

    assert (wrong.level, wrong.remedy) == (Level.FAULT, "unset TILLSAGA_TEMPORAL_BIN")


async def test_a_program_that_does_not_run_is_a_fault(tmp_path: Path) -> None:
    program = tmp_path / "temporal"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)

    found = (await findings({"TILLSAGA_TEMPORAL_BIN": str(program)}))["temporal-cli"]

    assert found.says == f"{program} does not run"


async def test_a_data_folder_that_cannot_be_written_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    for folder in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/self")):
        found = (await findings({"TILLSAGA_DATA_DIR": str(folder)}))["data-folder"]
        assert found.level is Level.FAULT
        assert str(folder) in found.says
        assert "TILLSAGA_DATA_DIR" in str(found.remedy)


async def test_looking_at_the_data_folder_leaves_nothing_behind(tmp_path: Path) -> None:
    assert (await findings({}))["data-folder"].level is Level.OK
    assert os.listdir(tmp_path) == []


async def test_a_full_disk_is_told_before_it_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LEAST_FREE", 1 << 62)

    found = (await findings({}))["data-folder"]

    assert (found.level, "make room" in str(found.remedy)) == (Level.WARNING, True)


@pytest.mark.parametrize(
    ("variable", "check", "body"),
    [
        ("TILLSAGA_API_PORT", "api-port", API),
        ("TILLSAGA_WORKER_PORT", "worker-port", WORKER),
    ],
)
async def test_a_port_is_free_or_ours_or_somebody_elses(
    variable: str, check: str, body: bytes
) -> None:
    with answering(body=body) as port:
        assert (await findings({variable: str(port)}))[check].says == f"{port} is answered by us"
    assert (await findings({variable: str(port)}))[check].says == f"{port} is free"
    with answering(body=b"<h1>It works!</h1>") as port:
        taken = (await findings({variable: str(port)}))[check]

    assert (taken.level, taken.says) == (Level.FAULT, f"{port} is taken by somebody else")
    assert variable in str(taken.remedy)


async def test_an_api_of_ours_that_is_not_ready_is_a_warning() -> None:
    with answering(503, API) as port:
        found = (await findings({"TILLSAGA_API_PORT": str(port)}))["api-port"]

    assert (found.level, "not ready" in found.says) == (Level.WARNING, True)


async def test_who_has_the_port_and_speaks_no_http_has_it_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        held.listen()
        port = held.getsockname()[1]
        silent = (await findings({"TILLSAGA_API_PORT": str(port)}))["api-port"]
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        deaf = (await findings({"TILLSAGA_API_PORT": str(port)}))["api-port"]

    assert silent.says.endswith("is taken by somebody else")
    assert deaf.says == f"127.0.0.1:{port} cannot be listened on: Address already in use"


async def test_a_port_of_our_choice_is_never_taken() -> None:
    assert (await findings({"TILLSAGA_API_PORT": "0"}))["api-port"].says == "a free one is picked"
