"""Rewards and collectable rewards as offers (sheet 3.4, 3.5)."""

import asyncio

from tillsaga.connectors.leat.attributes import Discounts
from tillsaga.connectors.leat.client import LeatClient
from tillsaga.connectors.leat.refusals import REWARD_UNKNOWN, LeatNo
from tillsaga.connectors.leat.shapes import Reception, Reward
from tillsaga.domain.effects import Step
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Member, Offer

Listed = tuple[list[Reward], list[Reward]]
"""All rewards of the shop, and those of them that a member may claim."""


class Rewards:
    """Reads about rewards."""

    def __init__(self, client: LeatClient, provider: str, discounts: Discounts) -> None:
        """Take the client, the provider's name in the store and what attributes are worth."""
        self._client = client
        self._provider = provider
        self._discounts = discounts

    async def listed(self, member: Member) -> Listed:
        """List all rewards of the shop, and those that the member may claim."""
        shop = self._client.shop_uuid
        everything, theirs = await asyncio.gather(
            self._client.listed(Reward, "rewards", shop_uuid=shop),
            self._client.listed(Reward, "rewards", shop_uuid=shop, contact_uuid=member.member_id),
        )
        return everything, theirs

    def claimable(self, listed: Listed, member: Member) -> list[Offer]:
        """Offer the rewards, cheapest first.

        The member's own list leaves out what they may not claim, for want of points or by other
        rules: of those, only what they cannot afford is shown, with its missing points.
        """
        everything, theirs = listed
        claimable = {reward.uuid for reward in theirs}
        offers = [self._reward(each, member) for each in everything if each.stands]
        shown = [o for o in offers if o.subject in claimable or o.missing_points > 0]
        return sorted(shown, key=lambda offer: offer.cost_points)

    def _reward(self, reward: Reward, member: Member) -> Offer:
        cost = reward.required_credits or 0
        discount, minimum = self._discounts.of_reward(reward)
        request: Json = {"reward_uuid": reward.uuid, "contact_uuid": member.member_id}
        steps = {
            name: Step(operation=name, subject=reward.uuid, request=request)
            for name in ("pre_redeem_reward", "redeem_reward", "collect_reward")
        }
        later = bool(reward.pre_redeemable)
        return Offer(
            id=f"{self._provider}:reward:{reward.uuid}",
            provider=self._provider,
            kind="reward",
            title=reward.title or "Reward",
            subject=reward.uuid,
            cost_points=cost,
            missing_points=max(0, cost - (member.points or 0)),
            min_spend_amount=minimum,
            image_url=reward.media.value if reward.media else None,
            discount=discount,
            hold=steps["pre_redeem_reward"] if later else steps["redeem_reward"],
            commit=steps["collect_reward"] if later else None,
            member_id=member.member_id,
            needs_member=True,
        )

    async def collectable(self, member: Member) -> list[Offer]:
        """List the rewards that the member has claimed and not collected yet."""
        return [
            self._collectable(reception, member)
            for reception in await self.uncollected(member.member_id)
            if reception.uuid
        ]

    async def uncollected(self, contact_uuid: str) -> list[Reception]:
        """List a contact's collectable rewards; expired ones are no longer listed."""
        return await self._client.listed(
            Reception, "collectable-rewards", contact_uuid=contact_uuid
        )

    def _collectable(self, reception: Reception, member: Member) -> Offer:
        uuid = reception.uuid or ""
        reward = reception.reward
        discount, minimum = self._discounts.of_reward(reward)
        request: Json = {"reception_uuid": uuid, "contact_uuid": member.member_id}
        return Offer(
            id=f"{self._provider}:collectable_reward:{uuid}",
            provider=self._provider,
            kind="collectable_reward",
            title=reception.title or (reward.title if reward else None) or "Reward",
            subject=uuid,
            min_spend_amount=minimum,
            image_url=reward.media.value if reward and reward.media else None,
            expires_at=reception.expires_at,
            discount=discount,
            commit=Step(operation="collect_reward", subject=uuid, request=request),
            member_id=member.member_id,
            needs_member=True,
        )

    async def lost(self, offer: Offer) -> str | None:
        """Say why a reward or collectable reward can no longer be used; None while it can."""
        if offer.kind == "collectable_reward":
            listed = await self.uncollected(offer.member_id or "")
            return None if any(r.uuid == offer.subject for r in listed) else "offer_refused"
        try:
            reward = await self._client.read(Reward, "rewards", offer.subject)
        except LeatNo as no:
            if no.code != REWARD_UNKNOWN:
                raise
            return "offer_refused"
        return None if reward.stands else "offer_refused"
