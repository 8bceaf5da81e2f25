"""Let'sTrade in a demo: its customer, and what moves in its books."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import JsonValue

from tillsaga.demo.movements import Bill, Json, Ledger, Movement, done, taken_back
from tillsaga.demo.sandbox import Sandbox
from tillsaga.domain.model import Json as Data
from tillsaga.domain.ports import EffectRecord

VENDOR = "letstrade"
ORDER, VOUCHER = Ledger(VENDOR, "order"), Ledger(VENDOR, "voucher")
WALLET, CARD, LOAN = (Ledger(VENDOR, name, "money") for name in ("wallet", "card", "loan"))
_INSTRUMENTS = {ledger.name: ledger for ledger in (WALLET, CARD, LOAN)}
_WALLET, _VOUCHER = 40_00, 3_00


@dataclass(frozen=True)
class Customer:
    """Somebody with an app that shows codes: one pays from a wallet, one stands for a voucher.

    Codes live for ten minutes, so every customer comes with fresh ones.
    """

    user: str
    payment_code: str
    voucher_code: str

    def booked(self, books: Json, bill: Bill) -> Iterator[Movement]:
        """Write what the books have of this bill, whoever bought, and of this customer."""
        for order_id, order in books["orders"].items():
            if order["uuid"] == bill.basket_id:
                yield Movement(ORDER, order_id)
        for entry in books["customers"][self.user]["money_entries"]:
            if entry["entry"] != "opening":
                ledger = _INSTRUMENTS[entry["instrument"]]
                yield Movement(ledger, entry["order_id"], entry["amount_in_cents"])
        for code, known in books["codes"].items():
            if known["user_id"] == self.user and known["kind"] == "R" and known["used_at"]:
                yield Movement(VOUCHER, code)


def new_customer(sandbox: Sandbox) -> Customer:
    """Add a customer with 40.00 in a wallet, and with codes that were made just now."""
    customer = {
        "wallet_in_cents": _WALLET,
        "vouchers": [{"title": "3.00 off", "value_in_cents": _VOUCHER}],
        "codes": [{"kind": "P"}, {"kind": "R"}],
    }
    made = sandbox.seed(VENDOR, {"customers": [customer]})["customers"][0]
    payment_code, voucher_code = made["codes"]
    return Customer(made["user_id"], payment_code, voucher_code)


def recorded(records: Iterable[EffectRecord]) -> Iterator[Movement]:
    """Write the records of a checkout's effects at Let'sTrade as movements."""
    for record in records:
        did = record.do.done
        if record.order.operation != "finalise" or did is None:
            continue
        if done(record) and not taken_back(record):
            yield Movement(ORDER, did.transaction_id)
            split = did.data.get("split") or _planned(record)
            yield from _charged(split, did.transaction_id)
            yield from _burned(did.data)


def _planned(record: EffectRecord) -> JsonValue:
    """What the codes were to pay, from a wallet: after a lost answer nobody says what they did."""
    tenders = record.order.sale.tenders if record.order.sale else ()
    return {WALLET.name: sum(t.amount for t in tenders if t.type == "wallet")}


def _charged(split: JsonValue, order_id: str | None) -> Iterator[Movement]:
    for instrument, cents in split.items() if isinstance(split, dict) else ():
        if isinstance(cents, int) and cents:
            yield Movement(_INSTRUMENTS[instrument], order_id, -cents)


def _burned(data: Data) -> Iterator[Movement]:
    codes = data.get("codes")
    for code in codes if isinstance(codes, list) else ():
        if isinstance(code, str) and code.startswith("R"):
            yield Movement(VOUCHER, code)
