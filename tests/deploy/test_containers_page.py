"""docs/containers.md names all that there is, and nothing else."""

import re

from tests.deploy.compose_file import ROOT, compose_file, example, services

PAGE = (ROOT / "docs/containers.md").read_text()
NAMES = set(re.findall(r"`([^`\n]+)`", PAGE))


def test_every_profile_secret_and_volume_is_explained() -> None:
    profiles = {name for service in services().values() for name in service.profiles}

    assert {"small", "full", "full,sandbox", "...,obs"} <= NAMES
    assert profiles == {"small", "full", "sandbox", "obs", "by-hand"}
    assert set(compose_file()["secrets"]) | set(compose_file()["volumes"]) <= NAMES


def test_every_port_of_this_machine_is_told() -> None:
    ports = {outer for service in services().values() for _, outer, _ in service.ports}

    assert {port for port in ports if f"{port} " not in PAGE} == set()


def test_every_service_that_a_command_names_is_there() -> None:
    commands = re.findall(r"docker compose (?:run|exec|up|restart) ([^\n#`]*)", PAGE)
    words = {word for command in commands for word in command.split()}
    named = words & set(services())

    assert {"api", "temporal-cli", "postgres-upgrade", "temporal-server"} <= named
    spoken_of = {
        name for name in NAMES if re.fullmatch(r"(temporal|postgres|worker|api)-\w+", name)
    }
    assert spoken_of <= set(services())


def test_the_variables_that_the_page_names_are_those_of_the_example() -> None:
    for name in (
        "COMPOSE_PROFILES",
        "DEPLOY_IMAGE",
        "DEPLOY_STORES",
        "TILLSAGA_BUILD_ID",
        "DEPLOY_RETENTION",
    ):
        assert name in NAMES | set(re.findall(r"\^(\w+)=", PAGE))
        assert name in example()
