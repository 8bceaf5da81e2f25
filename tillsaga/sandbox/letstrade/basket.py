"""What a till sends: store, terminal, codes and the basket (sheet 3 and 4)."""

from dataclasses import dataclass
from decimal import Decimal

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.letstrade.call import Call, Refusal
from tillsaga.sandbox.letstrade.form import Form

KINDS = ("P", "R", "E")
AMOUNTS = ("vat", "sub_total", "delivery_fee", "service_fee", "discount", "product_handling_fees")
USER_TEXTS = ("_id", "name", "surname", "cell_country_code", "cell_number")


@dataclass(frozen=True)
class Line:
    """One product line. Prices are cents per unit; `promotion` is set while on promotion."""

    sent: Record
    sku: str
    pid: str
    quantity: Decimal
    price: int
    promotion: int | None


@dataclass(frozen=True)
class External:
    """A voucher of the merchant's own; `value` is cents per unit of the product it names."""

    id: str
    value: int
    title: str | None
    sku: str | None
    quantity: Decimal | None
    apply_to_promotion: bool


@dataclass(frozen=True)
class Basket:
    """A request to quote or to finalise; `outstanding` is cents still to be paid."""

    store: str
    terminal: str
    codes: list[str]
    uuid: str
    total: int
    outstanding: int | None
    lines: list[Line]
    externals: list[External]
    user: Form | None
    sent: Record

    def fees(self) -> Record:
        """Answer the two fees both replies carry, as they were sent."""
        names = ("service_fee", "product_handling_fees")
        return {name: str(self.sent.get(name) or "0.00") for name in names}


def read_basket(form: Form, *, closing: bool) -> Basket:
    """Read a request to quote, or to finalise when `closing`.

    Raises:
        Malformed: a field is missing or wrong.
    """
    store, terminal = form.text("store_id"), form.text("terminal_id")
    inner = form.inner("basket")
    uuid, total = inner.text("uuid"), inner.cents("total")
    # One concept under two names (trap 1), required in a quote only.
    left = inner.cents_or_none("outstanding_amount") if closing else inner.cents("outstanding")
    lines = [_line(row, closing=closing) for row in inner.required_rows("product_list")]
    _check_rest(inner, lines, closing=closing)
    return Basket(
        store=store,
        terminal=terminal,
        codes=read_codes(form),
        uuid=uuid,
        total=total,
        outstanding=left,
        lines=lines,
        externals=[_external(row) for row in inner.rows("external_vouchers")],
        user=_user(inner),
        sent=inner.sent,
    )


def _check_rest(inner: Form, lines: list[Line], *, closing: bool) -> None:
    for name in AMOUNTS:
        inner.amount_or_none(name)
    if not closing:
        return
    # Any presence counts, even an empty list (sheet 4: "not accepted").
    if "external_vouchers" in inner.sent:
        raise inner.wrong("external_vouchers", "is not allowed")
    if not lines:
        raise inner.wrong("product_list", "must contain at least 1 items")
    inner.rows("vouchers")
    inner.rows("deals")


def read_codes(form: Form) -> list[str]:
    """Read the codes; a code's first letter is its kind (sheet 2)."""
    codes = form.texts("code")
    for n, code in enumerate(codes):
        if code[:1].upper() not in KINDS:
            raise form.wrong(f"code[{n}]", "must start with P, R or E")
    return codes


def _line(row: Form, *, closing: bool) -> Line:
    promotion = row.cents_or_none("promotion_price")
    for name in ("title", "barcode"):
        row.text_or_none(name)
    for condiment in row.rows("condiments"):
        _check_condiment(condiment)
    for add_on in row.rows("add_ons"):
        _line(add_on, closing=closing)
    if closing:
        row.rows("vouchers")
        row.inner_or_none("deal")
    return Line(
        sent=row.sent,
        sku=row.text("sku"),
        pid=row.text("pid"),
        quantity=row.amount("quantity"),
        price=row.cents("price"),
        promotion=promotion if row.flag("on_promotion") else None,
    )


def _check_condiment(condiment: Form) -> None:
    condiment.text("pid")
    for name in ("sku", "title"):
        condiment.text_or_none(name)
    for name in ("price", "quantity"):
        condiment.amount_or_none(name)


def _external(row: Form) -> External:
    return External(
        id=row.text("id"),
        value=row.cents("value"),
        title=row.text_or_none("title"),
        sku=row.text_or_none("sku"),
        quantity=row.amount_or_none("quantity"),
        apply_to_promotion=row.flag("apply_to_promotion"),
    )


def _user(inner: Form) -> Form | None:
    user = inner.inner_or_none("user")
    if user is not None:
        user.email_or_none("email")
        for name in USER_TEXTS:
            user.text_or_none(name)
    return user


def check_till(call: Call, store: str, terminal: str) -> None:
    """Refuse a store nobody knows, then a terminal the store does not have."""
    found = call.books.one("SELECT * FROM letstrade_stores WHERE store_id = ?", store)
    if found is None:
        raise Refusal("store_not_found")
    if terminal not in found["terminals"]:
        raise Refusal("terminal_not_found")
