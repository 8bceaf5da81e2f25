"""One call to Leat: what a handler gets, what it answers, how it refuses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tillsaga.sandbox import wire
from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.wire import Fields

MESSAGES = {
    1000: "Something went wrong.",
    1003: "The given data was invalid.",
    1008: "Shop not found.",
    1015: "Maximum number of credits reached.",
    1017: "Insufficient credits.",
    1018: "Reward out of stock.",
    1019: "Claim limit reached.",
    1027: "POS transaction not found.",
    1034: "Loyalty token already redeemed.",
    1052: "Reward inactive.",
    1100: "Giftcard program not found.",
    1114: "Only non re-incrementable giftcards are allowed here.",
    5001: "Giftcard not found.",
    5002: "Giftcard expired.",
    5003: "Insufficient balance.",
    5006: "Giftcard cannot be incremented.",
    5008: "Giftcard program maximum exceeded.",
    5010: "Giftcard transaction not found.",
    6001: "POS transaction already linked.",
    6003: "Reward not found.",
    6007: "Automated email not found.",
    7010: "Giftcard not valid.",
    55021: "Only digital giftcards can be created.",
    55025: "Transaction is not the last transaction of the giftcard.",
    55031: "Contact not found.",
    60001: "A credit reception is already being created.",
    60003: "Contact identifier not found.",
    60004: "Contact identifier inactive.",
    60005: "Contact already exists.",
    60006: "Contact identifier already exists.",
    60007: "Unit not found.",
    60009: "Attribute already exists.",
    60011: "Contact identifier not linked to a contact.",
    60013: "Model not found.",
    60014: "Contact identifier already linked.",
    60016: "Contact is not anonymous.",
    60018: "Version 1 needs credits.",
    60019: "Version 2 needs a unit.",
    80002: "Promotie niet gevonden | Promotion not found.",
    80003: "Voucher bestaat al | Voucher already exists.",
    80004: "Voucher niet gevonden | Voucher not found.",
    80005: "Voucher al verzilverd | Voucher already redeemed.",
    80006: "Voucher verlopen | Voucher expired.",
    80008: "Voucherlimiet bereikt | Voucher limit reached.",
    80012: "Voucher gedeactiveerd | Voucher deactivated.",
    80014: "Voucher inactief | Voucher inactive.",
    80017: "Voucher al vergrendeld | Voucher already locked.",
    80019: "Te weinig verzilveringen | Not enough redemptions left.",
    80020: "Promotie inactief | Promotion inactive.",
    80300: "Collectable reward not found or expired.",
}
"""Messages by code (sheet 2); some are bilingual, so that nobody matches on them."""


class Refusal(Exception):
    """Leat says no: HTTP 400 with one of the codes of sheet 2."""

    def __init__(self, code: int) -> None:
        """Refuse with a code of `MESSAGES`."""
        super().__init__(f"{code}: {MESSAGES[code]}")
        self.code = code


@dataclass(frozen=True)
class Call:
    """What a handler gets to work with."""

    books: Books
    fields: Fields
    path: Mapping[str, str]
    switches: Mapping[str, Any]
    url: str
    register: bool = False

    def now(self) -> str:
        """Answer the present moment as it is stored and sent."""
        return self.books.now()


@dataclass(frozen=True)
class Answer:
    """What a handler answers; `meta` is documented per operation, mostly `[]`."""

    data: Any
    meta: Any = field(default_factory=list)
    status: int = 200
    links: Record | None = None


class Operation(wire.Operation[Call]):
    """An operation of Leat; `register` ones exist under the register prefix too."""
