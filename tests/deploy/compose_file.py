"""What docker-compose.yml says, read as Docker reads it: merged, with variables filled in."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tillsaga.durations import parse_duration

ROOT = Path(__file__).parents[2]
COMPOSE, EXAMPLE = ROOT / "docker-compose.yml", ROOT / ".env.example"
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<otherwise>[-?])(?P<word>[^}]*))?\}")


@dataclass(frozen=True)
class Service:
    """One service; `said` is its part of the file."""

    name: str
    said: Mapping[str, Any]

    @property
    def is_ours(self) -> bool:
        """Whether it runs our image."""
        return "build" in self.said

    @property
    def is_job(self) -> bool:
        """Whether it is meant to end."""
        return bool(self.said["restart"] == "no")

    @property
    def profiles(self) -> set[str]:
        return set(self.said["profiles"])

    @property
    def command(self) -> list[str]:
        return [str(word) for word in self.said.get("command", [])]

    @property
    def environment(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.said.get("environment", {}).items()}

    @property
    def health_command(self) -> list[str] | None:
        """What Docker runs in the container; only the form without a shell is used here."""
        test = self.said.get("healthcheck", {}).get("test")
        if test is None:
            return None
        form, *command = test
        assert form == "CMD", f"{self.name}: {form} needs a shell"
        return [str(word) for word in command]

    @property
    def healthy_within(self) -> timedelta:
        """After how long Docker calls it unhealthy that has never been well."""
        said = self.said["healthcheck"]
        tries = int(said["retries"])
        return parse_duration(said["start_period"]) + tries * parse_duration(said["interval"])

    @property
    def grace(self) -> timedelta:
        """How long Docker waits between SIGTERM and SIGKILL."""
        return parse_duration(str(self.said["stop_grace_period"]))

    @property
    def secrets(self) -> list[str]:
        return list(self.said.get("secrets", []))

    @property
    def configs(self) -> dict[str, str]:
        """Which of the file's configs is where in the container."""
        return {config["source"]: config["target"] for config in self.said.get("configs", [])}

    @property
    def volumes(self) -> dict[str, str]:
        """What is mounted where: a volume's name, or a path from the root of the repository."""
        return dict(map(_mount, self.said.get("volumes", [])))

    @property
    def ports(self) -> list[tuple[str, int, int]]:
        """Address and port on the machine, and the container's port."""
        parts = (str(port).split(":") for port in self.said.get("ports", []))
        return [(address, int(outer), int(inner)) for address, outer, inner in parts]

    @property
    def needs(self) -> dict[str, str]:
        """Which services it waits for, and for what of them."""
        needs = self.said.get("depends_on", {})
        return {name: needed["condition"] for name, needed in needs.items()}


def example() -> dict[str, str]:
    """The variables as .env.example sets them."""
    lines = EXAMPLE.read_text().splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


@cache
def compose_file() -> dict[str, Any]:
    """The whole file, with the variables of .env.example."""
    text = yaml.safe_load(COMPOSE.read_text())
    filled: dict[str, Any] = _filled(text, example())
    return filled


@cache
def services() -> dict[str, Service]:
    """All services by their name."""
    return {name: Service(name, said) for name, said in compose_file()["services"].items()}


def of_profile(*profiles: str) -> Iterator[Service]:
    """The services that run where these profiles are chosen."""
    return (service for service in services().values() if service.profiles & set(profiles))


def _mount(volume: str | Mapping[str, Any]) -> tuple[str, str]:
    if isinstance(volume, str):
        source, target, *_ = volume.split(":")
        return source, target
    return str(volume["source"]), str(volume["target"])


def _filled(value: Any, environ: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(inner, environ) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, environ) for inner in value]
    if isinstance(value, str):
        return VARIABLE.sub(lambda found: _value(found, environ), value)
    return value


def _value(variable: re.Match[str], environ: Mapping[str, str]) -> str:
    if known := environ.get(variable["name"]):
        return known
    assert variable["otherwise"] != "?", f"{variable['name']}: {variable['word']}"
    return variable["word"] or ""
