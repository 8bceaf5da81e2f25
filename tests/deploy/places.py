"""Where a container's things are when it is a process: hosts, ports, folders, environment."""

import os
import re
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import astuple
from functools import cached_property
from pathlib import Path

from tests.deploy import image
from tests.deploy.compose_file import ROOT, Service, compose_file
from tillsaga.dev.ports import HOST, Ports

BIN = Path(sys.executable).parent
PORT = re.compile(r"(?P<before>|--[a-z-]+-port=)(?P<port>\d+)")


class Places:
    """Says what the compose file says as it is true on this machine.

    `postgres` is the folder of the socket that PostgreSQL listens on.
    """

    def __init__(self, folder: Path, packages: Path, postgres: str | None) -> None:
        """Take a folder that `prepare.sh` has been run in, and where our packages are."""
        self._folder = folder
        self._packages = packages
        self._postgres = postgres
        self._free = _free_ports()
        self._ports: defaultdict[tuple[str, int], int] = defaultdict(lambda: next(self._free))
        self._mounts: dict[str, dict[str, str]] = {}

    def port(self, host: str, port: int) -> int:
        """The port that a container's port is on this machine."""
        return self._ports["temporal" if host == "temporal-dev" else host, port]

    def address(self, host: str, port: int) -> str:
        """The same with its host."""
        return f"{HOST}:{self.port(host, port)}"

    def words(self, service: Service, words: list[str]) -> list[str]:
        """Say a command."""
        return [self._with_port(service, self._here(service, word)) for word in words]

    def environment(self, service: Service) -> dict[str, str]:
        """Give a process what the image and the file say, and nothing of this shell's."""
        said = (image.environment() if service.is_ours else {}) | service.environment
        given = {name: self._here(service, value) for name, value in said.items()}
        for name in [name for name in given if name.endswith("_PORT")]:
            given[name] = self._with_port(service, given[name])
        own = {"PATH": f"{BIN}:{os.defpath}", "HOME": str(self._folder)}
        return own | given | (self._for_ours(service) if service.is_ours else {})

    def _for_ours(self, service: Service) -> dict[str, str]:
        """What is as it should be in a container by itself: port 8000, /run/secrets, packages."""
        own = {
            "PYTHONPATH": str(self._packages),
            "TILLSAGA_API_PORT": str(self.port(service.name, 8000)),
        }
        secrets = self._folder / service.name / "secrets"
        for name in service.secrets:
            self._copy(self._folder / "secrets" / name, secrets / name)
        return own | ({"TILLSAGA_SECRETS_DIR": str(secrets)} if service.secrets else {})

    def _here(self, service: Service, text: str) -> str:
        if service.name not in self._mounts:
            self._mounts[service.name] = dict(self._mounted(service))
        for there, here in (self._mounts[service.name] | self._hosts).items():
            text = text.replace(there, here)
        return text

    def _with_port(self, service: Service, text: str) -> str:
        found = PORT.fullmatch(text)
        return f"{found['before']}{self.port(service.name, int(found['port']))}" if found else text

    @cached_property
    def _hosts(self) -> dict[str, str]:
        hosts = {
            "temporal:7233": self.address("temporal", 7233),
            "sandbox:8600": self.address("sandbox", 8600),
            "0.0.0.0": HOST,
        }
        if self._postgres is not None:
            hosts["@postgres/tillsaga"] = f"@/tillsaga?host={self._postgres}"
        return hosts

    def _mounted(self, service: Service) -> Iterator[tuple[str, str]]:
        """A volume is one folder for all that mount it; files are copied, with our addresses."""
        own = self._folder / service.name / "mounted"
        for source, target in service.volumes.items():
            if source.startswith("./"):
                here = own / Path(target).name
                shutil.copytree(self._folder / source, here)
            else:
                here = self._folder / "volumes" / source
                here.mkdir(parents=True, exist_ok=True)
            yield target, str(here)
        for name, target in service.configs.items():
            self._copy(ROOT / compose_file()["configs"][name]["file"], own / Path(target).name)
            yield target, str(own / Path(target).name)

    def _copy(self, source: Path, target: Path) -> None:
        text = source.read_text()
        for there, here in self._hosts.items():
            text = text.replace(there, here)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def _free_ports() -> Iterator[int]:
    """Ports that nobody uses, each once."""
    given: set[int] = set()
    while True:
        for port in set(astuple(Ports.free())) - given:
            given.add(port)
            yield port
