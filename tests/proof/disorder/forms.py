"""The forms of disorder that a trace is run in, each with its judge."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import permutations
from random import Random
from typing import Any

from tests.proof.disorder.judging import end_of
from tests.proof.disorder.places import Place
from tests.proof.disorder.tills import Answer, Sale, run_straight
from tests.proof.disorder.traces import Message, Trace

Json = dict[str, Any]
AT_ONCE = 20
"""How many messages a checkout gets at the same moment."""


class Disorder:
    """One trace in a shop: run straight once, then in the forms that are asked for."""

    def __init__(self, place: Place, trace: Trace) -> None:
        self._place, self._trace = place, trace
        self._said: Sequence[Message] = ()
        self._straight: Json = {}

    async def run(self, form: str) -> None:
        """Run it in a form of disorder and judge how it ended."""
        if not self._said:
            await self._run_straight()
        await FORMS[form](self)

    async def _run_straight(self) -> None:
        """Run it as it stands, which also says what its amounts are."""
        sale = await self._new_sale()
        self._said = await run_straight(sale, self._trace.messages)
        self._straight = await end_of(sale)

    async def _new_sale(self) -> Sale:
        return await self._place.sale()

    def _dice(self, form: str) -> Random:
        return Random(f"{self._trace.mix}/{self._trace.seed}/{form}")

    # --- the same again -------------------------------------------------------------------------

    async def same_keys(self) -> None:
        """Each request twice at once and once more later: one answer, one effect."""
        dice, sale = self._dice("same keys"), await self._new_sale()
        later: list[Answer] = []
        for number, message in enumerate(self._said):
            key = f"{sale.world.actual['bill']}/{number}"
            first, second = await asyncio.gather(sale.say(message, key), sale.say(message, key))
            _is_the_same(first, second)
            later.append(first)
            if dice.random() < 0.3:
                await self._repeat(sale, later.pop(dice.randrange(len(later))))
        end = await end_of(sale)
        assert end == self._straight
        for first in later:
            await self._repeat(sale, first)
        assert await end_of(sale) == end

    async def _repeat(self, sale: Sale, first: Answer) -> None:
        _is_the_same(first, await sale.say(first.message, first.key))

    async def new_keys(self) -> None:
        """Each request twice at once under two keys: the same end, whatever they were answered."""
        sale = await self._new_sale()
        await sale.say(self._said[0])
        for message in self._said:
            await asyncio.gather(sale.say(message), sale.say(message))
        assert await end_of(sale) == self._straight

    # --- another order --------------------------------------------------------------------------

    async def shuffled(self) -> None:
        """In any order, one after another: what was refused has changed nothing."""
        sale = await self._new_sale()
        for message in self._reordered("shuffled"):
            await sale.say(message)
        await self._is_serial(sale)

    async def at_once(self) -> None:
        """Many at the same moment: the end is that of the order in the history."""
        sale = await self._new_sale()
        first, *rest = self._reordered("at once")
        await asyncio.gather(sale.say(first), sale.say(first))
        crowd = [rest[number % len(rest)] for number in range(AT_ONCE)]
        await asyncio.gather(*(sale.say(message) for message in crowd))
        await self._is_serial(sale)

    def _reordered(self, form: str) -> list[Message]:
        """All but the opening somewhere else: some traces a little, some altogether."""
        dice = self._dice(form)
        spread = dice.choice((0.7, 1.5, 100))
        first, *rest = self._said
        places = [(number + dice.gauss(0, spread), message) for number, message in enumerate(rest)]
        return [first, *(message for _, message in sorted(places, key=lambda placed: placed[0]))]

    async def _is_serial(self, sale: Sale) -> None:
        """The same messages, one after another in the order of the history, end the same."""
        end = await end_of(sale)
        replayed: list[Json] = []
        for order in _orders(sale.answers, await sale.heard()):
            again = await self._new_sale()
            for answer in order:
                await again.say(answer.message)
            replayed.append(await end_of(again))
            if replayed[-1] == end:
                return
        assert end == replayed[0]


def _orders(said: Sequence[Answer], heard: Sequence[Answer]) -> Iterator[list[Answer]]:
    """The serial orders that a history stands for: mostly one.

    A payment stands in the records before it is told, and a cancel reads them first: it hears of
    payments that are told after it, any of them, that are refused then, or that no run is told of.
    So does the run that is woken after the cancel.
    """
    taken = [answer for answer in heard if answer.changed]
    known = {answer.key for answer in heard}
    facts = [answer for answer in said if answer.key not in known and answer.changed]
    facts = [answer for answer in facts if answer.message.is_payment]
    cancels = [number for number, answer in enumerate(taken) if answer.message.name == "cancel"]
    cancel = cancels[0] if cancels else len(taken)
    before, after = taken[:cancel], taken[cancel:]
    yield [*before, *facts, *after]
    if not cancels:
        return
    once = {str(answer.message): answer for answer in reversed(said) if answer.message.is_payment}
    for number in range(len(once) + 1):
        for read in permutations(once.values(), number):
            rest = [fact for fact in facts if fact not in read]
            yield [*before, *read, *after, *rest]
            yield [*before, *after[:1], *read, *after[1:], *rest]


def _is_the_same(first: Answer, second: Answer) -> None:
    """One request has one answer; only of a 202 the rest comes later."""
    if 202 in (first.http.status_code, second.http.status_code):
        return
    assert second.http.status_code == first.http.status_code, (first.body, second.body)
    assert second.http.content == first.http.content, (first.body, second.body)


FORMS: dict[str, Callable[[Disorder], Awaitable[None]]] = {
    "same keys": Disorder.same_keys,
    "new keys": Disorder.new_keys,
    "shuffled": Disorder.shuffled,
    "at once": Disorder.at_once,
}
