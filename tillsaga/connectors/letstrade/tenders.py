"""Payment codes as tenders: charged by finalise, never before (sheet 2, trap 6)."""

from collections.abc import Callable
from dataclasses import dataclass

from tillsaga.connectors.letstrade.bill import Bills
from tillsaga.connectors.letstrade.client import LetstradeClient
from tillsaga.connectors.letstrade.codes import Kind, concealed, kind_of
from tillsaga.connectors.letstrade.refusals import LetstradeNo, Why
from tillsaga.connectors.letstrade.shapes import Offerings
from tillsaga.connectors.letstrade.wire import Money
from tillsaga.domain.basket import Basket
from tillsaga.domain.effects import Step
from tillsaga.domain.model import Json
from tillsaga.domain.ports import FoundTender


class Wallets:
    """Asks what a payment code covers."""

    def __init__(self, client: LetstradeClient, bills: Bills) -> None:
        """Take the client, and how bodies are written."""
        self._client = client
        self._bills = bills

    async def tender(
        self, code: str, basket: Basket | None, due_amount: int, terminal_id: str | None = None
    ) -> FoundTender | None:
        """Let the vendor simulate the payment of what is due; None if it does not know the code."""
        if kind_of(code) is not Kind.PAYMENT:
            return None
        if basket is None:
            return await self._standing(code)
        whole = max(due_amount, basket.amount + basket.added_tax_amount)

        def ask(amount: int) -> Json:
            return self._bills.aside(basket, code, amount, terminal_id)

        try:
            now = await simulated(self._client, self._bills.money, ask, whole, due_amount)
        except LetstradeNo as no:
            if no.why is not Why.CODE_UNKNOWN:
                raise
            return None
        return FoundTender(
            subject=concealed(code),
            available_amount=min(sum(now.split.values()), due_amount),
            step=Step(operation="finalise", subject=basket.id),
            planned=True,
            data={"code": code, "split": {**now.split}},
        )

    async def _standing(self, code: str) -> FoundTender | None:
        """Without a bill it is only known that the code may pay one."""
        try:
            await self._client.offerings(self._bills.aside(None, code))
        except LetstradeNo as no:
            if no.why is not Why.CODE_UNKNOWN:
                raise
            return None
        subject = concealed(code)
        step = Step(operation="finalise", subject=subject)
        return FoundTender(subject=subject, available_amount=0, step=step, planned=True)


@dataclass(frozen=True)
class Simulated:
    """What payment codes cover per instrument, minor units, and the quote of the whole bill."""

    split: dict[str, int]
    reply: Offerings


async def simulated(
    client: LetstradeClient, money: Money, ask: Callable[[int], Json], whole: int, amount: int
) -> Simulated:
    """Let payment codes pay just `amount` of a bill that came to `whole`, both minor units.

    The vendor takes its vouchers and deals off whatever it is asked about, the till's share or
    not. So they are added to what the codes shall pay, once the whole bill has told how much
    they are.
    """
    reply = await client.offerings(ask(whole))
    split = split_of(reply, money)
    covered = sum(split.values())
    if covered != amount:
        taken_off = whole - covered - money.minor(reply.basket.outstanding_amount)
        split = split_of(await client.offerings(ask(amount + max(0, taken_off))), money)
    return Simulated(split, reply)


def split_of(reply: Offerings, money: Money) -> dict[str, int]:
    """Read what payment codes cover per instrument, minor units; absent ones pay nothing."""
    basket = reply.basket
    parts = {"wallet": basket.wallet, "card": basket.card, "loan": basket.loan}
    return {name: money.minor(part.amount) for name, part in parts.items() if part}
