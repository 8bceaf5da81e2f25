"""The page about the sandbox says what there is, and nothing that is not so."""

import json
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from starlette.routing import Mount, Route

from tillsaga.sandbox import world as leat
from tillsaga.sandbox.app import create_app
from tillsaga.sandbox.endpoint import VendorEndpoint
from tillsaga.sandbox.faults import Kind, Rule
from tillsaga.sandbox.koupon import world as koupon
from tillsaga.sandbox.letstrade import world as letstrade
from tillsaga.sandbox.letstrade.callback import Selection
from tillsaga.sandbox.loyale import world as loyale
from tillsaga.sandbox.tampering import Tampered
from tillsaga.sandbox.vendor import Acting, Vendor
from tillsaga.sandbox.wll import world as wll

PAGE = (Path(__file__).parents[2] / "docs/sandbox.md").read_text().replace(r"\|", "|")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| `")]
APP = create_app()
VENDORS: dict[str, Vendor] = {
    mount.path.removeprefix("/"): mount.app._vendor
    for mount in APP.routes
    if isinstance(mount, Mount) and isinstance(mount.app, VendorEndpoint)
}
LEATS_WORLD = "tillsaga.sandbox.world"
DATES = ("PAST", "FUTURE")
HELD = {
    "Leat's points": (leat.LEAT["contacts"], "uuid", "points"),
    "Leat's prepaid": (leat.LEAT["contacts"], "uuid", "prepaid_in_cents"),
    "Leat's rewards": (leat.LEAT["rewards"], "uuid", "required_credits"),
    "Leat's gift cards": (leat.LEAT["giftcards"], "hash", "balance_in_cents"),
    "Let'sTrade's wallets": (letstrade.LETSTRADE["customers"], "user_id", "wallet_in_cents"),
    "Let'sTrade's vouchers": (letstrade.LETSTRADE["vouchers"], "voucher_id", "value_in_cents"),
    "the engine's points": (wll.WLL["users"], "id", "points"),
    "Loyale's points": (loyale.LOYALE["customers"], "id", "points"),
    "Loyale's gift cards": (loyale.LOYALE["gift_cards"], "barcode", "value_in_cents"),
    "Loyale's coupons": (loyale.LOYALE["coupons"], "barcode", "uses"),
    "Koupon's barcodes": (koupon.KOUPON["barcodes"], "discount_asset", "uses"),
}


def rows_of(name: str) -> list[str]:
    """Find the rows of the page's tables that are about a thing."""
    return [row for row in ROWS if row.startswith(f"| `{name}`")]


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split(" | ")]


def part_of(vendor: str) -> str:
    """Find the section that names a vendor's operations."""
    names = [operation["name"] for operation in VENDORS[vendor].operations()]
    parts = re.split(r"(?m)^## ", PAGE)
    return next(part for part in parts if all(f"`{name}`" in part for name in names))


def test_every_vendor_has_its_address() -> None:
    addresses = {cells(line)[1]: cells(line)[2] for line in PAGE.splitlines() if "| `/" in line}

    assert addresses.keys() == {f"`{vendor}`" for vendor in VENDORS}
    assert all(address.startswith(f"`/{kind[1:-1]}") for kind, address in addresses.items())


def test_the_control_plane_is_that_of_the_page() -> None:
    said = {name for name in re.findall(r"\| `([A-Z]+ /_sandbox/[^`]*)` \|", PAGE)}

    assert said == set(control_plane())


def control_plane() -> list[str]:
    mounts = [one for one in APP.routes if isinstance(one, Mount) and one.path == "/_sandbox"]
    routes = [one for one in mounts[0].routes if isinstance(one, Route)]
    asked = [(route, method) for route in routes for method in route.methods or ()]
    return [f"{method} /_sandbox{route.path}" for route, method in asked if method != "HEAD"]


def test_every_fault_is_on_the_page_with_its_fields() -> None:
    assert all(len(rows_of(kind)) == 1 for kind in get_args(Kind))
    assert all(f"`{name}`" in PAGE for name in Rule.model_fields)


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_switch_is_on_the_page_with_its_values(vendor: str) -> None:
    said = dict(re.findall(r"(?m)^\| `(\w+)` \| ([^|]+) \| [^|]+ \|$", part_of(vendor)))

    for name, values in VENDORS[vendor].allowed_switches.items():
        assert said[name] == ", ".join(f"`{json.dumps(value)}`" for value in values), name


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_an_older_answer_is_stands_on_the_page(vendor: str) -> None:
    sets = [f"`{name}: {json.dumps(v)}`" for name, v in VENDORS[vendor].old_shape.items()]

    assert all(one in part_of(vendor).replace("\n", " ") for one in sets)


def test_every_ledger_that_may_be_tampered_with_is_on_the_page() -> None:
    said = {tuple(cells(row)[1:]) for row in PAGE.splitlines() if row.startswith("|")}
    tampered = [held for held in VENDORS.values() if isinstance(held, Tampered)]

    assert len(tampered) == 3
    for name, ledger in (one for held in tampered for one in held.ledgers.items()):
        assert (f"`{name}`", ", ".join(f"`{column}`" for column in ledger.columns)) in said


def test_every_action_of_a_vendor_is_on_the_page() -> None:
    acting = {name: held for name, held in VENDORS.items() if isinstance(held, Acting)}
    actions = [f"/_sandbox/{name}/{one}" for name, held in acting.items() for one in held.actions]

    assert actions
    assert all(f"`POST {action}`" in PAGE for action in actions)
    assert all(f"`{field}`" in PAGE for field in Selection.model_fields)


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_list_of_a_seed_is_on_the_page_with_its_fields(vendor: str) -> None:
    said = dict(re.findall(r"(?m)^\| `(\w+)` \| ([^|]+) \|$", part_of(vendor)))

    for name, listed in seed_of(vendor).model_fields.items():
        entry: type[BaseModel] = get_args(listed.annotation)[0]
        fields = [field.alias or own for own, field in entry.model_fields.items()]
        assert said[name] == ", ".join(f"`{field}`" for field in fields), name


def seed_of(vendor: str) -> type[BaseModel]:
    """Find what a vendor's seed endpoint takes: `LeatSeed` and its like."""
    seeding = vars(import_module(f"tillsaga.sandbox.{vendor}.seeding"))
    found: type[BaseModel] = next(
        seeding[name] for name in seeding if name.lower() == f"{vendor}seed"
    )
    return found


@pytest.mark.parametrize("vendor", VENDORS)
def test_everything_of_a_world_that_has_a_name_is_on_the_page(vendor: str) -> None:
    own = f"tillsaga.sandbox.{vendor}.world"
    world = import_module(LEATS_WORLD if vendor == "leat" else own)

    missing = [f"{n} = {v}" for n, v in named(world) if f"`{v}`" not in part_of(vendor)]

    assert missing == []
    assert named(world)


def named(world: ModuleType) -> list[tuple[str, str]]:
    constants = ((name, value) for name, value in vars(world).items() if name.isupper())
    return [(n, v) for n, v in constants if isinstance(v, str) and n not in DATES]


@pytest.mark.parametrize(("listed", "identity", "field"), HELD.values(), ids=HELD)
def test_what_customers_and_cards_hold_is_that_of_the_world(
    listed: list[dict[str, Any]], identity: str, field: str
) -> None:
    for entry in listed:
        least = 1 if field == "uses" else 0
        amount = entry.get(field, least)
        shown = f"{amount / 100:.2f}" if field.endswith("_in_cents") else str(amount)
        if field == "wallet_in_cents" and field not in entry:
            shown = "none"
        assert any(shown in cells(row) for row in rows_of(entry[identity])), (entry, shown)
