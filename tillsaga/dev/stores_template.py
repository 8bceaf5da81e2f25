"""The stores file of a stack on one machine: three shops whose vendors are all in the sandbox."""

import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

from tillsaga.sandbox import world as leat
from tillsaga.sandbox.koupon import world as koupon
from tillsaga.sandbox.letstrade import world as letstrade
from tillsaga.sandbox.loyale import world as loyale
from tillsaga.sandbox.wll import world as wll


@dataclass(frozen=True)
class DevStore:
    """One store of the file; `vendors` are the kinds it works with."""

    id: str
    name: str
    currency: str
    timezone: str
    vendors: tuple[str, ...]


AMSTERDAM = DevStore("ams-1", "Amsterdam Centraal", "EUR", "Europe/Amsterdam", ("leat",))
UTRECHT = DevStore(
    "utr-1", "Utrecht Oudegracht", "EUR", "Europe/Amsterdam", ("leat", "letstrade", "wll", "loyale")
)
NEW_YORK = DevStore(
    "nyc-1", "New York Broadway", "USD", "America/New_York", ("leat", "loyale", "koupon")
)
STORES = (AMSTERDAM, UTRECHT, NEW_YORK)
TERMINAL, QUICK_TERMINAL = "till-1", "till-quick"

SECRETS = {
    "LEAT_TOKEN": leat.TOKEN,
    "LEAT_LOYALTY_TOKEN_SECRET": leat.ACCOUNT_SECRET,
    "LETSTRADE_TOKEN": letstrade.TOKEN,
    "LETSTRADE_CALLBACK_SECRET": letstrade.CALLBACK_SECRET,
    "WLL_API_KEY": wll.API_KEY,
    "WLL_CLIENT_ID": wll.CLIENT_ID,
    "WLL_CLIENT_SECRET": wll.CLIENT_SECRET,
    "LOYALE_SCHEME_ID": loyale.SCHEME,
    "LOYALE_API_KEY": loyale.API_KEY,
    "KOUPON_IDENTIFIER": koupon.IDENTIFIER,
    "KOUPON_SECRET": koupon.SECRET,
}

_HEAD = """\
# Made by tillsaga to try it out, and kept: edit it as you like. See docs/configuration.md.
stores:
"""
_STORE = """\
  - id: {id}
    name: {name}
    currency: {currency}
    timezone: {timezone}
    providers:
{providers}\
    discounts:
{discounts}\
    policy:
      abandon_after: 15m
    terminals:
      {quick}: {{abandon_after: 3s}}    # gives up quickly, to watch it happen
"""
_PROVIDERS = {
    "leat": """\
- name: leat
  kind: leat
  base_url: {sandbox}/leat
  credentials:
    token: "env:LEAT_TOKEN"
    loyalty_token_secret: "env:LEAT_LOYALTY_TOKEN_SECRET"
  settings:
    shop_uuid: {leat.SHOP}
    portal_domain: portal.leat.test
    giftcard_program_uuid: {leat.PROGRAM}
    settle_after: {settle_after}
    circuit_open_for: 2s
    rate_per_second: 1000    # the sandbox has no limit
""",
    "letstrade": """\
- name: letstrade
  kind: letstrade
  base_url: {sandbox}/letstrade
  credentials:
    token: "env:LETSTRADE_TOKEN"
    callback_secret: "env:LETSTRADE_CALLBACK_SECRET"
  settings:
    store_id: {letstrade.STORE}
    terminals: {{{terminal}: {letstrade.TERMINAL}, {quick}: {letstrade.OTHER_TERMINAL}}}
    settle_after: {settle_after}
    circuit_open_for: 2s
    rate_per_second: 1000    # the sandbox has no limit
""",
    "wll": """\
- name: wll
  kind: wll
  base_url: {sandbox}/wll/api/v1
  credentials:
    api_key: "env:WLL_API_KEY"
    client_id: "env:WLL_CLIENT_ID"
    client_secret: "env:WLL_CLIENT_SECRET"
  settings:
    auth_url: {sandbox}/wll/auth/oauth/token
    receipts_base_url: {sandbox}/wll/receipts/v1
    location_id: {wll.VENUE}
    redeem_event: {wll.SPEND_TYPE}
    refund_event: {wll.REFUND_TYPE}
    points_per_unit: 100
    settle_after: {settle_after}
    circuit_open_for: 2s
    rate_per_second: 1000    # the sandbox has no limit
""",
    "loyale": """\
- name: loyale
  kind: loyale
  base_url: {sandbox}/loyale
  credentials:
    scheme_id: "env:LOYALE_SCHEME_ID"
    api_key: "env:LOYALE_API_KEY"
  settings:
    outlet_id: {loyale.OUTLET}
    settle_after: {settle_after}
    circuit_open_for: 2s
    rate_per_second: 1000    # the sandbox has no limit
""",
    "koupon": """\
- name: koupon
  kind: koupon
  base_url: {sandbox}/koupon
  credentials:
    identifier: "env:KOUPON_IDENTIFIER"
    secret: "env:KOUPON_SECRET"
  settings:
    koupon_store_id: "1001"
    settle_after: {settle_after}
    circuit_open_for: 2s
    rate_per_second: 1000    # the sandbox has no limit
""",
}
_DISCOUNTS = {
    "leat": """\
CPN-COFFEE: {{type: absolute, amount: 100, skus: [{leat.COFFEE}], title: "1.00 off coffee"}}
""",
    "letstrade": "",
    "wll": """\
{wll.STATIC_CODE}: {{type: absolute, amount: 100, title: "Welcome: 1.00 off"}}
""",
    "loyale": """\
"{loyale.COUPON}": {{type: absolute, amount: 200, title: "2.00 off"}}
""",
    # Its coupon CPN-COFFEE has the price that Leat's rule of this name has.
    "koupon": """\
{koupon.SNACK}: {{type: absolute, amount: 50, title: "0.50 off a snack"}}
"{koupon.BARCODE}": {{type: absolute, amount: 150, title: "1.50 off cola"}}
"{koupon.BARCODE_MULTI}": {{type: absolute, amount: 100, title: "1.00 off cola"}}
"{koupon.BARCODE_REDEEMED}": {{type: absolute, amount: 100, title: "Gone cola"}}
""",
}
_SANDBOX = re.compile(rf"http://127\.0\.0\.1:\d+/({'|'.join(_PROVIDERS)})\b")


def provide_stores_file(path: Path, sandbox: str, settle_after: str = "30s") -> None:
    """Write the file, or point the one that is there to where the sandbox is now."""
    if path.exists():
        known = path.read_text(encoding="utf-8")
        moved = _SANDBOX.sub(rf"{sandbox}/\1", known)
        if moved != known:
            path.write_text(moved, encoding="utf-8")
        return
    text = _HEAD + "".join(_written(store, sandbox, settle_after) for store in STORES)
    path.write_text(text, encoding="utf-8")


def _written(store: DevStore, sandbox: str, settle_after: str) -> str:
    facts = {"sandbox": sandbox, "settle_after": settle_after}
    facts |= {"terminal": TERMINAL, "quick": QUICK_TERMINAL}
    worlds = {"leat": leat, "letstrade": letstrade, "wll": wll, "loyale": loyale, "koupon": koupon}

    def of_vendors(parts: dict[str, str]) -> str:
        text = "".join(parts[vendor] for vendor in store.vendors)
        return indent(text.format(**facts, **worlds), " " * 6)

    return _STORE.format(
        id=store.id,
        name=store.name,
        currency=store.currency,
        timezone=store.timezone,
        providers=of_vendors(_PROVIDERS),
        discounts=of_vendors(_DISCOUNTS),
        quick=QUICK_TERMINAL,
    )
