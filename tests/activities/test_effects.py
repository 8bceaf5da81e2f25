"""What an effect activity makes of a vendor's answers, lost ones above all."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.effects import EffectActivities
from tests.support.template import template_database
from tillsaga.domain.effects import Done, EffectOrder, Outcome, Timing
from tillsaga.errors import AnswerLost, InDoubt, NotSent, Refused, Repeatable, Unanswerable
from tillsaga.records.database import open_database
from tillsaga.records.effects import SqlEffectBook

YES = Done(reference="v-1", transaction_id="t-1")


class Vendor:
    """An operator, and the connector that has it: answers or raises what it is told to."""

    timing = Timing(http_timeout=timedelta(0), settle_after=timedelta(0))

    def __init__(self) -> None:
        self.told: dict[str, list[Any]] = {"do": [], "find": [], "undo": [], "find_undo": []}
        self.calls: list[str] = []

    def of(self, store_id: str, provider: str) -> Any:
        return self

    def operator(self, operation: str) -> Any:
        return self

    def _answer(self, name: str) -> Any:
        self.calls.append(name)
        answer = self.told[name].pop(0) if self.told[name] else YES
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def do(self, order: EffectOrder) -> Any:
        return self._answer("do")

    async def find(self, order: EffectOrder, since: datetime) -> Any:
        return self._answer("find")

    async def undo(self, order: EffectOrder, done: Done) -> Any:
        return self._answer("undo")

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Any:
        return self._answer("find_undo")


class Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class Desk:
    """The activities on real records, as a worker runs them."""

    def __init__(self, vendor: Vendor, book: SqlEffectBook) -> None:
        self.vendor = vendor
        self.book = book
        self._effects = EffectActivities(vendor, book, Clock())

    def take(self, vendor: Vendor) -> None:
        """Work with another vendor from now on."""
        self.vendor = vendor
        self._effects = EffectActivities(vendor, self.book, Clock())

    async def run(self, name: str, order: EffectOrder) -> Outcome:
        outcome: Outcome = await ActivityEnvironment().run(getattr(self._effects, name), order)
        return outcome


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    path = shutil.copy(template_database(), tmp_path / "records.db")
    database = open_database(f"sqlite:///{path}")
    yield Desk(Vendor(), SqlEffectBook(database))
    await database.close()


def order(*, patient: bool = True, checkout: str = "chk_1") -> EffectOrder:
    return EffectOrder(
        checkout_id=checkout,
        store_id="ams-1",
        provider="leat",
        kind="leat",
        operation="lock_voucher",
        subject="v-1",
        patient=patient,
    )


async def test_a_repeat_answers_what_the_record_says(desk: Desk) -> None:
    first = await desk.run("do", order())
    again = await desk.run("do", order())
    assert (first.status, again.status) == ("applied", "applied")
    assert desk.vendor.calls == ["do"]


async def test_a_lost_answer_is_settled_by_asking(desk: Desk) -> None:
    desk.vendor.told["do"] = [AnswerLost("lost")]
    assert (await desk.run("do", order())).status == "applied"
    assert desk.vendor.calls == ["do", "find"]


async def test_what_surely_did_not_happen_is_sent_again_by_who_is_patient(desk: Desk) -> None:
    desk.vendor.told |= {"do": [AnswerLost("lost")], "find": [None, None]}
    with pytest.raises(InDoubt):
        await desk.run("do", order())
    assert (await desk.run("do", order())).status == "applied"
    assert desk.vendor.calls == ["do", "find", "find", "do"]


async def test_a_throttled_repeat_does_not_unmake_the_doubt_before_it(desk: Desk) -> None:
    """The first may have happened, and cannot be asked about: only the repeat surely did not."""
    desk.vendor.told |= {"do": [AnswerLost("lost"), NotSent("429")]}
    desk.vendor.told["find"] = [Repeatable("nobody can say") for _ in range(3)]
    for error in (InDoubt, NotSent):
        with pytest.raises(error):
            await desk.run("do", order())
    assert (await desk.run("settle", order())).status == "manual"


async def test_a_repeat_that_gets_through_settles_the_doubt(desk: Desk) -> None:
    desk.vendor.told |= {"do": [AnswerLost("lost"), NotSent("429")]}
    desk.vendor.told["find"] = [Repeatable("nobody can say") for _ in range(3)]
    for error in (InDoubt, NotSent):
        with pytest.raises(error):
            await desk.run("do", order())
    assert (await desk.run("do", order())).status == "applied"
    assert desk.vendor.calls == ["do", "find", "find", "do", "find", "do"]


async def test_a_waiting_till_hears_of_it_instead(desk: Desk) -> None:
    desk.vendor.told |= {"do": [AnswerLost("lost")], "find": [None]}
    assert (await desk.run("do", order(patient=False))).status == "not_sent"


async def test_an_undo_that_surely_did_not_happen_is_sent_again(desk: Desk) -> None:
    await desk.run("do", order())
    desk.vendor.told |= {"undo": [AnswerLost("lost")], "find_undo": [None, None]}
    with pytest.raises(InDoubt):
        await desk.run("undo", order())
    assert (await desk.run("undo", order())).status == "reversed"
    assert desk.vendor.calls == ["do", "undo", "find_undo", "find_undo", "undo"]


async def test_an_undo_without_a_do_forbids_the_do(desk: Desk) -> None:
    assert (await desk.run("undo", order())).code == "withdrawn"
    assert (await desk.run("do", order())).status == "refused"
    assert desk.vendor.calls == []


async def test_a_doubt_that_nobody_can_settle_goes_to_a_person(desk: Desk) -> None:
    desk.vendor.told |= {"do": [AnswerLost("lost")], "find": [Unanswerable("never", code="x")]}
    assert (await desk.run("do", order())).status == "manual"
    assert (await desk.run("do", order())).status == "manual"
    assert desk.vendor.calls == ["do", "find"]


async def test_a_vendor_that_refuses_later_has_refused(desk: Desk) -> None:
    desk.vendor.told |= {"do": [AnswerLost("lost")], "find": [Refused("no", code="late_no")]}
    assert (await desk.run("do", order())).code == "late_no"


async def test_a_refused_undo_goes_to_a_person(desk: Desk) -> None:
    await desk.run("do", order())
    desk.vendor.told["undo"] = [Refused("no", code="not_last")]
    outcome = await desk.run("undo", order())
    assert (outcome.status, outcome.code, outcome.done) == ("manual", "not_last", YES)


async def test_what_was_not_sent_is_sent_again(desk: Desk) -> None:
    desk.vendor.told["do"] = [NotSent("no connection")]
    with pytest.raises(NotSent):
        await desk.run("do", order())
    assert (await desk.run("do", order())).attempts == 2


async def test_settling_never_sends(desk: Desk) -> None:
    desk.vendor.told |= {"do": [AnswerLost("lost")], "find": [None, None]}
    await desk.run("do", order(patient=False))
    assert (await desk.run("settle", order())).code == "withdrawn"
    assert desk.vendor.calls == ["do", "find", "find"]


async def test_another_checkouts_claim_is_met_before_the_vendor_is(desk: Desk) -> None:
    await desk.run("do", order())
    outcome = await desk.run("do", order(checkout="chk_2"))
    assert (outcome.status, outcome.code) == ("refused", "offer_held")
    assert desk.vendor.calls == ["do"]


async def test_another_request_under_the_same_key_goes_to_a_person(desk: Desk) -> None:
    await desk.run("do", order())
    other = order().model_copy(update={"amount": 5_00})
    assert (await desk.run("do", other)).code == "key_reused"


class Slow(Vendor):
    """A vendor that answers whoever asks only once another has asked the same."""

    def __init__(self, at: str) -> None:
        super().__init__()
        self._at = at
        self._both = asyncio.Barrier(2)

    async def find(self, order: EffectOrder, since: datetime) -> Any:
        return await self._together("find")

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Any:
        return await self._together("find_undo")

    async def _together(self, name: str) -> Any:
        answer = self._answer(name)
        if self._at == name:
            await self._both.wait()
        return answer


async def at_once(desk: Desk, name: str, *, patient: bool = True) -> list[Outcome | BaseException]:
    """Two runs of one checkout: of the one that was terminated or reset, the call goes on."""
    both = (desk.run(name, order(patient=patient)) for _ in range(2))
    return list(await asyncio.gather(*both, return_exceptions=True))


@pytest.mark.parametrize("patient", [True, False])
async def test_of_two_attempts_at_once_only_one_sends(desk: Desk, patient: bool) -> None:
    desk.vendor.told |= {"do": [AnswerLost("lost")], "find": [None]}
    await desk.run("do", order(patient=False))
    desk.take(Slow("find"))
    desk.vendor.told |= {"find": [None, None]}

    outcomes = await at_once(desk, "do", patient=patient)

    assert desk.vendor.calls.count("do") == 1
    other = [o for o in outcomes if not (isinstance(o, Outcome) and o.status == "applied")]
    assert len(other) == 1
    assert isinstance(other[0], InDoubt) if patient else other[0].status == "in_doubt"  # type: ignore[union-attr]


async def test_of_two_undos_at_once_only_one_is_sent(desk: Desk) -> None:
    await desk.run("do", order())
    desk.vendor.told |= {"undo": [AnswerLost("lost")], "find_undo": [None]}
    with pytest.raises(InDoubt):
        await desk.run("undo", order())
    desk.take(Slow("find_undo"))
    desk.vendor.told |= {"find_undo": [None, None]}

    outcomes = await at_once(desk, "undo")

    assert desk.vendor.calls.count("undo") == 1
    assert sum(isinstance(outcome, InDoubt) for outcome in outcomes) == 1


async def test_two_calls_that_died_with_their_worker_do_not_wait_for_each_other(
    desk: Desk,
) -> None:
    older, younger = (
        order(checkout=name).model_copy(update={"operation": "charge_giftcard"})
        for name in ("chk_older", "chk_younger")
    )
    for each in (older, younger):
        await desk.book.begin(each)
    desk.vendor.told |= {"find": [YES, Done(reference="v-1", transaction_id="t-2")]}

    with pytest.raises(InDoubt):
        await desk.run("do", younger)
    ended = [(await desk.run("do", each)).status for each in (older, younger)]

    assert (ended, desk.vendor.calls.count("do")) == (["applied", "applied"], 0)


@pytest.mark.parametrize("patient", [True, False])
async def test_a_doubt_outlives_a_repetition_that_was_not_sent(desk: Desk, patient: bool) -> None:
    unknown = [Repeatable("nobody can say") for _ in range(3)]
    desk.vendor.told |= {"do": [AnswerLost("lost"), NotSent("down")], "find": list(unknown)}
    with suppress(InDoubt):
        await desk.run("do", order(patient=patient))
    with suppress(NotSent):
        await desk.run("do", order(patient=patient))

    outcome = await desk.run("undo", order())

    assert (outcome.status, desk.vendor.calls.count("do")) == ("manual", 2)
