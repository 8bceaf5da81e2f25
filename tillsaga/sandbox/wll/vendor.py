"""White Label Loyalty's Loyalty Engine as a vendor of the sandbox.

Its three hosts are three paths below the mount, here with base URL `http://host:port/wll`:

| service | sandbox | vendor |
|---|---|---|
| Rewards | `/wll/api/v1` | `https://api.rewards.wlloyalty.net/v1` |
| Receipts | `/wll/receipts/v1` | `https://api.receipts.wlloyalty.net/v1` |
| tokens | `/wll/auth/oauth/token` | `https://auth.wlloyalty.net/oauth/token` |
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.tampering import Ledger
from tillsaga.sandbox.wire import Asked, NoRoute, Reply, Router, json_reply
from tillsaga.sandbox.wll import commands, events, ledger, orders, seeding, users, vouchers, world
from tillsaga.sandbox.wll.access import TOKEN, RateLimit, admit
from tillsaga.sandbox.wll.call import (
    Call,
    Caller,
    Operation,
    Refusal,
    error_reply,
    in_utf8,
)
from tillsaga.sandbox.wll.reactors import settle
from tillsaga.sandbox.wll.schema import SCHEMA

REWARDS, RECEIPTS, AUTH = "/api/v1", "/receipts/v1", "/auth"
OFF, ON = (False, True), (True, False)
SWITCHES: Mapping[str, tuple[Any, ...]] = {
    # What tests must be able to inject (sheet 5, trap 19) beside the faults all vendors have.
    "reaction_delay_seconds": (0, 1, 2, 5, 10, 60, None),  # None: not before it is a number
    "concurrent_burn": (None, "before_burn", "after_check"),
    "rate_limit_burst": (None, 400, 5),  # requests at once per key, then 100 a second: 429
    # How the tenant is set up.
    "receipts_enabled": ON,  # else 403 RECEIPTS_NOT_ENABLED
    "earn_cap_points": (None, 0, 100, 250, 1000),  # per member and UTC day
    "audience": ("wlloyalty.net", "staging.wlloyalty.net"),
    # What the vendor's pages disagree about, and where the sheet says [assumed].
    "code_set_on": ("redeem", "issue"),  # when a one-time code comes to be
    "test_reaction_path": ("both", "commands", "events"),
    "discounts": ("list", "object", "in_reward"),  # of validate_voucher
    "expired_in_wallet": ON,
    "redeemed_expires": OFF,
    "wallet_is_public": ON,  # key-only wallet reads; else 403
    "metadata_source_required": OFF,  # of orders, as on the sibling call
    "pii_check": ON,
}
"""Every switch with its values, the default first."""
AREAS = (users, vouchers, events, commands)


def _placed() -> list[tuple[str, Operation]]:
    rewards = [one for area in AREAS for one in area.OPERATIONS] + [*events.DRY_RUNS.values()]
    receipts = [(RECEIPTS, one) for one in orders.OPERATIONS]
    return [*((REWARDS, one) for one in rewards), *receipts, (AUTH, TOKEN)]


LEDGERS: Mapping[str, Ledger] = {
    "events": Ledger("wll_events", "uuid", ("type", "subject", "payload", "created_at")),
    "reactions": Ledger("wll_reactions", "event", ("granted", "done_at")),
    "benefits": Ledger("wll_benefits", "uuid", ("user", "redeemed_at", "burned_at")),
}
"""What may be tampered with."""


class WhiteLabelLoyalty:
    """The vendor: a request that is refused leaves no trace."""

    name = "wll"
    ledgers = LEDGERS
    allowed_switches = SWITCHES
    old_shape: Mapping[str, Any] = {"code_set_on": "issue", "discounts": "in_reward"}

    def __init__(self, books: Books) -> None:
        """Keep the books in this database."""
        self._books = books
        self._limit = RateLimit(books.clock)
        self._router: Router[Call] = Router()
        for base, operation in _placed():
            self._router.add(f"{base}{operation.path}", operation)
        self.switches = {name: values[0] for name, values in SWITCHES.items()}
        books.script(SCHEMA)

    @property
    def books(self) -> Books:
        """The books that it keeps."""
        return self._books

    def answer(self, asked: Asked) -> Reply:
        """Do what is asked and answer."""
        switches = self.switches | dict(asked.switches)
        try:
            with self._books.transaction():
                settle(self._books, switches)
            with self._books.transaction():
                operation, call = self._admit(asked, switches)
            if operation.meanwhile:
                with self._books.transaction():
                    operation.meanwhile(call)
            with self._books.transaction():
                data = operation.handler(call)
        except Refusal as refused:
            return error_reply(refused.code, refused.message, refused.details)
        except NoRoute as nowhere:
            code = "NOT_FOUND" if nowhere.status == 404 else "METHOD_NOT_ALLOWED"
            return error_reply(code, f"nothing answers at {asked.method} {asked.path}")
        envelope = {"status": "success", "data": data}
        return in_utf8(json_reply(200, data if operation is TOKEN else envelope))

    def _admit(self, asked: Asked, switches: Mapping[str, Any]) -> tuple[Operation, Call]:
        operation, path = self._find(asked.method, asked.path, switches)
        if operation is TOKEN:
            caller = Caller("")
        else:
            self._limit.count(asked.headers.get("x-api-key", ""), switches["rate_limit_burst"])
            caller = admit(self._books, asked, operation)
        hidden = operation.name == "user.wallet" and not switches["wallet_is_public"]
        if hidden and caller.kind == "anonymous":
            raise Refusal("FORBIDDEN", "the key alone does not do here")
        query = dict(parse_qsl(asked.query))
        return operation, Call(self._books, caller, path, query, _body(asked), switches)

    def _find(
        self, method: str, path: str, switches: Mapping[str, Any]
    ) -> tuple[Operation, dict[str, str]]:
        found, values = self._router.find(method, path)
        only = events.DRY_RUNS.get(switches["test_reaction_path"])
        if only and found.name == only.name and found is not only:
            raise NoRoute(404)
        assert isinstance(found, Operation)
        return found, values

    def identify(self, method: str, path: str) -> str | None:
        """Name the operation a request would reach, if any."""
        try:
            return self._router.find(method, path)[0].name
        except NoRoute:
            return None

    def operations(self) -> list[Record]:
        """Describe every operation: name, method and path."""
        return [
            {"name": one.name, "method": one.method, "path": f"{base}{one.path}"}
            for base, one in _placed()
        ]

    def refusal(self, code: int | str, message: str | None) -> Reply:
        """Say no with an error code, the vendor's way."""
        return error_reply(str(code), message or "the request was refused")

    def dump(self) -> Record:
        """Show the books, with the reactions that are due by now."""
        with self._books.transaction():
            settle(self._books, self.switches)
            return ledger.dump(self._books, self.switches)

    def is_empty(self) -> bool:
        """Tell whether there is not even a tenant."""
        return self._books.number("SELECT COUNT(*) FROM wll_tenants") == 0

    def load_world(self) -> None:
        """Empty the books and put the documented world in."""
        self._limit.clear()
        with self._books.transaction():
            for table in self._books.tables(self.name):
                self._books.run(f"DELETE FROM {table}")
            seeding.add(self._books, world.WLL)

    def add(self, wanted: Record) -> Record:
        """Add objects to the world and answer their ids."""
        with self._books.transaction():
            return seeding.add(self._books, wanted)


def _body(asked: Asked) -> Record:
    if not asked.body:
        return {}
    media = asked.headers.get("content-type", "application/json")
    if media.partition(";")[0].strip().lower() != "application/json":
        raise Refusal("VALIDATION_ERROR", "the body must be application/json")
    try:
        values = json.loads(asked.body)
    except ValueError as unreadable:
        raise Refusal("VALIDATION_ERROR", "the body cannot be read") from unreadable
    if not isinstance(values, dict):
        raise Refusal("VALIDATION_ERROR", "the body must be an object")
    return values
