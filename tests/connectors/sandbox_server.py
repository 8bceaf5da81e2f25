"""A sandbox over real HTTP, and its control plane as a test sees it."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx
import uvicorn

from tillsaga.domain.model import Json
from tillsaga.sandbox.app import create_app


class Control:
    """What a test may ask of the sandbox."""

    def __init__(self, address: str) -> None:
        """Take where it listens."""
        self.base_url = f"{address}/leat"
        self._http = httpx.Client(base_url=f"{address}/_sandbox", timeout=5)

    def reset(self) -> None:
        self._post("/reset", {})

    def fault(self, operation: str, kind: str) -> None:
        """Let the next call of a vendor operation go wrong."""
        self._post("/faults", {"vendor": "leat", "operation": operation, "kind": kind})

    def rule(self, vendor: str, operation: str | None, **more: object) -> None:
        """Let calls of any vendor go wrong."""
        self._post("/faults", {"vendor": vendor, "operation": operation, **more})

    def mend(self) -> None:
        """Let nothing go wrong any more."""
        self._http.delete("/faults").raise_for_status()

    def late(self) -> bool:
        """Whether something is still to be applied after its client has gone."""
        return bool(self._http.get("/requests").json()["late"])

    def refuse(self, operation: str, code: int) -> None:
        """Let the vendor say no to the next call of an operation."""
        rule = {"vendor": "leat", "operation": operation, "kind": "refuse", "code": code}
        self._post("/faults", rule)

    def switch(self, **values: object) -> None:
        self.switch_all({"leat": values})

    def switch_all(self, values: Mapping[str, object]) -> None:
        """Set switches by vendor."""
        self._post("/switches", values)

    def advance(self, seconds: int) -> None:
        self._post("/clock", {"advance_seconds": seconds})

    def books(self) -> Json:
        answer: Json = self._http.get("/books/leat").json()
        return answer

    def all_books(self) -> dict[str, Json]:
        """Read every vendor's books, without who has signed in."""
        answer: dict[str, Json] = self._http.get("/books").json()
        answer["wll"].pop("tokens")
        return {**answer}

    def close(self) -> None:
        self._http.close()

    def _post(self, path: str, body: object) -> None:
        self._http.post(path, json=body).raise_for_status()


@contextmanager
def running() -> Iterator[Control]:
    """Serve a sandbox on a free port, in a thread of its own."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()  # at once, so that the first call waits for the server instead of failing
    config = uvicorn.Config(create_app(":memory:", seed=True), log_level="error", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    control = Control(f"http://127.0.0.1:{listener.getsockname()[1]}")
    try:
        yield control
    finally:
        control.close()
        server.should_exit = True
        thread.join()
        listener.close()
