"""Tills that do as docs/upgrading.md tells them, and no more than that."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from rich.console import Console

from tests.proof.rolling.stack import TwiceStack
from tillsaga.demo.audience import Audience
from tillsaga.demo.sandbox import Sandbox
from tillsaga.demo.stage import Stage
from tillsaga.demo.till import PATIENCE_SECONDS, Json, Till, TillRefused
from tillsaga.dev.stores_template import AMSTERDAM, TERMINAL, DevStore

_QUIET = Audience(Console(quiet=True))


@dataclass
class Calls:
    """What became of the calls of all tills."""

    answered: int = 0
    second_tries: int = 0
    slowest_seconds: float = 0.0
    failed: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, seconds: float, *, tries: int) -> None:
        """Note one that got its answer."""
        with self._lock:
            self.answered += 1
            self.second_tries += tries - 1
            self.slowest_seconds = max(self.slowest_seconds, seconds)

    def note_failed(self, words: str) -> None:
        """Note one that a cashier would have seen."""
        with self._lock:
            self.failed.append(words)


class TwoAddressTill(Till):
    """Knows both APIs: what the one does not answer it asks the other, once, under the same key."""

    def __init__(
        self, addresses: Sequence[str], key: str, store: DevStore, terminal: str, calls: Calls
    ) -> None:
        super().__init__(addresses[0], key, store, terminal)
        other = Till(addresses[1], key, store, terminal)
        self._asked_first = [self._http, other._http]
        self._calls = calls

    def __exit__(self, *_: object) -> None:
        """Close the connections to both."""
        for http in self._asked_first:
            http.close()

    def refund(self, checkout: Json, refund_id: str, **more: object) -> Json:
        """Give a sale back, and wait until the vendors have: the books are compared next.

        Where its process is restarted meanwhile, the answer may be 202.
        """
        seen = super().refund(checkout, refund_id, **more)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while seen["status"] == "pending" and time.monotonic() < deadline:
            seen = self.read_refund({"refund_id": refund_id})
        return seen

    def _until_answered(self, method: str, path: str, **request: Any) -> httpx.Response:
        began = time.monotonic()
        for tries in (1, 2):
            answer, said = self._ask(method, path, request)
            if answer is not None and answer.is_success:
                self._calls.note(time.monotonic() - began, tries=tries)
                return answer
            if answer is not None and not answer.json()["retryable"]:
                break
            if answer is not None and tries == 1:
                time.sleep(int(answer.headers["Retry-After"]))
            self._asked_first.reverse()
        self._calls.note_failed(f"{method} {path}: {said}")
        raise TillRefused(f"{method} {path}: {said}")

    def _ask(
        self, method: str, path: str, request: dict[str, Any]
    ) -> tuple[httpx.Response | None, str]:
        try:
            answer = self._asked_first[0].request(method, path, **request)
        except httpx.TransportError as lost:
            return None, f"no answer ({type(lost).__name__})"
        return answer, answer.text


class TwoAddressStage(Stage):
    """The stage of scenarios whose tills know both APIs."""

    stack: TwiceStack

    def __init__(self, stack: TwiceStack, sandbox: Sandbox, key: str, calls: Calls) -> None:
        super().__init__(stack, sandbox, key, _QUIET)
        self._calls = calls

    def for_scenario(self, name: str, title: str) -> Stage:
        """Play on here."""
        return self

    def till(self, store: DevStore = AMSTERDAM, terminal: str = TERMINAL) -> Till:
        """Man a till."""
        return TwoAddressTill(self.stack.addresses, self._key, store, terminal, self._calls)
