"""Rewards, reward receptions and collectable rewards (sheet 3.4 and 3.5).

Three ids for one reward: the reward's, the reception's (which collect takes) and the
collection's (which collect answers, and reverse takes).
"""

from datetime import timedelta

from tillsaga.sandbox.books import Record, stamp
from tillsaga.sandbox.leat.call import Answer, Call, Operation, Refusal
from tillsaga.sandbox.leat.lookups import (
    contact_by_uuid,
    named_contact,
    points_of,
    required_shop,
    shop_by_uuid,
    usable_identifier,
)
from tillsaga.sandbox.leat.loyalty import (
    by_uuid,
    live_collection,
    record,
    reversal_of,
    show,
    show_reward,
)


def _reward(call: Call, uuid: str) -> Record:
    found = call.books.one("SELECT * FROM leat_rewards WHERE uuid = ?", uuid)
    if found is None:
        raise Refusal(6003)
    return found


def list_all(call: Call) -> Answer:
    """List rewards; with a contact, only those it can claim now."""
    if call.register:
        call.fields.text("contact_uuid")
    if call.fields.has("shop_uuid"):
        shop_by_uuid(call, call.fields.text("shop_uuid"))
    rewards = call.books.all("SELECT * FROM leat_rewards ORDER BY id")
    if contact := named_contact(call):
        rewards = [one for one in rewards if _obstacle(call, one, contact["uuid"]) is None]
    hidden = ("cost_price", "stock")
    return Answer([{k: v for k, v in show_reward(r).items() if k not in hidden} for r in rewards])


def _obstacle(call: Call, reward: Record, contact: str) -> int | None:
    """Say with which code a claim would be refused, if it would."""
    if not reward["active"]:
        return 1052
    if reward["stock"] is not None and reward["stock"] <= 0:
        return 1018
    if (
        reward["claim_limit"] is not None
        and _claims(call, reward, contact) >= reward["claim_limit"]
    ):
        return 1019
    return 1017 if points_of(call.books, contact) < reward["required_credits"] else None


def _claims(call: Call, reward: Record, contact: str) -> int:
    return call.books.number(
        "SELECT COUNT(*) FROM leat_loyalty_transactions AS claim"
        " WHERE type = 'reward_reception' AND reward = ? AND contact = ? AND NOT EXISTS"
        " (SELECT 1 FROM leat_loyalty_transactions WHERE reverses = claim.uuid)",
        reward["uuid"],
        contact,
    )


def get(call: Call) -> Answer:
    """Read one reward: with stock and cost price, without id, type and pre_redeemable."""
    reward = _reward(call, call.path["uuid"])
    shown = show_reward(reward) | {"active": reward["active"]}
    hidden = ("id", "type", "pre_redeemable")
    return Answer({name: value for name, value in shown.items() if name not in hidden})


def update(call: Call) -> Answer:
    """Change a reward; any other field is a custom attribute of it."""
    reward, fields = _reward(call, call.path["uuid"]), call.fields
    own = ("title", "description", "required_credits", "shop_uuid")
    needed = reward["required_credits"]
    if fields.has("required_credits"):
        needed = fields.whole("required_credits", least=0)
    call.books.update(
        "leat_rewards",
        reward["id"],
        title=fields.text_or_none("title") or reward["title"],
        description=fields.text_or_none("description") or reward["description"],
        required_credits=needed,
        attributes=reward["attributes"]
        | {name: value for name, value in fields.values.items() if name not in own},
    )
    return get(call)


def claim(call: Call) -> Answer:
    """Claim a reward: takes the points at once; a pre-redeemable one is to be collected."""
    contact = contact_by_uuid(call, call.fields.text("contact_uuid"))
    shop = required_shop(call)
    reward = _reward(call, call.fields.text("reward_uuid"))
    card = usable_identifier(call)
    if (obstacle := _obstacle(call, reward, contact["uuid"])) is not None:
        raise Refusal(obstacle)
    ends = None
    if reward["pre_redeemable"] and reward["expiration_duration"]:
        ends = call.books.clock.now() + timedelta(seconds=reward["expiration_duration"])
    made = record(
        call.books,
        contact["uuid"],
        -reward["required_credits"],
        "reward_reception",
        type="reward_reception",
        reward=reward["uuid"],
        shop=shop["uuid"],
        identifier=card["value"] if card else None,
        collectable=reward["pre_redeemable"],
        expires_at=stamp(ends) if ends else None,
    )
    _restock(call, reward, -1)
    return Answer(show(call.books, made), {})


def _restock(call: Call, reward: Record, change: int) -> None:
    if reward["stock"] is not None:
        call.books.update("leat_rewards", reward["id"], stock=reward["stock"] + change)


def reverse_claim(call: Call) -> Answer:
    """Give the points of a claim back, once, unless it has been collected."""
    row = by_uuid(call.books, call.path["uuid"])
    if row is None or row["type"] != "reward_reception":
        raise Refusal(1003)
    if reversal_of(call.books, row["uuid"]) or live_collection(call.books, row["uuid"]):
        raise Refusal(1003)
    made = record(
        call.books,
        row["contact"],
        -row["credits"],
        f"reversal:{row['uuid']}",
        shop=row["shop"],
        identifier=row["identifier"],
        reverses=row["uuid"],
    )
    _restock(call, _reward(call, row["reward"]), +1)
    return Answer(show(call.books, made), {})


def collectables(call: Call) -> Answer:
    """List a contact's claims still to be collected; expired ones have vanished."""
    contact = contact_by_uuid(call, call.fields.text("contact_uuid"))
    rows = call.books.all(
        "SELECT * FROM leat_loyalty_transactions WHERE contact = ? AND collectable = 1 ORDER BY id",
        contact["uuid"],
    )
    return Answer([_show_item(call, row) for row in rows if _is_collectable(call, row)])


def _show_item(call: Call, row: Record) -> Record:
    names = ("contact", "created_at", "uuid", "title", "reward", "expires_at", "has_been_collected")
    shown = show(call.books, row)
    return {name: shown[name] for name in names}


def _is_collectable(call: Call, row: Record) -> bool:
    expired = row["expires_at"] is not None and row["expires_at"] <= call.now()
    gone = reversal_of(call.books, row["uuid"]) or live_collection(call.books, row["uuid"])
    return bool(row["collectable"]) and not expired and not gone


def collect(call: Call) -> Answer:
    """Hand a claimed reward out; an unknown claim is 6003, a spent or expired one 80300."""
    row = by_uuid(call.books, call.path["uuid"])
    if row is None or row["type"] != "reward_reception":
        raise Refusal(6003)
    if not _is_collectable(call, row):
        raise Refusal(80300)
    uuid, old = call.books.new_id("crr"), call.switches["old_collect_shape"]
    call.books.insert(
        "leat_collections",
        uuid=uuid,
        # An older server names the collection by the claim, and reverses it by that name.
        known_as=row["uuid"] if old else uuid,
        reception=row["uuid"],
        created_at=call.now(),
    )
    return Answer(_show_item(call, row) if old else {"uuid": uuid, "status": "COLLECTED"}, {})


def reverse_collection(call: Call) -> Answer:
    """Make a collected reward collectable again, once; the points stay spent."""
    found = call.books.one(
        "SELECT * FROM leat_collections WHERE known_as = ? AND reversed_at IS NULL",
        call.path["uuid"],
    )
    if found is None:
        raise Refusal(80300)
    call.books.update("leat_collections", found["id"], reversed_at=call.now())
    return Answer({"uuid": found["known_as"], "status": "REVERSED"}, {})


OPERATIONS = [
    Operation("reward.list", "GET", "/rewards", list_all, True),
    Operation("reward.get", "GET", "/rewards/{uuid}", get),
    Operation("reward.update", "PUT", "/rewards/{uuid}", update),
    Operation("reward_reception.create", "POST", "/reward-receptions", claim, True),
    Operation(
        "reward_reception.reverse", "POST", "/reward-receptions/{uuid}/reverse", reverse_claim
    ),
    Operation("collectable_reward.list", "GET", "/collectable-rewards", collectables, True),
    Operation(
        "collectable_reward.collect", "PUT", "/collectable-rewards/collect/{uuid}", collect, True
    ),
    Operation(
        "collectable_reward.reverse",
        "POST",
        "/collectable-rewards/{uuid}/reverse",
        reverse_collection,
    ),
]
