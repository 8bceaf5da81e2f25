"""Discounts out of custom attributes (sheet 3.12, seed "Custom attributes")."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from pydantic import JsonValue, ValidationError

from tillsaga.connectors.leat.shapes import Reward, Voucher
from tillsaga.domain.discounts import Discount
from tillsaga.domain.money import to_minor

Attributes = Mapping[str, JsonValue]
Parts = dict[str, object]


class Discounts:
    """What an offer's attributes are worth in one store."""

    def __init__(self, prefix: str, currency: str, rules: Mapping[str, Discount]) -> None:
        """Take the account's attribute prefix and the store's own price list."""
        self._prefix = prefix
        self._currency = currency
        self._rules = rules

    def of_voucher(self, voucher: Voucher) -> tuple[Discount | None, int | None]:
        """Read a voucher: discount and minimum spend (minor units)."""
        promotion = voucher.promotion
        flattened = (promotion.model_extra or {}) if promotion else {}
        return self._of({**flattened, **_set(voucher.attributes)})

    def of_reward(self, reward: Reward | None) -> tuple[Discount | None, int | None]:
        """Read a reward: discount and minimum spend (minor units)."""
        return self._of((reward.model_extra or {}) if reward else {})

    def _of(self, attributes: Attributes) -> tuple[Discount | None, int | None]:
        mine = {
            name.removeprefix(self._prefix): value
            for name, value in _set(attributes).items()
            if name.startswith(self._prefix)
        }
        rule = mine.get("discount_rule_id")
        if rule is not None:
            found = self._rules.get(_text(rule))
            return found, found.min_spend_amount if found else None
        minimum = self._amount(mine.get("minimum_spend"))
        if minimum is None and "minimum_spend" in mine:
            return None, None  # a condition that cannot be read must not be skipped
        return self._direct(mine, minimum), minimum

    def _direct(self, mine: Attributes, minimum: int | None) -> Discount | None:
        make = _TYPES.get(_text(mine.get("discount_type")))
        parts = make(self, mine.get("discount_value")) if make else None
        scope = {
            "skus": _split(mine.get("product_code")),
            "categories": _split(mine.get("category")),
        }
        if parts is None:
            return None
        if parts["type"] == "free_item" and not any(scope.values()):
            return None  # else the dearest item of all would be free
        try:
            return Discount.model_validate({**parts, **scope, "min_spend_amount": minimum})
        except ValidationError:
            return None

    def _amount(self, value: JsonValue) -> int | None:
        number = _number(value)
        return None if number is None or number < 0 else to_minor(number, self._currency)

    def percentage(self, value: JsonValue) -> Parts | None:
        """`discount_value` is per cent."""
        number = _number(value)
        return {"type": "percentage", "percent": number} if number else None

    def absolute(self, value: JsonValue) -> Parts | None:
        """`discount_value` is in major units (trap 15)."""
        amount = self._amount(value)
        return {"type": "absolute", "amount": amount} if amount else None

    def free_item(self, _: JsonValue) -> Parts | None:
        """One matching item; `discount_value` says nothing more."""
        return {"type": "free_item"}


_TYPES: dict[str, Callable[[Discounts, JsonValue], Parts | None]] = {
    "percentage_discount": Discounts.percentage,
    "absolute_discount": Discounts.absolute,
    "free_item": Discounts.free_item,
}


def _set(attributes: Attributes) -> dict[str, JsonValue]:
    return {name: value for name, value in attributes.items() if value not in (None, "", [])}


def _text(value: JsonValue) -> str:
    """A select's value; some servers wrap it in a list."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return str(value).strip() if isinstance(value, str | int) else ""


def _split(value: JsonValue) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    texts = [part.strip() for each in values for part in _text(each).split(",")]
    return tuple(text for text in texts if text)


def _number(value: JsonValue) -> Decimal | None:
    """Read a decimal; a JSON number is taken as it was written, which `repr` gives back."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
