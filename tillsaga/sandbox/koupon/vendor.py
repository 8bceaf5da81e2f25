"""Koupon as a vendor of the sandbox: Store Connect Post Transaction, sheet 1 to 3.

A call is checked in the order route, signed URL, headers, body. With base URL
`http://host:port/koupon`, the redeem call is `POST /koupon/v1/transaction/redeem`, and the
mount is part of the URL that is signed.
"""

from collections.abc import Mapping
from typing import Any

from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.koupon import ledger, redeem, report, seeding, world
from tillsaga.sandbox.koupon.answers import ODD_LINES
from tillsaga.sandbox.koupon.call import Call, Refusal, refusal
from tillsaga.sandbox.koupon.schema import SCHEMA
from tillsaga.sandbox.koupon.signing import Unsigned, verify
from tillsaga.sandbox.wire import Asked, NoRoute, Operation, Reply, Router

JSON = "application/json"
OPERATIONS: list[Operation[Call]] = [*redeem.OPERATIONS, *report.OPERATIONS]
SWITCHES: Mapping[str, tuple[Any, ...]] = {
    "signature_window_seconds": (300, 30, 3600, None),  # None: a timestamp is never too old
    "version": ("1", "2", "2.1"),
    "success_status": (200, 201),
    "report_code": ("number", "text", "absent", "no_body"),  # no_body: 204
    # How a result says that there is none.
    "no_coupon": ("null", "absent"),
    "no_exception": ("null", "absent", "empty"),
    "no_redemption": ("zero", "absent"),  # `redeemedQty` is typed as a positive number
    "result_order": ("as_sent", "reversed"),
    # What is to be feared (sheet 5, traps 17 and 19).
    "odd_line": ODD_LINES,
    "odd_line_at": ("every", "first", "last"),
    "plain_text_403": ("never", "nothing_redeemed", "always"),  # of redeem
}
"""Every switch with its values, the default first."""


class Koupon:
    """The vendor: one transaction per request; a request that fails leaves no trace."""

    name = "koupon"
    allowed_switches = SWITCHES
    old_shape: Mapping[str, Any] = {
        "report_code": "text",
        "no_coupon": "absent",
        "no_exception": "absent",
        "no_redemption": "absent",
    }

    def __init__(self, books: Books) -> None:
        """Keep the books in this database."""
        self._books = books
        self._router: Router[Call] = Router()
        for operation in OPERATIONS:
            self._router.add(operation.path, operation)
        self.switches = {name: values[0] for name, values in SWITCHES.items()}
        books.script(SCHEMA)

    def answer(self, asked: Asked) -> Reply:
        """Do what is asked and answer."""
        switches = self.switches | dict(asked.switches)
        try:
            with self._books.transaction():
                return self._answer(asked, switches)
        except (Refusal, Unsigned) as refused:
            return refusal(refused.code, refused.message, switches["version"])
        except NoRoute as nowhere:
            return refusal(nowhere.status, f"no route for {asked.path}", switches["version"])

    def _answer(self, asked: Asked, switches: Mapping[str, Any]) -> Reply:
        operation, _ = self._router.find(asked.method, asked.path)
        window = switches["signature_window_seconds"]
        signed = verify(asked.url, self._secret_of, self._books.clock.now(), window)
        _check_headers(asked.headers)
        reply: Reply = operation.handler(Call(self._books, signed, asked.body, switches))
        return reply

    def _secret_of(self, identifier: str) -> str | None:
        key = self._books.one("SELECT secret FROM koupon_keys WHERE identifier = ?", identifier)
        return key["secret"] if key else None

    def identify(self, method: str, path: str) -> str | None:
        """Name the operation a request would reach, if any."""
        try:
            return self._router.find(method, path)[0].name
        except NoRoute:
            return None

    def operations(self) -> list[Record]:
        """Describe every operation: name, method and path."""
        return [{"name": o.name, "method": o.method, "path": o.path} for o in OPERATIONS]

    def refusal(self, code: int | str, message: str | None) -> Reply:
        """Say no with an error code, or with an HTTP status; 403 is plain text."""
        return refusal(code, message, self.switches["version"])

    def dump(self) -> Record:
        """Show the books."""
        with self._books.transaction():
            return ledger.dump(self._books)

    def is_empty(self) -> bool:
        """Tell whether there is not even a key."""
        return self._books.number("SELECT COUNT(*) FROM koupon_keys") == 0

    def load_world(self) -> None:
        """Empty the books and put the documented world in."""
        with self._books.transaction():
            for table in self._books.tables(self.name):
                self._books.run(f"DELETE FROM {table}")
            seeding.add(self._books, world.KOUPON)

    def add(self, wanted: Record) -> Record:
        """Add objects to the world and answer their ids."""
        with self._books.transaction():
            return seeding.add(self._books, wanted)


def _check_headers(headers: Mapping[str, str]) -> None:
    """Require JSON both ways (sheet 1); an Accept that is absent asks for nothing else."""
    accepted = [_media_type(one) for one in headers.get("accept", JSON).split(",")]
    if JSON not in accepted:
        raise Refusal("NOT_ACCEPTABLE", f"only {JSON} is served")
    if _media_type(headers.get("content-type", "")) != JSON:
        raise Refusal("INVALID_REQUEST", f"Content-Type must be {JSON}")


def _media_type(value: str) -> str:
    return value.partition(";")[0].strip().lower()
