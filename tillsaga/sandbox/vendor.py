"""What a vendor must offer to be played by the sandbox."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.wire import Asked, Reply


class SeedRefused(Exception):
    """The objects asked for cannot be added to the world."""


def default_switches(vendor: "Vendor") -> Record:
    """Set every switch of a vendor to its default."""
    return {name: values[0] for name, values in vendor.allowed_switches.items()}


class Vendor(Protocol):
    """One vendor: answers requests, keeps its own tables, knows its world."""

    name: str
    switches: dict[str, Any]
    """The switches as set now."""
    allowed_switches: Mapping[str, tuple[Any, ...]]
    """Every switch with the values it takes, the default first."""
    old_shape: Mapping[str, Any]
    """The switches that make the vendor answer like its older servers."""

    def answer(self, asked: Asked) -> Reply:
        """Do what is asked, in one transaction, and answer."""

    def identify(self, method: str, path: str) -> str | None:
        """Name the operation a request would reach, if any."""

    def operations(self) -> list[Record]:
        """Describe every operation: name, method and path."""

    def refusal(self, code: int | str, message: str | None) -> Reply:
        """Say no the way the vendor does, with one of its codes."""

    def dump(self) -> Record:
        """Show the books."""

    def load_world(self) -> None:
        """Empty the books and put the documented world in."""

    def is_empty(self) -> bool:
        """Tell whether the books hold nothing yet."""

    def add(self, wanted: Record) -> Record:
        """Add objects to the world and answer their ids.

        Raises:
            SeedRefused: the description is wrong or an id is taken.
        """


@runtime_checkable
class Acting(Protocol):
    """A vendor that also does things of its own accord, such as calling a till."""

    actions: Mapping[str, Callable[[Record], Awaitable[Record]]]
    """By the name they have under `POST /_sandbox/{vendor}/{action}`."""
