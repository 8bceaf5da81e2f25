"""How scenarios are shown while they happen, several of them side by side."""

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from rich.console import Console
from rich.status import Status

_NAME, _WORDS = 14, 54


class Audience:
    """Prints each step when it is over: whose it was, what it was and how long it took.

    A terminal also shows, in its last line, what goes on right now.
    """

    def __init__(self, console: Console) -> None:
        """Take where to print."""
        self.console = console
        self._lock = threading.Lock()
        self._now: dict[str, str] = {}
        self._status: Status | None = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Show what goes on while this is open."""
        with self._live():
            yield

    def _live(self) -> AbstractContextManager[object]:
        if not self.console.is_terminal:
            return nullcontext()
        self._status = self.console.status("")
        return self._status

    def announce(self, name: str, title: str) -> None:
        """Say what is to be seen."""
        self.console.print(f"[bold]{name:<{_NAME}} {title}[/]", highlight=False)

    @contextmanager
    def step(self, name: str, words: str) -> Iterator[None]:
        """Show one step of a scenario; what fails is told at the end."""
        began = time.monotonic()
        self._say(name, words)
        try:
            yield
        finally:
            self._say(name, None)
        took = (time.monotonic() - began) * 1000
        line = f"[bold]{name:<{_NAME}}[/] {words:<{_WORDS}}[dim]{took:>7,.0f} ms[/]"
        self.console.print(line, highlight=False)

    def _say(self, name: str, words: str | None) -> None:
        with self._lock:
            self._now.pop(name, None)
            if words is not None:
                self._now[name] = words
            shown = list(self._now.items())
        if self._status is not None:
            alone = " ".join(shown[0]) if len(shown) == 1 else ""
            self._status.update(alone or "playing " + ", ".join(name for name, _ in shown))
