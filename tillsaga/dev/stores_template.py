"""The stores file of a stack on one machine: a shop whose vendors are in the sandbox."""

import re
from pathlib import Path

from tillsaga.sandbox import world

STORE = "ams-1"
QUICK_TERMINAL = "till-quick"
SECRETS = {"LEAT_TOKEN": world.TOKEN, "LEAT_LOYALTY_TOKEN_SECRET": world.ACCOUNT_SECRET}

_TEMPLATE = """\
# Made by tillsaga to try it out, and kept: edit it as you like. See docs/configuration.md.
stores:
  - id: {store}
    name: Amsterdam Centraal
    currency: EUR
    timezone: Europe/Amsterdam
    providers:
      - name: leat
        kind: leat
        base_url: {sandbox}/leat
        credentials:
          token: "env:LEAT_TOKEN"
          loyalty_token_secret: "env:LEAT_LOYALTY_TOKEN_SECRET"
        settings:
          shop_uuid: {shop}
          portal_domain: portal.leat.test
          giftcard_program_uuid: gp-1
          settle_after: {settle_after}
    discounts:
      CPN-COFFEE: {{type: absolute, amount: 100, skus: [{coffee}], title: "1.00 off coffee"}}
    policy:
      abandon_after: 15m
    terminals:
      {quick}: {{abandon_after: 3s}}    # gives up quickly, to watch it happen
"""
_SANDBOX = re.compile(r"http://127\.0\.0\.1:\d+/leat\b")


def provide_stores_file(path: Path, sandbox: str, settle_after: str = "30s") -> None:
    """Write the file, or point the one that is there to where the sandbox is now."""
    if path.exists():
        known = path.read_text(encoding="utf-8")
        moved = _SANDBOX.sub(f"{sandbox}/leat", known)
        if moved != known:
            path.write_text(moved, encoding="utf-8")
        return
    text = _TEMPLATE.format(
        store=STORE,
        sandbox=sandbox,
        shop=world.SHOP,
        coffee=world.COFFEE,
        quick=QUICK_TERMINAL,
        settle_after=settle_after,
    )
    path.write_text(text, encoding="utf-8")
