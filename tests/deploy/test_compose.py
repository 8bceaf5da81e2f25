"""docker-compose.yml: right in form, clear to who chooses, and closed where it can be."""

import re
import sys
from pathlib import Path
from subprocess import run

import pytest

from tests.deploy.compose_file import (
    COMPOSE,
    EXAMPLE,
    ROOT,
    VARIABLE,
    Service,
    compose_file,
    example,
    of_profile,
    services,
)

HELPERS = ROOT / "deploy/compose"
SCRIPTS = sorted(HELPERS.rglob("*.sh"))
WITHOUT_A_HEALTH_CHECK = {"otel-collector"}
"""Its image holds one program, which cannot ask itself."""
LINT = """
extends: default
rules:
  braces: {max-spaces-inside: 0}
  comments: {min-spaces-from-content: 1}
  document-start: disable
  line-length: {max: 100}
  truthy: {check-keys: false}
"""
PROFILES = ("small", "full")
OUR_PORTS = {3000, 7233, 8000, 8010, 8233, 8600, 9090}

every_service = pytest.mark.parametrize("service", services().values(), ids=services())
every_process = pytest.mark.parametrize(
    "service", [one for one in services().values() if not one.is_job], ids=lambda one: one.name
)


def said_by(*command: str | Path) -> str:
    """Run a checker; nothing said is nothing found."""
    done = run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_it_has_the_form_of_a_compose_file() -> None:
    schema = ("--builtin-schema", "vendor.compose-spec")

    assert said_by("check_jsonschema", *schema, COMPOSE) == ""


def test_its_yaml_and_that_of_its_helpers_is_tidy() -> None:
    files = [COMPOSE, *HELPERS.rglob("*.yaml")]

    assert len(files) > 2
    assert said_by("yamllint", "--strict", "-d", LINT, *files) == ""


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_can_be_read_by_any_shell(script: Path) -> None:
    assert script.read_text().startswith("#!/bin/sh\n")
    assert run(["sh", "-n", script], capture_output=True, text=True).stderr == ""


# --- what the operator chooses --------------------------------------------------------------------


def test_every_variable_is_explained_in_the_example() -> None:
    used = {found["name"] for found in VARIABLE.finditer(COMPOSE.read_text())}
    blocks = EXAMPLE.read_text().strip().split("\n\n")[1:]

    assert {block.splitlines()[-1].split("=")[0] for block in blocks} == set(example())
    assert all(block.startswith("# ") for block in blocks)
    assert used | {"COMPOSE_PROFILES"} == set(example())


def test_the_variables_have_the_same_default_in_both_places() -> None:
    defaults = {
        found["name"]: found["word"]
        for found in VARIABLE.finditer(COMPOSE.read_text())
        if found["otherwise"] == "-"
    }

    assert defaults == {name: example()[name] for name in defaults}


def test_nothing_runs_that_was_not_chosen() -> None:
    profiles = [service.said.get("profiles", []) for service in services().values()]

    assert all(profiles)
    assert {name for chosen in profiles for name in chosen} == {
        *("small", "full", "sandbox", "obs", "by-hand")
    }


def test_small_and_full_refuse_each_other_by_their_ports() -> None:
    small, full = ({port[1] for one in of_profile(name) for port in one.ports} for name in PROFILES)

    assert {8000, 8233} <= small & full


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_has_all_that_its_services_wait_for(profile: str) -> None:
    there = {service.name for service in of_profile(profile, "sandbox")}
    awaited = {name: how for one in of_profile(profile) for name, how in one.needs.items()}

    assert set(awaited) <= there
    for name, condition in awaited.items():
        ends = condition == "service_completed_successfully"
        assert services()[name].is_job == ends, name


@pytest.mark.parametrize("profile", PROFILES)
def test_no_host_has_two_names_and_no_port_two_takers(profile: str) -> None:
    taken = [port[1] for service in of_profile(profile, "sandbox", "obs") for port in service.ports]

    assert sorted(set(taken)) == sorted(taken)
    assert set(taken) <= OUR_PORTS


# --- what a container may do ----------------------------------------------------------------------


@every_service
def test_a_container_can_do_little(service: Service) -> None:
    said = service.said

    assert said["read_only"] is True
    assert said["cap_drop"] == ["ALL"]
    assert said["security_opt"] == ["no-new-privileges:true"]
    assert any(mount.startswith("/tmp:") for mount in said["tmpfs"])
    assert not said.keys() & {"privileged", "cap_add", "devices", "pid", "ipc", "group_add"}


@every_service
def test_a_container_is_nobody_on_this_machine(service: Service) -> None:
    user, _ = service.said["user"].split(":")

    assert int(user) > 0
    assert service.said["user"] == "10001:10001" or not service.is_ours


@every_service
def test_a_container_cannot_take_the_machine_for_itself(service: Service) -> None:
    limits = service.said["deploy"]["resources"]["limits"]

    assert set(limits) == {"cpus", "memory", "pids"}
    assert service.said["logging"]["options"].keys() == {"max-size", "max-file"}


@every_service
def test_only_this_machine_reaches_a_port(service: Service) -> None:
    assert {address for address, _, _ in service.ports} <= {"127.0.0.1"}


@every_service
def test_an_image_has_an_exact_version(service: Service) -> None:
    image = service.said["image"]

    assert re.fullmatch(r"[a-z][a-z0-9./-]*:v?\d+\.\d+(\.\d+)?", image), image


def test_data_and_temporal_have_no_way_out() -> None:
    assert compose_file()["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "temporal-server", "temporal-namespace", "postgres-upgrade"):
        assert set(services()[name].said["networks"]) == {"inside"}, name


@every_process
def test_a_process_comes_back_and_is_asked_how_it_is(service: Service) -> None:
    assert service.said["restart"] == "unless-stopped"
    if service.name not in WITHOUT_A_HEALTH_CHECK:
        command = service.health_command
        assert command is not None
        assert (command[:2] == ["tillsaga", "healthcheck"]) == service.is_ours
