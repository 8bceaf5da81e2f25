"""Tokens are read for the vendor alone, and what it says is put back into tokens."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from tillsaga.domain.effects import Step
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Identifier, Member
from tillsaga.domain.ports import FoundTender, Identified
from tillsaga.domain.tokens import TOKEN, erased, new_token
from tillsaga.errors import NotSent, Refused
from worker.private import Guard

CARD, MAIL = "GIFT-CANARY-3ABC", "ann@shopper.example"


class Drawer:
    """A vault in memory."""

    def __init__(self, *values: str) -> None:
        self.tokens = {value: new_token(value) for value in values}

    async def keep(self, values: Any, *, checkout_id: str | None = None) -> dict[str, str]:
        return {value: self.tokens.setdefault(value, new_token(value)) for value in values}

    async def keep_long(self, values: Any) -> dict[str, str]:
        return await self.keep(values)

    async def reveal(self, tokens: Any) -> dict[str, str]:
        known = {token: value for value, token in self.tokens.items()}
        return {token: known.get(token, erased(token)) for token in tokens}


async def test_the_vendor_is_asked_for_the_value_and_nobody_else_sees_it() -> None:
    drawer, asked = Drawer(CARD), []

    async def find(reference: str, member: Member | None) -> FoundTender:
        asked.append(reference)
        step = Step(operation="post_transaction", subject="s", request={"card_code": reference})
        return FoundTender(
            subject="digest",
            available_amount=1,
            step=step,
            data={"reference": reference.lower(), "sku": CARD},
        )

    token = drawer.tokens[CARD]
    found = await Guard(drawer).guarded(find)(token, None)

    assert asked == [CARD]
    assert found.step.request == {"card_code": token}
    assert found.data == {"reference": token, "sku": CARD}, "what others compare stays as it is"


async def test_what_a_vendor_tells_of_a_customer_becomes_tokens_too() -> None:
    drawer = Drawer()

    async def identify(identifier: Identifier) -> Identified:
        data: Json = {"user": {"cell_number": "820000002", "_id": "66a0"}, "authIdentifier": None}
        return Identified(member=Member(provider="p", member_id="m-1", data=data))

    answer = await Guard(drawer).guarded(identify)(Identifier(type="member_id", value="m-1"))

    user = answer.member.data["user"]
    assert TOKEN.fullmatch(user["cell_number"])
    assert (user["_id"], answer.member.member_id) == ("66a0", "m-1")
    again = await Guard(drawer).guarded(identify)(Identifier(type="member_id", value="m-1"))
    assert again == answer


async def test_the_vendors_own_name_for_its_customer_stays() -> None:
    drawer = Drawer("m-1001")

    async def identify(identifier: Identifier) -> Identified:
        return Identified(member=Member(provider="p", member_id=identifier.value))

    shown = Identifier(type="card", value=drawer.tokens["m-1001"])
    answer = await Guard(drawer).guarded(identify)(shown)

    assert answer.member.member_id == "m-1001"


async def test_a_refusal_that_repeats_a_value_is_masked_and_stays_what_it_is() -> None:
    async def refuse(code: str) -> None:
        raise Refused(f"there is no card {code.lower()}", code="card_not_found")

    async def busy(code: str) -> None:
        raise NotSent(f"wait with {code}", retry_after=timedelta(seconds=7))

    drawer = Drawer(CARD)
    with pytest.raises(Refused) as no:
        await Guard(drawer).guarded(refuse)(drawer.tokens[CARD])
    with pytest.raises(NotSent) as later:
        await Guard(drawer).guarded(busy)(drawer.tokens[CARD])

    assert (no.value.message, no.value.code) == ("there is no card ****3abc", "card_not_found")
    assert no.value.__cause__ is None
    assert no.value.__context__ is None
    assert (later.value.message, later.value.next_retry_delay) == (
        "wait with ****3ABC",
        timedelta(seconds=7),
    )


async def test_a_bug_keeps_its_place_and_not_its_words() -> None:
    async def stumble(code: str) -> None:
        raise ValueError(f"{code} of {MAIL}")

    drawer = Drawer(CARD)
    with pytest.raises(ApplicationError) as bug:
        await Guard(drawer).guarded(stumble)(drawer.tokens[CARD])

    assert (bug.value.message, bug.value.type) == ("ValueError in the connector", "ValueError")
    assert bug.value.__context__ is None
    assert "stumble" in [entry.name for entry in bug.traceback]


async def test_what_was_erased_is_a_marker_for_the_vendors_connector() -> None:
    asked = []

    async def find(code: str) -> None:
        asked.append(code)

    await Guard(Drawer()).guarded(find)(new_token(CARD))

    assert asked[0].startswith("erased-")


async def test_a_bearer_is_for_the_door_alone() -> None:
    drawer = Drawer()

    async def card_code(card: str) -> str:
        return CARD

    answer = await Guard(drawer).guarded(card_code, bearer=True)("card-uuid")

    assert answer == drawer.tokens[CARD]
