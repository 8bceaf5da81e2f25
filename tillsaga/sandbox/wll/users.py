"""Members and their wallets (sheet 3.1 and 3.2)."""

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.wll.benefits import show as show_benefit
from tillsaga.sandbox.wll.benefits import state_of
from tillsaga.sandbox.wll.call import Call, Operation, Refusal
from tillsaga.sandbox.wll.points import balance_of, lifetime_of


def find_user(call: Call, name: str) -> Record | None:
    """Find a member by WLL id or account number; by no other identifier."""
    query = "SELECT * FROM wll_users WHERE tenant = ? AND (uuid = ? OR account_number = ?)"
    return call.books.one(query, call.tenant, name, name)


def _asked_for(call: Call) -> Record:
    caller, name = call.caller, call.path["id"]
    if name == "me" and caller.kind != "user":
        raise Refusal("FORBIDDEN", "`me` needs a user token")
    user = find_user(call, str(caller.user) if name == "me" else name)
    if user is None:
        raise Refusal("USER_NOT_FOUND", "there is no such user")
    if caller.kind == "user" and user["uuid"] != caller.user:
        raise Refusal("FORBIDDEN", "the user is somebody else")
    return user


def get(call: Call) -> Record:
    """Look a member up."""
    user = _asked_for(call)
    return {
        "id": user["uuid"],
        "accountNumber": user["account_number"],
        "authIdentifier": user["auth_identifier"],
        "externalIdentifier": user["external_identifier"],
        "isRestricted": user["restricted"],
        "flags": user["flags"],
        "profile": user["profile"],
        "createdAt": user["created_at"],
        "updatedAt": user["created_at"],
    }


def wallet(call: Call) -> Record:
    """Show the balance and the vouchers that are not burned; gift cards are not in it."""
    user = _asked_for(call)
    query = (
        "SELECT * FROM wll_benefits WHERE user = ? AND type = 'VOUCHER'"
        " AND burned_at IS NULL ORDER BY id"
    )
    rows, now = call.books.all(query, user["uuid"]), call.now()
    if not call.switches["expired_in_wallet"]:
        rows = [row for row in rows if state_of(row, now, call.switches) != "EXPIRED"]
    return {
        "points": balance_of(call.books, user["uuid"]),
        "lifetimePoints": lifetime_of(call.books, user),
        "loyaltyCost": user["loyalty_cost"],
        "tier": user["tier"],
        "vouchers": [show_benefit(call, row) for row in rows],
    }


OPERATIONS = [
    Operation("user.get", "GET", "/users/{id}", get, access="user"),
    Operation("user.wallet", "GET", "/users/{id}/wallet", wallet, access="public"),
]
