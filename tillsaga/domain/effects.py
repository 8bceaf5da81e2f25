"""Effects: what a checkout does outside itself.

An effect is one operation at one vendor on one subject, under a key that names the intent and
never the attempt, so that retries, restarts, duplicate messages and a support person's reset all
arrive at the same key.
"""

import hashlib
import json
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from pydantic import Field

from tillsaga.domain.model import Instant, Json, Model, MutableModel
from tillsaga.domain.sale import Sale

Reversibility = Literal["reversible", "irreversible", "none_needed"]
EffectStatus = Literal[
    "pending", "applied", "refused", "in_doubt", "reversed", "irreversible", "manual"
]


class Stage(StrEnum):
    """When an operation runs."""

    APPLY = "apply"  # when the till asks: holds and reversible charges
    SEAL = "seal"  # once the payment is authorised: what cannot be undone, before the capture
    COMMIT = "commit"  # after the payment, and may be refused
    EARN = "earn"  # after the payment, and may wait for days
    REFUND = "refund"  # a part of it comes back


class Operation(Model):
    """The declared nature of an operation; the workflow orders and undoes by it.

    `undo` names the activity that takes it back; of what is irreversible all the same, it asks a
    favour when the sale has failed. `money` marks what moves stored value or points.
    `exclusive` marks a subject that at most one checkout may hold or spend. `rank` orders what is
    sealed: first what may still change the price, the one that can never be undone last.
    `repeatable`: sent again under its key the vendor still does it once.
    """

    name: str
    title: str
    stage: Stage
    reversibility: Reversibility
    undo: str | None = None
    money: bool = False
    exclusive: bool = False
    rank: int = 0
    repeatable: bool = False


def _operations(*operations: Operation) -> dict[str, Operation]:
    return {operation.name: operation for operation in operations}


OPERATIONS = _operations(
    Operation(
        name="reserve",
        title="reserve what the vendor cannot hold",
        stage=Stage.APPLY,
        reversibility="reversible",
        undo="free",
        exclusive=True,
    ),
    Operation(
        name="create_member",
        title="create the customer",
        stage=Stage.APPLY,
        reversibility="none_needed",
    ),
    Operation(
        name="lock_voucher",
        title="lock the voucher",
        stage=Stage.APPLY,
        reversibility="reversible",
        undo="release_voucher",
        exclusive=True,
    ),
    Operation(
        name="pre_redeem_reward",
        title="pre-redeem the reward",
        stage=Stage.APPLY,
        reversibility="reversible",
        undo="give_back_pre_redeemed_reward",
        money=True,
    ),
    Operation(
        name="redeem_reward",
        title="redeem the reward",
        stage=Stage.APPLY,
        reversibility="reversible",
        undo="give_back_reward",
        money=True,
    ),
    Operation(
        name="charge_giftcard",
        title="charge the gift card",
        stage=Stage.APPLY,
        reversibility="reversible",
        undo="reverse_giftcard_charge",
        money=True,
    ),
    Operation(
        name="charge_prepaid",
        title="charge the prepaid credit",
        stage=Stage.APPLY,
        reversibility="reversible",
        undo="reverse_prepaid_charge",
        money=True,
    ),
    Operation(
        name="activate_voucher",
        title="activate the voucher",
        stage=Stage.APPLY,
        reversibility="none_needed",
    ),
    Operation(
        name="spend_points",
        title="spend points",
        stage=Stage.APPLY,
        reversibility="reversible",
        undo="give_points_back",
        money=True,
        exclusive=True,
    ),
    Operation(
        name="redeem_coupon",
        title="redeem the coupon",
        stage=Stage.SEAL,
        reversibility="irreversible",
        exclusive=True,
        rank=10,
    ),
    Operation(
        name="burn_voucher",
        title="burn the voucher",
        stage=Stage.SEAL,
        reversibility="irreversible",
        exclusive=True,
        rank=20,
    ),
    Operation(
        name="post_transaction",
        title="post the transaction",
        stage=Stage.EARN,
        reversibility="reversible",
        undo="return_transaction",
        money=True,
        rank=30,
    ),
    Operation(
        name="finalise",
        title="finalise the bill",
        stage=Stage.EARN,
        reversibility="irreversible",
        repeatable=True,
        undo="void_bill",
        money=True,
        rank=40,
    ),
    Operation(
        name="redeem_voucher",
        title="redeem the voucher",
        stage=Stage.COMMIT,
        reversibility="reversible",
        undo="reverse_voucher",
        exclusive=True,
    ),
    Operation(
        name="collect_reward",
        title="collect the reward",
        stage=Stage.COMMIT,
        reversibility="reversible",
        undo="reverse_collection",
    ),
    Operation(
        name="create_giftcard",
        title="create the digital gift card",
        stage=Stage.COMMIT,
        reversibility="none_needed",
    ),
    Operation(
        name="load_giftcard",
        title="load the sold gift card",
        stage=Stage.COMMIT,
        reversibility="reversible",
        undo="unload_giftcard",
        money=True,
    ),
    Operation(
        name="topup_prepaid",
        title="top up the prepaid credit",
        stage=Stage.COMMIT,
        reversibility="reversible",
        undo="withdraw_prepaid",
        money=True,
    ),
    Operation(
        name="send_giftcard",
        title="e-mail the gift card",
        stage=Stage.EARN,
        reversibility="irreversible",
    ),
    Operation(
        name="report_sale",
        title="report the sale",
        stage=Stage.EARN,
        reversibility="none_needed",
    ),
    Operation(
        name="post_order",
        title="post the order and earn points",
        stage=Stage.EARN,
        reversibility="reversible",
        undo="return_order",
    ),
    Operation(
        name="return_lines",
        title="return a part of the sale",
        stage=Stage.REFUND,
        reversibility="none_needed",
        money=True,
    ),
    Operation(
        name="return_goods",
        title="take back the points of returned goods",
        stage=Stage.REFUND,
        reversibility="none_needed",
        money=True,
    ),
    Operation(
        name="refund_giftcard",
        title="pay a part back to the gift card",
        stage=Stage.REFUND,
        reversibility="none_needed",
        money=True,
    ),
    Operation(
        name="refund_prepaid",
        title="pay a part back to the prepaid credit",
        stage=Stage.REFUND,
        reversibility="none_needed",
        money=True,
    ),
    Operation(
        name="refund_points",
        title="give a part of the points back",
        stage=Stage.REFUND,
        reversibility="none_needed",
        money=True,
    ),
    Operation(
        name="take_from_giftcard",
        title="take what is left off the sold gift card",
        stage=Stage.REFUND,
        reversibility="none_needed",
        money=True,
    ),
    Operation(
        name="take_from_prepaid",
        title="take what is left of the top-up",
        stage=Stage.REFUND,
        reversibility="none_needed",
        money=True,
    ),
)


class Step(Model):
    """An operation that a connector proposes: on what, and with which of the vendor's own ids.

    `request` holds what the connector needs later and nothing secret: ids, never card codes.
    """

    operation: str
    subject: str
    request: Json = Field(default_factory=dict)


def reservation(subject: str) -> Step:
    """The step that keeps other checkouts off what no vendor holds."""
    return Step(operation="reserve", subject=subject)


class Concern(Model):
    """Something that a person must settle although the vendor said yes; minor units."""

    code: Literal["goodwill", "vendor_mismatch", "points_spent"]
    detail: str
    amount: int | None = None
    subject: str | None = None
    """The offer's id, or the tender's subject, that stays spent."""


class Done(Model):
    """A vendor's definite yes.

    `reference` is the vendor's id for people; `transaction_id` is unique at that vendor and may
    belong to one effect only; `data` is what later steps and the undo need.
    """

    reference: str | None = None
    transaction_id: str | None = None
    data: Json = Field(default_factory=dict)
    expires_at: Instant | None = None
    balance_after_amount: int | None = None
    points: int | None = None
    points_after: int | None = None
    binding: bool = False
    """Taking it back would not restore all that it spent, so nothing does so but a failed sale."""
    concerns: tuple[Concern, ...] = ()
    """E.g. points that a cap cut short, or a coupon that a return does not bring back."""


class EffectOrder(Model):
    """What the workflow asks an effect activity to do.

    Args:
        amount: Minor units moved, where the operation moves money.
        prior: Answers of earlier steps of the same offer, card or line, by operation.
        sale: The sold basket, for operations that report it.
        terminal_id: The till's terminal.
        cashier_id: Who serves at the till, if it says so.
        patient: True once the customer has paid: ask, wait and resend until it is known.
        before_end: Ordered by a run that knows of no end of its checkout. Once another run has
            ended it, such a run was left behind: nothing begins or goes back any more at its word.
        run_id: Temporal's id of that run. It may have ended the checkout itself and not know it,
            where its last workflow task was lost: then it goes on.
    """

    checkout_id: str
    store_id: str
    provider: str
    kind: str
    operation: str
    subject: str
    generation: int = 1
    amount: int | None = None
    request: Json = Field(default_factory=dict)
    prior: dict[str, Json] = Field(default_factory=dict)
    sale: Sale | None = None
    terminal_id: str | None = None
    cashier_id: str | None = None
    patient: bool = False
    before_end: bool = False
    run_id: str | None = None

    @property
    def key(self) -> str:
        """The intent's key: checkout, operation, provider, subject and generation."""
        return (
            f"{self.checkout_id}/{self.operation}/{self.provider}/{self.subject}#{self.generation}"
        )

    @property
    def effect_id(self) -> str:
        """The key without the checkout, as the view shows it."""
        return f"{self.operation}:{self.provider}:{self.subject}#{self.generation}"

    @property
    def whole(self) -> "EffectOrder":
        """The effect that a refund gives a part of back, as it was ordered; see `reversals`."""
        asked = self.request
        named = {
            "operation": asked["of_operation"],
            "subject": asked["of"],
            "generation": asked["of_generation"],
        }
        return self.model_copy(update=named)

    @property
    def did(self) -> Json:
        """What that effect's `Done.data` was."""
        did = self.request.get("did")
        return did if isinstance(did, dict) else {}

    @property
    def fingerprint(self) -> str:
        """A digest of what is asked; another one under the same key is a contradiction."""
        asked = self.model_dump(mode="json", include={"operation", "subject", "amount", "request"})
        asked["sale"] = self.sale.fingerprint_material(self.provider) if self.sale else None
        canonical = json.dumps(asked, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def effect_key(checkout_id: str, effect_id: str) -> str:
    """Write an effect's key: its id in the checkout separates by colons, the key by slashes.

    >>> effect_key("chk_1", "lock_voucher:leat:v-1#1")
    'chk_1/lock_voucher/leat/v-1#1'
    """
    operation, provider, subject = effect_id.split(":", 2)
    return f"{checkout_id}/{operation}/{provider}/{subject}"


OutcomeStatus = Literal["applied", "refused", "in_doubt", "not_sent", "reversed", "manual"]


class Outcome(Model):
    """How an effect, or its undo, ended.

    `in_doubt` and `not_sent` have not ended: the vendor may have done it, or surely has not yet.
    """

    status: OutcomeStatus
    done: Done | None = None
    code: str | None = None
    detail: str | None = None
    attempts: int = 1
    reversed_by: str | None = None
    concerns: tuple[Concern, ...] = ()
    undone_points: int | None = None
    """Points that the undo moved, signed for the customer; None where the vendor does not say."""
    balance_after_amount: int | None = None
    """What is on the card or account after the undo, minor units, where the vendor says so."""


class Effect(MutableModel):
    """One effect as the checkout remembers it."""

    operation: str
    provider: str
    kind: str
    subject: str
    generation: int
    status: EffectStatus = "pending"
    amount: int | None = None
    request: Json = Field(default_factory=dict)
    outcome: Outcome | None = None
    attempts: int = 0
    reversed_by: str | None = None
    wanted: bool = True
    sealed: bool = False
    """It ran before the capture, as part of the seal."""
    sealed_as: str | None = None
    """The digest of the sale that was sealed with it."""

    @property
    def id(self) -> str:
        """The key without the checkout."""
        return f"{self.operation}:{self.provider}:{self.subject}#{self.generation}"

    @property
    def nature(self) -> Operation:
        """The declared operation."""
        return OPERATIONS[self.operation]

    @property
    def done(self) -> Done | None:
        """The vendor's yes, while it stands."""
        standing = self.status in ("applied", "irreversible", "manual")
        return self.outcome.done if self.outcome and standing else None

    @property
    def may_stand(self) -> bool:
        """Whether the vendor's books may still show it."""
        return self.status in ("pending", "in_doubt", "applied")

    @property
    def is_leaving(self) -> bool:
        """Whether it is still being taken back: no second try is made beside it meanwhile."""
        return self.may_stand and not self.wanted and self.nature.undo is not None


class Timing(Model):
    """How long one vendor may take, from the store's settings."""

    http_timeout: timedelta = timedelta(seconds=5)
    settle_after: timedelta = timedelta(seconds=30)
    circuit_open_for: timedelta = timedelta(seconds=10)
