"""Commands and settings outside the till's daily work (sheet 3.8)."""

from typing import Any

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.wll.benefits import issue, show, show_discounts
from tillsaga.sandbox.wll.call import Call, Operation, Refusal
from tillsaga.sandbox.wll.forms import AdjustPoints, PurchaseReward, UserCommand
from tillsaga.sandbox.wll.points import balance_of, capped, move
from tillsaga.sandbox.wll.privacy import refuse_personal
from tillsaga.sandbox.wll.reactors import raise_event
from tillsaga.sandbox.wll.users import find_user


def purchase_reward(call: Call) -> Record:
    """Buy a reward with points, for oneself or, as an admin, for the beneficiary."""
    form = call.form(PurchaseReward)
    user = _user(call, form.beneficiaryId or call.caller.user or "")
    reward = _reward(call, form.rewardId)
    refuse_personal(call, {"comment": form.comment}, user)
    if call.caller.kind == "user" and user["uuid"] != call.caller.user:
        raise Refusal("FORBIDDEN", "the beneficiary is somebody else")
    if reward["price"] > balance_of(call.books, user["uuid"]):
        raise Refusal("INSUFFICIENT_POINTS", "the reward costs more than the balance")
    given = issue(call.books, reward, user, origin="purchase")
    payload = {"rewardId": reward["uuid"], "benefitId": given["uuid"]}
    event = raise_event(call, "PURCHASED_REWARD", user, payload)
    if reward["price"]:
        known = {"event": event["uuid"], "comment": form.comment}
        move(call.books, user, -reward["price"], "purchase", **known)
    return show(call, given)


def adjust_points(call: Call) -> Record:
    """Change a balance by hand; BYPASS passes the earn cap, REJECT_EVENT is all or nothing."""
    form = call.form(AdjustPoints)
    user = _user(call, form.actorId)
    refuse_personal(call, {"comment": form.comment}, user)
    impact = form.impactType or ("EARN" if form.points > 0 else "SPEND")
    granted = form.points
    if impact == "EARN" and form.liabilityHandlingPolicy != "BYPASS":
        granted = capped(call.books, user["uuid"], form.points, call.switches)
    if granted != form.points and form.liabilityHandlingPolicy == "REJECT_EVENT":
        raise Refusal("LIABILITY_REJECTED", "the earn cap leaves less than that")
    event = raise_event(call, "POINTS_ADJUSTED", user, {"points": granted})
    known: dict[str, Any] = {"impact": impact, "event": event["uuid"], "comment": form.comment}
    move(call.books, user, granted, "manual", requested=form.points, **known)
    return {"id": event["uuid"], "points": granted, "createdAt": call.now()}


def give_voucher(call: Call) -> Record:
    """Give a member a voucher, such as a replacement for one burned in vain."""
    form, user = call.form(UserCommand), _user(call, call.path["id"])
    refuse_personal(call, {"comment": form.comment}, user)
    given = issue(call.books, _reward(call, form.reward.id), user, origin="gift")
    payload = {"rewardId": form.reward.id, "benefitId": given["uuid"], "comment": form.comment}
    raise_event(call, "VOUCHER_GIVEN", user, payload)
    return show(call, given)


def discounts(call: Call) -> list[Record]:
    """List the discounts of a reward."""
    return show_discounts(_reward(call, call.path["id"]))


def setting(call: Call) -> Record:
    """Read a setting, which may hold the redemption rate."""
    query = "SELECT name, value FROM wll_settings WHERE tenant = ? AND name = ?"
    found = call.books.one(query, call.tenant, call.path["name"])
    if found is None:
        raise Refusal("SETTING_NOT_FOUND", "there is no such setting")
    return found


def _user(call: Call, name: str) -> Record:
    user = find_user(call, name)
    if user is None:
        raise Refusal("USER_NOT_FOUND", "there is no such user")
    return user


def _reward(call: Call, uuid: str) -> Record:
    query = "SELECT * FROM wll_rewards WHERE tenant = ? AND uuid = ?"
    found = call.books.one(query, call.tenant, uuid)
    if found is None:
        raise Refusal("REWARD_NOT_FOUND", "there is no such reward")
    return found


PURCHASE = "/commands/purchase_reward"
OPERATIONS = [
    Operation("reward.purchase", "POST", PURCHASE, purchase_reward, access="user"),
    Operation("points.adjust", "POST", "/commands/adjust_points", adjust_points),
    Operation("voucher.give", "POST", "/users/{id}/commands", give_voucher),
    Operation("reward.discounts", "GET", "/rewards/{id}/discounts", discounts, access="public"),
    Operation("setting.get", "GET", "/settings/{name}", setting, access="public"),
]
