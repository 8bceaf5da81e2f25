"""Everything on one machine: Temporal, vendor sandbox, worker and API as processes of their own."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from tillsaga.commands.loading import checked_stores
from tillsaga.dev.child import READY_SECONDS, Child
from tillsaga.dev.guard import Guard
from tillsaga.dev.home import Home
from tillsaga.dev.ports import HOST, Ports
from tillsaga.dev.readiness import TASK_QUEUE, Readiness
from tillsaga.dev.secrets import StackSecrets, stack_secrets
from tillsaga.dev.stores_template import SECRETS, provide_stores_file
from tillsaga.dev.temporal_server import find_temporal, keep_histories, temporal_command
from tillsaga.records.migrations import upgrade

TEMPORAL, SANDBOX, WORKER, API = "temporal", "sandbox", "worker", "api"
CONTROL_VARIABLE = "TILLSAGA_DEV_CONTROL"


class Stack:
    """The processes, by name. Use it as a context: leaving it stops them all."""

    def __init__(
        self,
        home: Home,
        ports: Ports,
        *,
        settle_after: str = "30s",
        environ: Mapping[str, str] = os.environ,
        control: Path | None = None,
    ) -> None:
        """Take where to keep data, where to listen, and the surrounding environment.

        `control` is the socket by which the API may have a process killed.
        """
        self.home = home
        self.ports = ports
        self.api_url = f"http://{HOST}:{ports.api}"
        self.worker_url = f"http://{HOST}:{ports.worker}"
        self.temporal_address = f"{HOST}:{ports.temporal}"
        self.temporal_ui_url = f"http://{HOST}:{ports.temporal_ui}"
        self.sandbox_url = f"http://{HOST}:{ports.sandbox}"
        self._settle_after = settle_after
        self._control = control
        self._environ = environ
        self._children: dict[str, Child] = {}

    def __enter__(self) -> Self:
        """Start everything and wait until it can be used.

        Raises:
            Trouble: something does not start; then nothing is left running.
        """
        program = find_temporal(self._environ)
        self._guard = Guard()
        try:
            self._children = self._planned(program)
            self.ports.write(self.home.ports_file)
            self._launch(TEMPORAL, SANDBOX)
            provide_stores_file(self.home.stores_file, self.sandbox_url, self._settle_after)
            checked_stores(self.home.stores_file, self.environ_for_ours())
            upgrade(self.home.database_url)
            self._launch(API)  # it waits for Temporal by itself
            self._await(TEMPORAL, SANDBOX)
            keep_histories(program, self.ports, self.environ_for_ours())
            self._launch(WORKER)
            self._await(WORKER, API)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop everything."""
        self.stop()

    def start(self, name: str, *, seconds: float = READY_SECONDS) -> None:
        """Start one process again and wait until it can be used."""
        self._children[name].launch()
        self._children[name].await_ready(seconds)

    def kill(self, name: str) -> None:
        """End one process as a power cut would."""
        self._children[name].kill()

    def stop(self) -> None:
        """Stop those that work first, then those that they work with."""
        for names in ((API, WORKER), (SANDBOX, TEMPORAL)):
            chosen = [self._children[name] for name in names if name in self._children]
            for child in chosen:
                child.tell_to_stop()
            for child in chosen:
                child.await_end()
        self._guard.close()

    def check(self) -> None:
        """Look after the processes.

        Raises:
            Trouble: one has ended by itself.
        """
        for child in self._children.values():
            if child.exit_code is not None:
                words = f"{child.name} ended unexpectedly with exit code {child.exit_code}"
                raise child.trouble(words)

    def workflow_url(self, checkout_id: str) -> str:
        """Where the Temporal UI shows a checkout."""
        return f"{self.temporal_ui_url}/namespaces/default/workflows/{checkout_id}"

    # --- how each is started --------------------------------------------------------------------

    def _planned(self, temporal: Path) -> dict[str, Child]:
        ready, folder = Readiness(self.ports), self.home.folder
        server = temporal_command(temporal, self.ports, folder / "temporal.db")
        server += ["--ui-codec-endpoint", f"{self.api_url}/codec/{self.secrets().codec_token}"]
        books = ("--port", str(self.ports.sandbox), "--db", str(folder / "sandbox.db"))
        vendors, queue = f"the vendor sandbox at {self.sandbox_url}", f"task queue {TASK_QUEUE}"
        namespace = f"Temporal's namespace at {self.temporal_address}"
        children = (
            self._child(TEMPORAL, server, ready.temporal, namespace),
            self._child(SANDBOX, _ours("sandbox", *books), ready.sandbox, vendors),
            self._child(WORKER, _ours("worker"), ready.worker, f"the worker to poll {queue}"),
            self._child(API, _ours("api"), ready.api, f"{self.api_url}/readyz"),
        )
        if self._control is not None:
            children[-1].environ = {**children[-1].environ, CONTROL_VARIABLE: str(self._control)}
        return {child.name: child for child in children}

    def _child(
        self, name: str, command: list[str], is_ready: Callable[[int], bool], awaited: str
    ) -> Child:
        log = self.home.logs / f"{name}.log"
        environ = self.environ_for_ours()
        return Child(name, command, environ, log, awaited, is_ready, self._guard)

    def environ_for_ours(self) -> dict[str, str]:
        """The environment of our processes; nothing leads to another Temporal or database."""
        kept = {n: v for n, v in self._environ.items() if not n.startswith("TEMPORAL_")}
        kept.pop(CONTROL_VARIABLE, None)
        ours = {
            "TEMPORAL_ADDRESS": self.temporal_address,
            "TEMPORAL_NAMESPACE": "default",
            "TEMPORAL_CONFIG_FILE": os.devnull,
            "TILLSAGA_CONFIG": str(self.home.stores_file),
            "TILLSAGA_DATA_DIR": str(self.home.folder),
            "TILLSAGA_DATABASE_URL": self.home.database_url,
            "TILLSAGA_TASK_QUEUE": TASK_QUEUE,
            "TILLSAGA_TEMPORAL_UI": self.temporal_ui_url,
            "TILLSAGA_CODEC_TOKEN": self.secrets().codec_token,
            "TILLSAGA_API_HOST": HOST,
            "TILLSAGA_API_PORT": str(self.ports.api),
            "TILLSAGA_DRAIN": "0s",
            "TILLSAGA_WORKER_HOST": HOST,
            "TILLSAGA_WORKER_PORT": str(self.ports.worker),
        }
        own = {
            "TILLSAGA_ENCRYPTION_KEYS": self.secrets().encryption_keys,
            "TILLSAGA_AUDIT_KEYS": self.secrets().audit_keys,
        }
        return own | kept | SECRETS | ours

    def secrets(self) -> StackSecrets:
        """Read what the processes keep secret."""
        return stack_secrets(self.home)

    def _launch(self, *names: str) -> None:
        for name in names:
            self._children[name].launch()

    def _await(self, *names: str) -> None:
        for name in names:
            self._children[name].await_ready()


def _ours(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tillsaga.cli", *arguments]
