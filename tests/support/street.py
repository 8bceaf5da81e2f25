"""A shop that ordinary, synchronous code can work with: it lives in a thread of its own."""

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

from tests.support.shop import Shop, open_shop
from tillsaga.demo.sandbox import Sandbox
from tillsaga.demo.shopper import Shopper, new_shopper

Answer = TypeVar("Answer")


class Street:
    """Opens a shop when it is entered, and brings new shoppers to it."""

    def __init__(self, folder: Path, kinds: Sequence[str], **options: Any) -> None:
        self._opening = open_shop(folder, kinds=kinds, **options)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.kinds = tuple(kinds)

    def __enter__(self) -> Self:
        self._thread.start()
        self.shop: Shop = self.run(self._opening.__aenter__())
        self._sandbox = Sandbox(str(self.shop.http.base_url))
        return self

    def __exit__(self, *_: object) -> None:
        self._sandbox.close()
        self.run(self._opening.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """Have the shop do something, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def shopper(self) -> Shopper:
        """A new customer of all five vendors."""
        return new_shopper(self._sandbox)

    def books(self) -> dict[str, Any]:
        """All vendors' books."""
        return self._sandbox.books()
