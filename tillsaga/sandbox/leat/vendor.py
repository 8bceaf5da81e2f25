"""Leat as a vendor of the sandbox: who may call, where calls go, how answers are wrapped.

Sheet 1. Account tokens serve the OAuth prefix and, for what exists there, the register
prefix (sheet 4); a register token fixes the shop.
"""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tillsaga.sandbox import world
from tillsaga.sandbox.books import Books, Record, stamp
from tillsaga.sandbox.leat import (
    account,
    attributes,
    contacts,
    credits,
    giftcard_moves,
    giftcards,
    identifiers,
    ledger,
    loyalty,
    orders,
    prepaid,
    redemptions,
    returns,
    rewards,
    seeding,
    tokens,
    vouchers,
)
from tillsaga.sandbox.leat.call import MESSAGES, Answer, Call, Operation, Refusal
from tillsaga.sandbox.leat.schema import SCHEMA
from tillsaga.sandbox.tampering import Ledger
from tillsaga.sandbox.wire import (
    Asked,
    Fields,
    Invalid,
    NoRoute,
    Reply,
    Router,
    json_reply,
    read_values,
)

CLIENTS = "/api/v3/oauth/clients"
REGISTER = "/api/v3/register"
TOKEN_SECONDS = 31_536_000
OFF, ON = (False, True), (True, False)
SWITCHES: Mapping[str, tuple[Any, ...]] = {
    # What sheet 6 and the "[assumed]" marks leave open.
    "allow_negative_prepaid": OFF,
    "allow_double_prepaid_reversal": OFF,
    "allow_double_credit_reversal": OFF,
    "digital_spend_reversal_refused": OFF,  # reversing a payment by digital card: 5006
    "physical_refused_on_oauth": OFF,  # a transaction on a physical card: 1114
    "shop_required": ON,  # voucher redeem without shop_uuid: 1003
    "result_null": OFF,  # no order action: orders earn nothing, `result` is null
    "meta_shape": (None, "list", "object", "absent"),  # of answers without pages
    "unsorted_lists": ("newest_first", "oldest_first"),
    "email_not_configured": OFF,  # send-by-email: 6007
    "attribute_names_unique_per_account": OFF,  # else per entity
    # What older servers do.
    "old_collect_shape": OFF,  # collect answers the item, under the reception's uuid
    "no_voucher_redemption": OFF,  # redeem answers no `voucher_redemption`
    "reverse_by_voucher_uuid": OFF,  # voucher reverse takes the voucher's own uuid
    "email_answer_object": OFF,  # send-by-email answers an object, not a text
}
"""Every switch with its values, the default first."""
AREAS = (
    contacts,
    identifiers,
    vouchers,
    redemptions,
    rewards,
    loyalty,
    credits,
    giftcards,
    giftcard_moves,
    prepaid,
    orders,
    returns,
    tokens,
    attributes,
    account,
)

LEDGERS: Mapping[str, Ledger] = {
    "giftcard_transactions": Ledger(
        "leat_giftcard_transactions",
        "uuid",
        ("card", "amount", "shop", "custom_attributes", "created_at"),
    ),
    "prepaid_transactions": Ledger(
        "leat_prepaid_transactions", "uuid", ("contact", "amount", "shop", "created_at")
    ),
    "loyalty_transactions": Ledger(
        "leat_loyalty_transactions", "uuid", ("contact", "credits", "shop", "created_at")
    ),
    "orders": Ledger("leat_orders", "uuid", ("external_identifier", "contact", "shop", "document")),
    "vouchers": Ledger("leat_vouchers", "uuid", ("contact", "redeemed", "redeemed_at")),
    "collections": Ledger("leat_collections", "uuid", ("reversed_at",)),
}
"""What may be tampered with."""


class Forbidden(Exception):
    """The caller may not; `status` is 401 or 403, and the body has no code."""

    def __init__(self, status: int, message: str) -> None:
        """Keep what to answer."""
        super().__init__(message)
        self.status, self.message = status, message


def _issue_token(call: Call) -> Answer:
    """Trade client id and secret for an access token; the answer has no envelope."""
    call.fields.choice("grant_type", ("client_credentials",))
    id_and_secret = (call.fields.text("client_id"), call.fields.text("client_secret"))
    if id_and_secret != (world.CLIENT_ID, world.CLIENT_SECRET):
        raise Forbidden(401, "Client authentication failed.")
    token = secrets.token_urlsafe(24)
    ends = stamp(call.books.clock.now() + timedelta(seconds=TOKEN_SECONDS))
    call.books.insert("leat_tokens", token=token, rights="all", expires_at=ends)
    known = {"token_type": "Bearer", "expires_in": TOKEN_SECONDS}
    return Answer(known | {"access_token": token})


TOKEN = Operation("oauth.token", "POST", "/oauth/token", _issue_token)
CLAIM = Operation("loyalty_token.claim", "POST", "/loyalty-tokens", tokens.claim)


def _routes() -> Router[Call]:
    router: Router[Call] = Router()
    router.add(TOKEN.path, TOKEN)
    router.add(f"{REGISTER}{CLAIM.path}", CLAIM)
    for operation in account.REGISTER_ONLY:
        router.add(f"{REGISTER}{operation.path}", operation)
    for area in AREAS:
        for operation in area.OPERATIONS:
            router.add(f"{CLIENTS}{operation.path}", operation)
            if operation.register:
                router.add(f"{REGISTER}{operation.path}", operation)
    return router


class Leat:
    """The vendor: one transaction per request, all or nothing."""

    name = "leat"
    ledgers = LEDGERS
    allowed_switches = SWITCHES
    old_shape: Mapping[str, Any] = {
        "old_collect_shape": True,
        "no_voucher_redemption": True,
        "email_answer_object": True,
    }

    def __init__(self, books: Books) -> None:
        """Keep the books in this database."""
        self._books = books
        self._router = _routes()
        self.switches = {name: values[0] for name, values in SWITCHES.items()}
        books.script(SCHEMA)

    @property
    def books(self) -> Books:
        """The books that it keeps."""
        return self._books

    def answer(self, asked: Asked) -> Reply:
        """Do what is asked and answer."""
        try:
            with self._books.transaction():
                return self._answer(asked)
        except Refusal as refused:
            return self.refusal(refused.code, None)
        except Invalid as wrong:
            return _refusal(1003, None, {wrong.name: [wrong.why]})
        except Forbidden as forbidden:
            return json_reply(forbidden.status, {"message": forbidden.message})
        except NoRoute as nowhere:
            return json_reply(nowhere.status, {"message": f"No route for {asked.path}."})

    def _answer(self, asked: Asked) -> Reply:
        operation, path = self._router.find(asked.method, asked.path)
        if operation is TOKEN:
            return json_reply(200, operation.handler(self._call(asked, path, {})).data)
        rights = self._rights(asked)
        register = asked.path.startswith(REGISTER)
        fixed = {"shop_uuid": rights["shop"]} if register and rights["shop"] else {}
        return self._wrap(asked, operation.handler(self._call(asked, path, fixed)))

    def _call(self, asked: Asked, path: Mapping[str, str], fixed: Record) -> Call:
        return Call(
            books=self._books,
            fields=Fields(read_values(asked) | fixed),
            path=path,
            switches=self._switches(asked),
            url=f"{asked.origin}{asked.path}",
            register=asked.path.startswith(REGISTER),
        )

    def _switches(self, asked: Asked) -> Mapping[str, Any]:
        return self.switches | dict(asked.switches) if asked.switches else self.switches

    def _rights(self, asked: Asked) -> Record:
        kind, _, token = asked.headers.get("authorization", "").partition(" ")
        held = self._books.one("SELECT * FROM leat_tokens WHERE token = ?", token)
        expired = held and held["expires_at"] and held["expires_at"] <= self._books.now()
        if kind.lower() != "bearer" or held is None or expired:
            raise Forbidden(401, "Unauthenticated.")
        if held["rights"] == "read" and asked.method != "GET":
            raise Forbidden(403, "This action is unauthorized.")
        return held

    def _wrap(self, asked: Asked, answer: Answer) -> Reply:
        shape = self._switches(asked)["meta_shape"]
        meta = answer.meta
        if shape and not meta:
            meta = {"list": [], "object": {}}.get(shape)
        payload: Record = {"data": answer.data}
        if answer.links is not None:
            payload["links"] = answer.links
        if meta is not None:
            payload["meta"] = meta
        return json_reply(answer.status, payload)

    def identify(self, method: str, path: str) -> str | None:
        """Name the operation a request would reach, if any."""
        try:
            return self._router.find(method, path)[0].name
        except NoRoute:
            return None

    def operations(self) -> list[Record]:
        """Describe every operation: name, method and path."""
        clients = [one for area in AREAS for one in area.OPERATIONS]
        pairs = [("", TOKEN), (REGISTER, CLAIM), *((CLIENTS, one) for one in clients)]
        pairs += [(REGISTER, one) for one in account.REGISTER_ONLY]
        return [{"name": o.name, "method": o.method, "path": f"{at}{o.path}"} for at, o in pairs]

    def refusal(self, code: int | str, message: str | None) -> Reply:
        """Say no with a code, the vendor's way."""
        return _refusal(code, message, None)

    def dump(self) -> Record:
        """Show the books."""
        with self._books.transaction():
            return ledger.dump(self._books)

    def is_empty(self) -> bool:
        """Tell whether there is not even a shop."""
        return self._books.number("SELECT COUNT(*) FROM leat_shops") == 0

    def load_world(self) -> None:
        """Empty the books and put the documented world in."""
        with self._books.transaction():
            for table in self._books.tables("leat"):
                self._books.run(f"DELETE FROM {table}")
            seeding.load_world(self._books)

    def add(self, wanted: Record) -> Record:
        """Add objects to the world and answer their ids."""
        with self._books.transaction():
            return seeding.add(self._books, wanted)


def _refusal(code: int | str, message: str | None, errors: Record | None) -> Reply:
    text = message or MESSAGES.get(code if isinstance(code, int) else 0, "Request refused.")
    envelope: Record = {"message": text, "code": code, "status_code": 400}
    return json_reply(400, envelope | {"errors": errors} if errors else envelope)
