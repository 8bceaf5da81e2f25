"""Let'sTrade as a vendor of the sandbox: who may call, and how answers are wrapped.

Sheet 1, 7. One static bearer token; replies are bare, errors have the envelope of the
vendor's sister services.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.letstrade import finalise, ledger, quotes, refunds, seeding, world
from tillsaga.sandbox.letstrade.call import REFUSALS, Answer, Call, Refusal
from tillsaga.sandbox.letstrade.callback import append_vouchers
from tillsaga.sandbox.letstrade.form import Malformed, read_form
from tillsaga.sandbox.letstrade.schema import SCHEMA
from tillsaga.sandbox.wire import Asked, NoRoute, Reply, Router, json_reply

SWITCHES: Mapping[str, tuple[Any, ...]] = {
    "envelope": ("bare", "wrapped"),  # sheet 1: replies may come as {success, message, content}
    "strict_amounts": (True, False),  # sheet 7: amounts and quantities that are numbers: 400
    "finalise_duplicate": ("reject", "replay"),  # sheet 4: the same basket.uuid once more
    "refund_enabled": (False, True),  # sheet 5: else 501
    "product_handling_fees": ("0.00", "1.50"),  # sheet 3: what a quote adds to the bill
    # What the sheet tells tills to be ready for.
    "errors_as_200": (False, True),  # sheet 1: HTTP 200 with success:false
    "finalise_order_id": ("same", "fresh"),  # trap 7: another order_id than the quote's
}
"""Every switch with its values, the default first."""
AREAS = (quotes, finalise, refunds)


class LetsTrade:
    """The vendor: one transaction per request, all or nothing."""

    name = "letstrade"
    allowed_switches = SWITCHES
    old_shape: Mapping[str, Any] = {"envelope": "wrapped"}
    actions: Mapping[str, Callable[[Record], Awaitable[Record]]]

    def __init__(self, books: Books) -> None:
        """Keep the books in this database."""
        self._books = books
        self._router: Router[Call] = Router()
        self._operations = [one for area in AREAS for one in area.OPERATIONS]
        for operation in self._operations:
            self._router.add(operation.path, operation)
        self.switches = {name: values[0] for name, values in SWITCHES.items()}
        self.actions = {"append-vouchers": partial(append_vouchers, books)}
        books.script(SCHEMA)

    def answer(self, asked: Asked) -> Reply:
        """Do what is asked and answer."""
        switches = self.switches | dict(asked.switches)
        try:
            with self._books.transaction():
                return _wrapped(self._answer(asked, switches), switches)
        except Refusal as refused:
            status, message, content = refused.status, refused.message, refused.content
        except Malformed as wrong:
            status, message, content = 400, str(wrong), None
        except NoRoute as nowhere:
            message = f"Cannot {asked.method} {asked.path}"
            status, content = nowhere.status, None
        return _error(200 if switches["errors_as_200"] else status, message, content)

    def _answer(self, asked: Asked, switches: Mapping[str, Any]) -> Answer:
        operation, _ = self._router.find(asked.method, asked.path)
        if asked.headers.get("authorization") != f"Bearer {world.TOKEN}":
            raise Refusal("unauthorized")
        form = read_form(asked, strict=switches["strict_amounts"])
        answer: Answer = operation.handler(Call(self._books, form, switches))
        return answer

    def identify(self, method: str, path: str) -> str | None:
        """Name the operation a request would reach, if any."""
        try:
            return self._router.find(method, path)[0].name
        except NoRoute:
            return None

    def operations(self) -> list[Record]:
        """Describe every operation: name, method and path."""
        return [{"name": o.name, "method": o.method, "path": o.path} for o in self._operations]

    def refusal(self, code: int | str, message: str | None) -> Reply:
        """Say no with an HTTP status or a name of `REFUSALS`; the wire has no codes."""
        if isinstance(code, str):
            status, text = REFUSALS.get(code, (400, code))
        else:
            texts = dict(list(REFUSALS.values())[::-1])
            status, text = code, texts.get(code, "Request refused")
        return _error(status, message or text, None)

    def dump(self) -> Record:
        """Show the books."""
        with self._books.transaction():
            return ledger.dump(self._books)

    def is_empty(self) -> bool:
        """Tell whether there is not even a store."""
        return self._books.number("SELECT COUNT(*) FROM letstrade_stores") == 0

    def load_world(self) -> None:
        """Empty the books and put the documented world in."""
        with self._books.transaction():
            for table in self._books.tables(self.name):
                self._books.run(f"DELETE FROM {table}")
            seeding.add(self._books, world.LETSTRADE)

    def add(self, wanted: Record) -> Record:
        """Add objects to the world and answer their ids."""
        with self._books.transaction():
            return seeding.add(self._books, wanted)


def _wrapped(answer: Answer, switches: Mapping[str, Any]) -> Reply:
    if switches["envelope"] == "bare":
        return json_reply(200, answer.content)
    wrapped = {"success": True, "message": answer.message, "content": answer.content}
    return json_reply(200, wrapped)


def _error(status: int, message: str, content: Record | None) -> Reply:
    return json_reply(status, {"success": False, "message": message, "content": content})
