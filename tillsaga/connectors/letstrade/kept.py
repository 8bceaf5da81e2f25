"""How an offer or tender keeps what the vendor gave with it (`data`), written and read here.

| key | holds |
|---|---|
| `code` | the customer's code |
| `vouchers`, `deals`, `subscriptions` | objects of the whole basket, verbatim |
| `line_vouchers`, `line_deals`, `line_subscriptions` | objects of single lines, by line id |
| `appended` | the customer picked it in the app: the vendor's id of the bill |
| `goods` | units and price of the products for which it was picked, by sku |
| `bill_amount` | the bill for which a mere sum was picked, minor units |
| `split` | what a payment code covers per instrument, minor units |
"""

from tillsaga.domain.model import Json


def code_in(data: Json) -> str | None:
    """Read the code."""
    code = data.get("code")
    return code if isinstance(code, str) else None


def objects_in(data: Json, name: str) -> list[Json]:
    """Read the objects of the whole basket."""
    return _objects(data.get(name))


def line_objects_in(data: Json, name: str) -> dict[str, list[Json]]:
    """Read the objects of single lines."""
    lines = data.get(f"line_{name}")
    if not isinstance(lines, dict):
        return {}
    return {line_id: _objects(things) for line_id, things in lines.items()}


def vouchers_in(data: Json) -> list[Json]:
    """Read all vouchers, of the basket and of lines."""
    lines = line_objects_in(data, "vouchers").values()
    return [*objects_in(data, "vouchers"), *(each for things in lines for each in things)]


def _objects(things: object) -> list[Json]:
    return [each for each in things if isinstance(each, dict)] if isinstance(things, list) else []
