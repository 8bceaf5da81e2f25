"""Leat's operators by operation, each with the code of a no that does not say why."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tillsaga.connectors.leat import giftcards, prepaid
from tillsaga.connectors.leat.cards import Cards
from tillsaga.connectors.leat.client import LeatClient
from tillsaga.connectors.leat.giftcard_sales import CreateGiftcard, SendGiftcard
from tillsaga.connectors.leat.giftcards import MoveOnCard
from tillsaga.connectors.leat.goods_back import ReturnGoods
from tillsaga.connectors.leat.ledger import Ledger
from tillsaga.connectors.leat.members import CreateMember, Members
from tillsaga.connectors.leat.operators import Door
from tillsaga.connectors.leat.order_returns import ReturnLines
from tillsaga.connectors.leat.orders import PostOrder
from tillsaga.connectors.leat.prepaid import MovePrepaid, PrepaidBalances
from tillsaga.connectors.leat.reward_offers import Rewards
from tillsaga.connectors.leat.rewards import ClaimReward, CollectReward
from tillsaga.connectors.leat.settings import LeatSettings
from tillsaga.connectors.leat.voucher_offers import Vouchers
from tillsaga.connectors.leat.vouchers import LockVoucher, RedeemVoucher
from tillsaga.domain.ports import Operator


@dataclass(frozen=True)
class Parts:
    """What the operators are made of."""

    client: LeatClient
    ledger: Ledger
    settings: LeatSettings
    members: Members
    vouchers: Vouchers
    rewards: Rewards
    cards: Cards
    prepaid: PrepaidBalances
    now: Callable[[], datetime]


def operators(parts: Parts) -> dict[str, Operator]:
    """Make every operator that Leat has."""
    client, ledger = parts.client, parts.ledger
    orders = PostOrder(client)
    returns = ReturnLines(client, orders)
    claim = ClaimReward(client, ledger, parts.rewards)
    made: dict[str, tuple[Operator, str]] = {
        "create_member": (CreateMember(client, parts.members), "member_not_found"),
        "lock_voucher": (LockVoucher(client, parts.vouchers, parts.now), "offer_refused"),
        "redeem_voucher": (RedeemVoucher(client, parts.vouchers), "offer_refused"),
        "pre_redeem_reward": (claim, "offer_refused"),
        "redeem_reward": (claim, "offer_refused"),
        "collect_reward": (CollectReward(client, ledger, parts.rewards), "offer_refused"),
        "charge_giftcard": (_card(parts, giftcards.CHARGE), "tender_refused"),
        "load_giftcard": (_card(parts, giftcards.LOAD), "card_refused"),
        "create_giftcard": (
            CreateGiftcard(client, parts.settings.giftcard_program_uuid),
            "card_refused",
        ),
        "send_giftcard": (
            SendGiftcard(client, parts.cards, parts.settings.giftcard_email_uuid),
            "vendor_refused",
        ),
        "charge_prepaid": (_prepaid(parts, prepaid.CHARGE), "tender_refused"),
        "topup_prepaid": (_prepaid(parts, prepaid.TOP_UP), "vendor_refused"),
        "post_order": (orders, "vendor_refused"),
        "return_lines": (returns, "vendor_refused"),
        "return_goods": (ReturnGoods(client, ledger), "vendor_refused"),
        "refund_giftcard": (_card(parts, giftcards.LOAD), "tender_refused"),
        "refund_prepaid": (_prepaid(parts, prepaid.TOP_UP), "tender_refused"),
        "take_from_giftcard": (_card(parts, giftcards.CHARGE), "card_refused"),
        "take_from_prepaid": (_prepaid(parts, prepaid.CHARGE), "vendor_refused"),
    }
    return {name: Door(client, operator, code) for name, (operator, code) in made.items()}


def _card(parts: Parts, sign: int) -> MoveOnCard:
    prefix = parts.settings.attribute_prefix
    return MoveOnCard(parts.client, parts.ledger, parts.cards, prefix, sign)


def _prepaid(parts: Parts, sign: int) -> MovePrepaid:
    return MovePrepaid(parts.client, parts.ledger, parts.prepaid, sign)
