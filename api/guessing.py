"""Gift cards, vouchers and members are not to be had by trying codes.

What no vendor knows is counted per store and caller, in the records. After too many of them the
door answers `too_many_guesses` before any vendor is asked, for a time that grows.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import ceil
from weakref import WeakValueDictionary

import structlog
from starlette.responses import Response

from api.metrics import Metrics
from api.problems import ProblemResponse
from tillsaga.domain.messages import (
    AddTender,
    ApplyOffer,
    ClaimPoints,
    Identify,
    OpenCheckout,
    PutBasket,
    TillMessage,
)
from tillsaga.errors import Refusal
from tillsaga.records.guesses import SqlGuessBook
from tillsaga.stores import StoresFile

WRONG = frozenset(
    (
        *("card_not_found", "code_unknown", "member_not_found"),
        # Whether a card is loaded already is worth knowing, too.
        *("card_already_sold", "card_refused"),
    )
)
AT_ONCE = 16
"""Codes that one caller tries at a store at the same time in a process; others wait for them.

What is under way when the limit is reached is still answered, so this bounds how many that are.
"""

_log = structlog.get_logger("tillsaga.guessing")


def tries_codes(message: TillMessage) -> bool:
    """Whether the answer to a message tells if a code exists."""
    match message:
        case OpenCheckout():
            # A closed bill was paid: nothing is gained by it, and it must be taken.
            return not message.closes and (
                bool(message.codes or message.identifiers) or _sells_known(message)
            )
        case PutBasket():
            return _sells_known(message)
        case ApplyOffer():
            return message.code is not None
        case AddTender():
            return message.reference is not None
        case Identify() | ClaimPoints():
            return True
    return False


def _sells_known(message: OpenCheckout | PutBasket) -> bool:
    return any(line.reference for line in message.basket.lines)


class Watch:
    """One answer, looked at on its way out."""

    def __init__(self) -> None:
        self.wrong = 0

    def saw(self, answer: Response) -> Response:
        """Count what no vendor knew."""
        if isinstance(answer, ProblemResponse):
            self.wrong += answer.code in WRONG
        return answer

    def saw_checkout(self, answer: Response) -> Response:
        """Count what a checkout was opened with, and shows as refused."""
        if isinstance(answer, ProblemResponse):
            return self.saw(answer)
        if "Idempotency-Replayed" not in answer.headers:
            view = json.loads(bytes(answer.body))
            refused = (offer.get("refusal") for offer in view.get("offers", []))
            self.wrong += sum(no is not None and no["code"] in WRONG for no in refused)
            missed = (one["reason"] for one in view.get("degraded", []))
            self.wrong += "member_not_found" in missed
        return answer


class Guessing:
    """Slows down who tries codes."""

    def __init__(self, book: SqlGuessBook, stores: StoresFile, metrics: Metrics) -> None:
        """Take where it is counted, the stores' rules, and where it is told."""
        self._book = book
        self._stores = stores
        self._metrics = metrics
        self._at_once: WeakValueDictionary[tuple[str, str], asyncio.Semaphore] = (
            WeakValueDictionary()
        )

    @asynccontextmanager
    async def watch(
        self, store_id: str, caller: str, message: TillMessage | None = None
    ) -> AsyncIterator[Watch]:
        """Let a code be tried, and count it if nobody knows it.

        `message`: what is said to a checkout; only what tries codes is watched.

        Raises:
            Refusal: `too_many_guesses`, with the time to wait.
        """
        watch = Watch()
        if message is not None and not tries_codes(message):
            yield watch
            return
        mine = self._at_once.setdefault((store_id, caller), asyncio.Semaphore(AT_ONCE))
        async with mine:
            await self._insist(store_id, caller)
            try:
                yield watch
            except Refusal as refusal:
                watch.wrong += refusal.code in WRONG
                raise
            finally:
                if watch.wrong:
                    await self._note(store_id, caller, watch.wrong)

    async def _insist(self, store_id: str, caller: str) -> None:
        seconds = await self._book.blocked_for(store_id, caller)
        if seconds > 0:
            self._metrics.note_guess("refused")
            words = "too many codes that no vendor knows were tried at this store; wait"
            raise Refusal("too_many_guesses", words, retry_after_seconds=ceil(seconds))

    async def _note(self, store_id: str, caller: str, times: int) -> None:
        store = self._stores.store(store_id)
        if store is None:
            return
        guesses, is_strike = await self._book.note(
            store_id, caller, store.policy.guesses.rule, times
        )
        self._metrics.note_guess("wrong", times)
        if is_strike:
            self._metrics.note_guess("strike")
            _log.warning(
                "guessing_slowed_down",
                store_id=store_id,
                api_key=caller,
                strikes=guesses.strikes,
                until=guesses.model_dump(mode="json")["blocked_until"],
            )
