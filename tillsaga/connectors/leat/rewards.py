"""Rewards: claim and give back, collect and un-collect (sheet 3.4, 3.5)."""

from datetime import datetime

from tillsaga.connectors.leat.client import LeatClient, floored
from tillsaga.connectors.leat.ledger import Ledger, happened_after
from tillsaga.connectors.leat.operators import maybe_int, maybe_text, text
from tillsaga.connectors.leat.refusals import NOT_COLLECTABLE, LeatNo
from tillsaga.connectors.leat.reward_offers import Rewards
from tillsaga.connectors.leat.shapes import Collection, Reception
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.model import Json
from tillsaga.errors import Refused

ALL_TIMES = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


class ClaimReward:
    """Spends the points at once; whether it waits to be collected is the reward's (trap 14).

    `request`: `reward_uuid`, `contact_uuid`. `Done.data`: `reception_uuid`, `contact_uuid`,
    `credits` (negative), `created_at`; `expires_at` if it waits to be collected.
    """

    def __init__(self, client: LeatClient, ledger: Ledger, rewards: Rewards) -> None:
        """Take the client, the lists and the reads."""
        self._client = client
        self._ledger = ledger
        self._rewards = rewards

    async def do(self, order: EffectOrder) -> Done:
        """Make the reward reception."""
        body: Json = {
            "contact_uuid": text(order.request, "contact_uuid"),
            "reward_uuid": text(order.request, "reward_uuid"),
            "shop_uuid": self._client.shop_uuid,
        }
        claimed = await self._client.change(Reception, "POST", "reward-receptions", body=body)
        return _claimed(claimed, order)

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Look for a reception of this reward since."""
        wanted = text(order.request, "reward_uuid")
        contact = text(order.request, "contact_uuid")
        receptions = await self._ledger.receptions("reward_receptions", contact, since)
        found = await self._ledger.unowned(
            receptions, lambda r: r.reward is not None and r.reward.uuid == wanted
        )
        return _claimed(found, order) if found else None

    async def undo(self, order: EffectOrder, done: Done) -> Done:
        """Reverse the reception: the points come back as a credit reception of their own."""
        reception = text(done.data, "reception_uuid")
        reversed_ = await self._client.change(
            Reception, "POST", "reward-receptions", reception, "reverse"
        )
        return _given_back(reversed_, reception)

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Done | None:
        """Look for the points that came back; a reward still waiting was surely not reversed."""
        contact = text(done.data, "contact_uuid")
        reception = text(done.data, "reception_uuid")
        if any(r.uuid == reception for r in await self._rewards.uncollected(contact)):
            return None
        spent = maybe_int(done.data, "credits") or 0
        credits = await self._ledger.receptions("credit_receptions", contact, since)
        found = await self._ledger.unowned(
            happened_after(credits, done), lambda r: r.credits == -spent
        )
        return _given_back(found, reception) if found else None


def _claimed(reception: Reception, order: EffectOrder) -> Done:
    created = reception.created_at
    return Done(
        reference=reception.uuid,
        transaction_id=reception.uuid,
        data={
            "reception_uuid": reception.uuid,
            "contact_uuid": text(order.request, "contact_uuid"),
            "credits": reception.credits,
            "created_at": created.isoformat() if created else None,
        },
        expires_at=reception.expires_at,
        points=reception.credits,
        points_after=_balance(reception),
    )


def _given_back(reversed_: Reception, reception: str) -> Done:
    """Some servers answer a copy of the reward reception instead (sheet 3.4)."""
    is_new = reversed_.type == "credit_reception" and reversed_.uuid != reception
    return Done(
        reference=reversed_.uuid,
        transaction_id=reversed_.uuid if is_new else None,
        points=reversed_.credits if is_new else None,
        points_after=_balance(reversed_) if is_new else None,
    )


def _balance(reception: Reception) -> int | None:
    contact = reception.contact
    return contact.credit_balance.balance if contact and contact.credit_balance else None


class CollectReward:
    """Hands a waiting reward over.

    `request`: `contact_uuid`, and `reception_uuid` unless `prior["pre_redeem_reward"]` has it.
    `Done.data`: `reception_uuid`, `contact_uuid`, `collection_uuid` if the server told it.
    """

    def __init__(self, client: LeatClient, ledger: Ledger, rewards: Rewards) -> None:
        """Take the client, the lists and the reads."""
        self._client = client
        self._ledger = ledger
        self._rewards = rewards

    async def do(self, order: EffectOrder) -> Done:
        """Collect it by its reception; the answer has an id of its own (trap 3)."""
        reception = _reception(order)
        collected = await self._client.change(
            Collection, "PUT", "collectable-rewards", "collect", reception
        )
        # Older servers repeat the item: then the id is the reception's and not the collection's.
        return _collected(order, collected.uuid if collected.status else None)

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Look whether it is collected; the collection's id cannot be asked for."""
        contact = text(order.request, "contact_uuid")
        reception = _reception(order)
        if any(r.uuid == reception for r in await self._rewards.uncollected(contact)):
            return None
        receptions = await self._ledger.receptions("reward_receptions", contact, ALL_TIMES)
        found = next((r for r in receptions if r.uuid == reception), None)
        if found is None or found.has_been_collected is False:
            return None
        expired = found.expires_at is not None and found.expires_at < floored(since)
        if found.has_been_collected is None and expired:
            return None
        return _collected(order, None)

    async def undo(self, order: EffectOrder, done: Done) -> Done:
        """Make it collectable again; the points stay spent (sheet 3.5)."""
        reception = _reception(order)
        collection = maybe_text(done.data, "collection_uuid")
        undone = Done(reference=collection or reception)
        try:
            await self._client.act("collectable-rewards", collection or reception, "reverse")
        except LeatNo as no:
            if no.code != NOT_COLLECTABLE:
                raise
        else:
            return undone
        if await self._waits(order):
            return undone
        words = "the collection's id is not known or it has expired; give it back by hand"
        raise Refused(words, code="offer_refused")

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Done | None:
        """Look whether it waits to be collected again."""
        return Done(reference=_reception(order)) if await self._waits(order) else None

    async def _waits(self, order: EffectOrder) -> bool:
        listed = await self._rewards.uncollected(text(order.request, "contact_uuid"))
        return any(reception.uuid == _reception(order) for reception in listed)


def _reception(order: EffectOrder) -> str:
    known = maybe_text(order.request, "reception_uuid")
    return known or text(order.prior.get("pre_redeem_reward"), "reception_uuid")


def _collected(order: EffectOrder, collection: str | None) -> Done:
    return Done(
        reference=collection,
        transaction_id=collection,
        data={
            "reception_uuid": _reception(order),
            "contact_uuid": text(order.request, "contact_uuid"),
            "collection_uuid": collection,
        },
    )
