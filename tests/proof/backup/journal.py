"""A till that keeps what it has sent, and sends it again with the same keys."""

import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from tillsaga.dev.stores_template import DevStore

Json = dict[str, Any]
PATIENCE_SECONDS = 90.0


@dataclass(frozen=True)
class Message:
    """One till message: where to, what, and under which key."""

    path: str
    body: Json
    key: str = field(default_factory=lambda: str(uuid4()))


@dataclass
class JournalTill:
    """One till with one checkout; `seen` is the last answer that was one."""

    api_url: str
    secret: str
    store: DevStore
    terminal: str
    seen: Json = field(default_factory=dict)
    sent: list[Message] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def open(self, lines: list[Json], *identifiers: Json) -> None:
        """Open a checkout."""
        basket = {"id": str(uuid4()), "currency": self.store.currency, "lines": lines}
        place = {"store_id": self.store.id, "terminal_id": self.terminal}
        self._new("/checkouts", place | {"basket": basket, "identifiers": list(identifiers)})

    def act(self, action: str, **body: Any) -> None:
        """Send a message to the checkout."""
        self._new(f"/checkouts/{self.seen['id']}/{action}", body)

    def send(self, message: Message) -> None:
        """Send until there is an answer that stands; a refusal is one."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = self.request("POST", message.path, json=message.body, key=message.key)
            said = answer.json()
            if answer.is_success:
                self.seen = said if "basket" in said else self.read()
                return
            if not said["retryable"]:
                self.refused.append(said["code"])
                return
            assert time.monotonic() < deadline, said
            time.sleep(0.1)

    def read(self) -> Json:
        """Read the checkout."""
        answer = self.request("GET", f"/checkouts/{self.seen['id']}")
        assert answer.is_success, answer.text
        self.seen = answer.json()
        return self.seen

    def settled(self) -> Json:
        """Wait until nothing is open any more."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _is_settled(self.read()):
            assert time.monotonic() < deadline, (self.seen["status"], self.seen["effects"])
            time.sleep(0.1)
        return self.seen

    def request(
        self, method: str, path: str, json: Json | None = None, key: str = ""
    ) -> httpx.Response:
        """Ask once."""
        headers = {"Authorization": f"Bearer {self.secret}"} | (
            {"Idempotency-Key": key} if key else {}
        )
        url = f"{self.api_url}/v1{path}"
        return httpx.request(method, url, json=json, headers=headers, timeout=30)

    def _new(self, path: str, body: Json) -> None:
        self.sent.append(Message(path, body))
        refused = len(self.refused)
        self.send(self.sent[-1])
        assert len(self.refused) == refused, self.refused


def _is_settled(seen: Json) -> bool:
    going = seen["status"] in ("completing", "cancelling") or seen["instruction"] == "wait"
    return not going and all(e["status"] not in ("pending", "in_doubt") for e in seen["effects"])
