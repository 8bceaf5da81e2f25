"""A thousand bills whose messages come twice, in another order, or all at once.

The long form has a thousand cases: five hundred traces, each in two forms of disorder.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.proof.disorder.forms import Disorder
from tests.proof.disorder.places import Place, open_place
from tests.proof.disorder.traces import trace_of
from tests.proof.tally import Proof, proof_of_this_run

KIND = "Messages in disorder"
SHORT = {"leat": 4, "dollars": 2, "euros": 0}
LONG = {"leat": 300, "dollars": 100, "euros": 100}
BLOCK = 25
"""How many traces share a store: one that is old and crowded is slow."""
SIDE_BY_SIDE = 3
"""How many traces run at a time, so that none waits for what another waits for."""
PAIRS = (("same keys", "at once"), ("new keys", "shuffled"))
FOUND: dict[str, dict[int, Sequence[str]]] = {
    "leat": {
        0: ("same keys", "at once"),  # a void of a cancelled bill was refused
        8: ("same keys", "at once"),  # after a refund, `ready` again was refused
        11: ("same keys", "new keys"),  # after a late payment, the opening again was unanswered
        101: ("at once", "shuffled"),  # a payment that was heard before it was told
        151: ("shuffled",),  # a correction that does not fit is money all the same
        188: ("same keys",),  # a sale for nothing earns nothing
        224: ("at once",),
    },
    "dollars": {},
    "euros": {},
}
"""Traces that have found something, by mix and seed, and the forms in which they did."""

BLOCKS = [
    (mix, first)
    for mix, count in proof_of_this_run().of(SHORT, LONG).items()
    for first in range(0, count, BLOCK)
]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("mix", "first"), BLOCKS, ids=[f"{mix}-{first}" for mix, first in BLOCKS])
async def test_disorder_changes_nothing(tmp_path: Path, proof: Proof, mix: str, first: int) -> None:
    last = min(first + BLOCK, proof.of(SHORT, LONG)[mix])
    wanted: dict[int, Sequence[str]] = {seed: PAIRS[seed % 2] for seed in range(first, last)}
    if first == 0:
        wanted |= FOUND[mix]
    async with open_place(tmp_path, mix) as place:
        await run_all(place, proof, mix, wanted)


async def run_all(
    place: Place, proof: Proof, mix: str, wanted: Mapping[int, Sequence[str]]
) -> None:
    """Run traces side by side, by seed in the forms wanted; a failure does not stop the others."""
    turn = asyncio.Semaphore(SIDE_BY_SIDE)
    failures: list[Exception] = []

    async def run(seed: int, forms: Sequence[str]) -> None:
        async with turn:
            disorder = Disorder(place, trace_of(seed, mix))
            for form in forms:
                name = f"{mix} {seed}, {form}"
                try:
                    with proof.case(KIND, name):
                        await disorder.run(form)
                except Exception as failure:
                    failure.add_note(name)
                    failures.append(failure)

    await asyncio.gather(*(run(seed, forms) for seed, forms in wanted.items()))
    if failures:
        raise ExceptionGroup("the guarantee is broken", failures)
