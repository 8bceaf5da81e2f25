"""The last step before a vendor, and the first after it: tokens are read, and put back.

Connectors never see a token, and nobody else sees what a token stands for.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from datetime import date, datetime
from typing import Any, cast

from temporalio.exceptions import ApplicationError

from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.offers import Offer
from tillsaga.domain.ports import (
    Connector,
    Connectors,
    EffectRecord,
    Operator,
    Quote,
    ReconciliationBook,
    Selection,
)
from tillsaga.domain.reconcile import BusinessDay, Reconciled
from tillsaga.domain.tokens import (
    TELLING,
    TOKEN,
    Vault,
    concealed,
    in_words,
    revealed,
    texts,
    tokens_in,
)
from tillsaga.errors import TillsagaError

READS = (
    "identify",
    "quote",
    "quote_with",
    "find_offer",
    "check_offer",
    "find_tender",
    "look_up_card",
    "foresee_return",
    "weigh_goods",
    "stored_value",
)
BEARERS = ("card_code", "portal_session")
"""Their answers let whoever has them in: they are for the door's answer alone."""
AS_THEY_ARE = ("provider", "kind", "timing", "books", "claim_link", "slip", "read_selection")

Ask = Callable[..., Awaitable[Any]]


class PrivateConnectors:
    """Fills the port `Connectors` with stand-ins that read tokens."""

    def __init__(self, connectors: Connectors, vault: Vault) -> None:
        """Take the vendors and the vault."""
        self._connectors = connectors
        self._guard = Guard(vault)
        self._made: dict[tuple[str, str], Connector] = {}

    def of(self, store_id: str, provider: str) -> Connector:
        """Find the stand-in; raises as `Connectors.of` does."""
        name = store_id, provider
        if name not in self._made:
            stand_in = PrivateConnector(self._connectors.of(store_id, provider), self._guard)
            self._made[name] = cast(Connector, stand_in)
        return self._made[name]


class PrivateConnector:
    """Has each method that its connector has, so that it is asked for the same abilities."""

    def __init__(self, connector: Connector, guard: "Guard") -> None:
        """Take the connector and the guard."""
        self._connector = connector
        self._guard = guard
        for name in AS_THEY_ARE:
            if hasattr(connector, name):
                setattr(self, name, getattr(connector, name))
        for name in (*READS, *BEARERS):
            if hasattr(connector, name):
                asked = guard.guarded(getattr(connector, name), bearer=name in BEARERS)
                setattr(self, name, asked)

    def operator(self, operation: str) -> Operator:
        """Find the operator of an operation; KeyError if the vendor has none."""
        return PrivateOperator(self._connector.operator(operation), self._guard)


class PrivateOperator:
    """An operator whose orders and answers have tokens."""

    def __init__(self, operator: Operator, guard: "Guard") -> None:
        """Take the operator and the guard."""
        self._operator = operator
        self._guard = guard

    async def do(self, order: EffectOrder) -> Done:
        """Do it now."""
        done: Done = await self._guard.guarded(self._operator.do)(order)
        return done

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Ask whether it happened."""
        done: Done | None = await self._guard.guarded(self._operator.find)(order, since)
        return done

    async def undo(self, order: EffectOrder, done: Done) -> Done:
        """Take it back."""
        undone: Done = await self._guard.guarded(self._operator.undo)(order, done)
        return undone

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Done | None:
        """Ask whether the taking back happened."""
        undone: Done | None
        undone = await self._guard.guarded(self._operator.find_undo)(order, done, since)
        return undone


class Guard:
    """Reads tokens in what is asked, and puts tokens into what is answered."""

    def __init__(self, vault: Vault) -> None:
        """Take the vault."""
        self._vault = vault

    def guarded(self, ask: Ask, *, bearer: bool = False) -> Ask:
        """Put a question to a vendor's connector as if there were no tokens."""

        async def asked(*given: Any, **named: Any) -> Any:
            known = await self._vault.reveal(tokens_in([*given, *named.values()]))
            tokens = {value: token for token, value in known.items()}
            try:
                answer = await ask(*revealed(given, known), **revealed(named, known))
            except TillsagaError as failed:
                said = in_words(failed.message, tokens)
                if said == failed.message:
                    raise
                failure: Exception = type(failed)(
                    said, code=failed.code, retry_after=failed.next_retry_delay
                )
            except TimeoutError:
                raise
            except Exception as bug:
                # Its own words may repeat what the vendor was sent, or has answered.
                name = type(bug).__name__
                trace = bug.__traceback__
                failure = ApplicationError(f"{name} in the connector", type=name)
                failure.__traceback__ = trace
            else:
                return await self._put_back(answer, tokens, bearer)
            raise failure

        return asked

    async def _put_back(self, answer: Any, tokens: dict[str, str], bearer: bool) -> Any:
        found = list(texts(answer))
        telling = {text for name, text in found if (name in TELLING or bearer) and text}
        telling |= _codes(answer)
        new = {text for text in telling if text not in tokens and not TOKEN.fullmatch(text)}
        keep = self._vault.keep if bearer else self._vault.keep_long
        tokens = tokens | await keep(new)
        # The vendor's own name for its customer is shown, and told apart from others.
        members = {text for name, text in found if name == "member_id"}
        return concealed(answer, {v: t for v, t in tokens.items() if v not in members})


def _codes(answer: object) -> set[str]:
    """List the codes of offers that the vendor has told of, unasked."""
    offers = answer.offers if isinstance(answer, Quote | Selection) else (answer,)
    return {offer.code for offer in offers if isinstance(offer, Offer) and offer.code}


class PrivateBook:
    """The records of a reconciliation: compared as the vendors know them, kept with tokens."""

    def __init__(self, book: ReconciliationBook, vault: Vault) -> None:
        """Take the records and the vault."""
        self._book = book
        self._vault = vault
        self._read: ContextVar[dict[str, str]] = ContextVar("read", default={})  # noqa: B039

    async def checkouts_of(self, provider: str, store_id: str, day: BusinessDay) -> list[str]:
        """Name the checkouts of a day."""
        return await self._book.checkouts_of(provider, store_id, day)

    async def effects_of(self, kind: str, checkout_ids: Sequence[str]) -> list[list[EffectRecord]]:
        """Read their records as the vendors know them."""
        records = await self._book.effects_of(kind, checkout_ids)
        known = await self._vault.reveal(tokens_in(records))
        self._read.set(self._read.get() | {value: token for token, value in known.items()})
        return revealed(records, known)

    async def pruned(self, checkout_ids: Sequence[str]) -> set[str]:
        """Name those whose records were deleted."""
        return await self._book.pruned(checkout_ids)

    async def save(self, result: Reconciled) -> None:
        """Keep a result, with the tokens."""
        await self._book.save(concealed(result, self._read.get()))

    async def read(self, store_id: str, day: date) -> list[Reconciled]:
        """Read the day's results."""
        return await self._book.read(store_id, day)

    async def unsettled(self, store_id: str, since: date) -> list[tuple[date, str]]:
        """Name what should be compared again."""
        return await self._book.unsettled(store_id, since)
