"""Loyale as a vendor of the sandbox: who may call, where calls go, how it says no.

Sheet 1. Business errors have shape A, those of access and routes shape B.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.loyale import custom, ledger, progress, returns, sales, seeding
from tillsaga.sandbox.loyale.call import (
    REASONS,
    Call,
    Denied,
    Refusal,
    business_error,
    platform_error,
    refusal_by_name,
)
from tillsaga.sandbox.loyale.schema import SCHEMA
from tillsaga.sandbox.tampering import Ledger
from tillsaga.sandbox.wire import Asked, NoRoute, Operation, Reply, Router, json_reply

OFF, ON = (False, True), (True, False)
SWITCHES: Mapping[str, tuple[Any, ...]] = {
    "duplicate": ("reject", "replay"),  # the same uniqueId again (sheet 5)
    "overdraft": ("allow", "reject"),  # a return that makes the balance negative (sheet 6)
    "return_restores_gift_card": OFF,  # what a return does to gift cards ...
    "return_restores_coupon": OFF,  # ... and, once nothing is left to return, to coupons
    "gift_card_earns": ON,  # the part paid by gift card (sheet 3)
    "processing_outcome": ("COMPLETED", "FAILED"),  # of sales received from now on
    "processing_seconds": (0, 1, 2, 5, 10, 30, 60, 300, 3600),  # by the sandbox clock
    "processing_reads": (0, 1, 2, 3, 5, 10),  # status reads that find it unfinished
    "accepted_status": (200, 202),  # of a sale's reply (sheet 2)
    "status_url_host": ("vendor", "own"),  # trap 1: by default another host than was called
    "business_error_shape": ("A", "B"),  # sheet 1
}
"""Every switch with its values, the default first."""
BUSINESS = {status for status, _ in REASONS.values()}
GUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
OPERATIONS = [
    *sales.OPERATIONS,
    *progress.OPERATIONS,
    *returns.OPERATIONS,
    *custom.OPERATIONS,
]

LEDGERS: Mapping[str, Ledger] = {
    "transactions": Ledger("loyale_transactions", "unique_id", ("state", "returned", "reply")),
}
"""What may be tampered with; `reply` is what the status tells."""


class Loyale:
    """The vendor: one transaction per request, all or nothing."""

    name = "loyale"
    ledgers = LEDGERS
    allowed_switches = SWITCHES
    old_shape: Mapping[str, Any] = {"business_error_shape": "B"}

    def __init__(self, books: Books) -> None:
        """Keep the books in this database."""
        self._books = books
        self._router: Router[Call] = Router()
        for operation in OPERATIONS:
            self._router.add(operation.path.lower(), operation)
        self.switches = {name: values[0] for name, values in SWITCHES.items()}
        books.script(SCHEMA)

    @property
    def books(self) -> Books:
        """The books that it keeps."""
        return self._books

    def answer(self, asked: Asked) -> Reply:
        """Do what is asked and answer; sales that are due are brought to their end first."""
        self._settle()
        try:
            with self._books.transaction():
                operation = self._find(asked.method, asked.path)
                answer = operation.handler(self._call(asked))
                return json_reply(answer.status, answer.payload)
        except Refusal as refused:
            return self._refused(refused.status, refused.text, self._switches(asked))
        except Denied as denied:
            return platform_error(denied.status, denied.text)
        except NoRoute as nowhere:
            return platform_error(nowhere.status, f"No route for {asked.path}")

    def _settle(self) -> None:
        # A transaction of its own: a refused request must not take it back.
        with self._books.transaction():
            progress.settle(self._books)

    def _find(self, method: str, path: str) -> Operation[Call]:
        # Sheet 1: paths are case-insensitive; unique ids are not.
        return self._router.find(method, path.lower())[0]

    def _call(self, asked: Asked) -> Call:
        scheme = self._scheme(asked)
        simulate = dict(parse_qsl(asked.query, keep_blank_values=True)).get("simulate", "false")
        if simulate.lower() not in ("true", "false"):
            raise Refusal("bad_request", why="simulate: must be true or false")
        if asked.body and "json" not in asked.headers.get("content-type", "application/json"):
            raise Refusal("bad_request", why="The content type must be application/json")
        return Call(
            books=self._books,
            scheme=scheme,
            unique_id=asked.path.rstrip("/").rpartition("/")[2],
            body=asked.body,
            simulate=simulate.lower() == "true",
            switches=self._switches(asked),
            origin=asked.origin,
        )

    def _switches(self, asked: Asked) -> Mapping[str, Any]:
        return self.switches | dict(asked.switches) if asked.switches else self.switches

    def _scheme(self, asked: Asked) -> Record:
        """Let the caller in: 401 without a good key, 400 without a GUID, 403 elsewhere."""
        key, guid = (asked.headers.get(name, "") for name in ("x-apikey", "x-scheme"))
        held = self._books.one("SELECT scheme FROM loyale_keys WHERE key = ?", key)
        if held is None:
            raise Denied(401, "Missing or unknown X-ApiKey")
        if not GUID.fullmatch(guid.lower()):
            raise Denied(400, "X-Scheme must be a GUID")
        query = "SELECT * FROM loyale_schemes WHERE guid = ? AND guid = ?"
        scheme = self._books.one(query, guid.lower(), held["scheme"])
        if scheme is None:
            raise Denied(403, "The key is not of this scheme")
        return scheme

    def _refused(self, status: int, text: str, switches: Mapping[str, Any]) -> Reply:
        shape_b = switches["business_error_shape"] == "B"
        return platform_error(status, text) if shape_b else business_error(status, text)

    def identify(self, method: str, path: str) -> str | None:
        """Name the operation a request would reach, if any."""
        try:
            return self._find(method, path).name
        except NoRoute:
            return None

    def operations(self) -> list[Record]:
        """Describe every operation: name, method and path."""
        return [{"name": one.name, "method": one.method, "path": one.path} for one in OPERATIONS]

    def refusal(self, code: int | str, message: str | None) -> Reply:
        """Say no by a name of `REASONS` or an HTTP status, in the shape it has there."""
        status, text = refusal_by_name(code, message)
        if status not in BUSINESS:
            return platform_error(status, text)
        return self._refused(status, text, self.switches)

    def dump(self) -> Record:
        """Show the books as they are by now."""
        self._settle()
        with self._books.transaction():
            return ledger.dump(self._books)

    def is_empty(self) -> bool:
        """Tell whether there is not even a scheme."""
        return self._books.number("SELECT COUNT(*) FROM loyale_schemes") == 0

    def load_world(self) -> None:
        """Empty the books and put the documented world in."""
        with self._books.transaction():
            for table in self._books.tables("loyale"):
                self._books.run(f"DELETE FROM {table}")
            seeding.load_world(self._books)

    def add(self, wanted: Record) -> Record:
        """Add objects to the world and answer their ids."""
        with self._books.transaction():
            return seeding.add(self._books, wanted)
