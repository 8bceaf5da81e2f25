"""Redeeming a benefit, validating and burning its voucher (sheet 3.3 and 3.4)."""

from typing import Any

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.wll.benefits import (
    benefit_by_id,
    has_code,
    reward_of,
    show,
    show_reward,
    state_of,
)
from tillsaga.sandbox.wll.call import Call, Operation, Refusal
from tillsaga.sandbox.wll.forms import RedeemBenefit, ValidateVoucher
from tillsaga.sandbox.wll.listing import listing_of, page
from tillsaga.sandbox.wll.reactors import raise_event
from tillsaga.sandbox.wll.users import find_user

NOT_REDEEMABLE = {
    "REDEEMED": "BENEFIT_ALREADY_REDEEMED",
    "VALIDATED": "BENEFIT_ALREADY_REDEEMED",
    "BURNED": "BENEFIT_BURNED",
    "EXPIRED": "BENEFIT_EXPIRED",
}
NOT_VALID = {
    "ISSUED": "VOUCHER_NOT_REDEEMED",
    "BURNED": "VOUCHER_ALREADY_BURNED",
    "EXPIRED": "VOUCHER_EXPIRED",
}
ANOTHER_TILL = "another till"
IDENTIFIERS = ("uuid", "account_number", "auth_identifier", "external_identifier")


def redeem(call: Call) -> Record:
    """Move a benefit from ISSUED to REDEEMED; there is no way back."""
    benefit = benefit_by_id(call, call.form(RedeemBenefit).benefitId)
    state = state_of(benefit, call.now(), call.switches)
    if state in NOT_REDEEMABLE:
        raise Refusal(NOT_REDEEMABLE[state], f"the benefit is {state}")
    changed = _change(call, benefit, redeemed_at=call.now())
    _tell(call, "REDEEMED_VOUCHER", changed)
    return show(call, changed)


def validate(call: Call) -> Record:
    """Check a voucher, or burn it: what happens when `allowFutureValidation` is left out."""
    form = call.form(ValidateVoucher)
    benefit = _by_code(call, form.code)
    if benefit is None:
        raise Refusal("VOUCHER_CODE_NOT_FOUND", "there is no such voucher code")
    state = state_of(benefit, call.now(), call.switches)
    if state in NOT_VALID:
        raise Refusal(NOT_VALID[state], f"the voucher is {state}")
    _match(call, benefit, form)
    if form.allowFutureValidation:
        benefit = _change(call, benefit, validated_at=benefit["validated_at"] or call.now())
    else:
        benefit = _burn(call, benefit, form.venueIdentifier or "a till")
    sent = {name: value for name, value in call.body.items() if name != "code"}
    row = {"sent": sent, "burned": not form.allowFutureValidation, "created_at": call.now()}
    call.books.insert("wll_validations", benefit=benefit["uuid"], **row)
    answer = _show_validated(call, benefit)
    if form.allowFutureValidation and call.switches["concurrent_burn"] == "after_check":
        _burn(call, benefit, ANOTHER_TILL)
    return answer


def burn_elsewhere(call: Call) -> None:
    """Let another till burn the voucher just before this request does (trap 19)."""
    wanted = call.switches["concurrent_burn"] == "before_burn"
    if not wanted or call.form(ValidateVoucher).allowFutureValidation:
        return
    benefit = _by_code(call, call.body["code"])
    if benefit and state_of(benefit, call.now(), call.switches) not in NOT_VALID:
        _burn(call, benefit, ANOTHER_TILL)


def _by_code(call: Call, code: str) -> Record | None:
    query = "SELECT * FROM wll_benefits WHERE tenant = ? AND code = ? AND via_api = 1"
    found = call.books.one(query, call.tenant, code)
    if found is None or not has_code(
        found, reward_of(call.books, found)["code_type"], call.switches
    ):
        return None
    return found


def _match(call: Call, benefit: Record, form: ValidateVoucher) -> None:
    """Hold the identifiers that were sent against the voucher's member and venues."""
    owner = find_user(call, benefit["user"]) or {}
    if form.userIdentifier and form.userIdentifier not in [owner[name] for name in IDENTIFIERS]:
        raise Refusal("VOUCHER_WRONG_USER", "the voucher is another member's")
    venues = [one.get("venues") or [] for one in reward_of(call.books, benefit)["discounts"]]
    known = {venue["id"] for some in venues for venue in some}
    # A discount without venues is good everywhere.
    if form.venueIdentifier and all(venues) and known and form.venueIdentifier not in known:
        raise Refusal("VOUCHER_WRONG_VENUE", "the voucher is for other venues")


def _burn(call: Call, benefit: Record, where: str) -> Record:
    burned = _change(call, benefit, burned_at=call.now(), burned_by=where)
    _tell(call, "BURNED_VOUCHER", burned)
    return burned


def _change(call: Call, benefit: Record, **values: Any) -> Record:
    call.books.update("wll_benefits", benefit["id"], **values)
    return benefit | values


def _tell(call: Call, name: str, benefit: Record) -> None:
    payload = {"benefitId": benefit["uuid"], "code": benefit["code"]}
    raise_event(call, name, find_user(call, benefit["user"]), payload)


def _show_validated(call: Call, benefit: Record) -> Record:
    """Show discounts beside the reward, or in it; one may come as an object (sheet 3.4)."""
    shown, shape = show(call, benefit), call.switches["discounts"]
    if shape == "in_reward":
        return shown
    discounts = shown["reward"]["discounts"]
    single = shape == "object" and len(discounts) == 1
    reward = show_reward(reward_of(call.books, benefit))
    return shown | {"reward": reward, "discounts": discounts[0] if single else discounts}


def get(call: Call) -> Record:
    """Read one benefit, burned ones too (sheet 3.8)."""
    return show(call, benefit_by_id(call, call.path["id"]))


def list_all(call: Call) -> list[Record]:
    """List benefits of every type and state; `redeemable=true` leaves the unredeemed."""
    query = "SELECT * FROM wll_benefits WHERE tenant = ? AND user = COALESCE(?, user) ORDER BY id"
    listing, now = listing_of(call), call.now()
    rows = call.books.all(query, call.tenant, call.caller.user)
    if listing.redeemable:
        rows = [row for row in rows if state_of(row, now, call.switches) == "ISSUED"]
    return page(listing, [show(call, row) for row in rows])


VALIDATE = "/commands/validate_voucher"
OPERATIONS = [
    Operation("benefit.redeem", "POST", "/commands/redeem_benefit", redeem, access="user"),
    Operation("voucher.validate", "POST", VALIDATE, validate, meanwhile=burn_elsewhere),
    Operation("benefit.list", "GET", "/benefits", list_all, access="user"),
    Operation("benefit.get", "GET", "/benefits/{id}", get, access="user"),
]
