"""What `tillsaga dev` says when everything runs."""

import json
import shlex
from collections.abc import Iterable
from uuid import uuid4

import typer

from tillsaga.commands.loading import checked_stores
from tillsaga.dev.api_key import api_key
from tillsaga.dev.environment import write_environment
from tillsaga.dev.stack import Stack
from tillsaga.sandbox import world as leat
from tillsaga.sandbox.scannable import SCANNABLE
from tillsaga.stores import Store

GUIDE = "docs/sandbox.md"
_WIDTH = 18
_FRESH = {"letstrade": "codes live ten minutes; the last line below makes a customer with two"}


def welcome(stack: Stack) -> None:
    """Print addresses, a key for trying, the stores, what to scan, and a first request.

    What a second terminal needs is written into the data folder.
    """
    stores = checked_stores(stack.home.stores_file, stack.environ_for_ours()).stores
    key = api_key(stack.home, [store.id for store in stores])
    typer.echo("Tillsaga is running. Ctrl-C stops it; its data stay.\n")
    _list(
        {
            "Pages": f"{stack.api_url}/pos",
            "Pages, signed in": f"{stack.api_url}/sign-in?next=/pos#{key}",
            "API": stack.api_url,
            "OpenAPI": f"{stack.api_url}/openapi.json",
            "Temporal UI": stack.temporal_ui_url,
            "Worker": f"{stack.worker_url}/readyz",
            "Vendor sandbox": f"{stack.sandbox_url}/_sandbox/books",
            "Stores file": str(stack.home.stores_file),
            "Logs": str(stack.home.logs),
            "API key": key,
            "Other terminals": f". {shlex.quote(str(write_environment(stack)))}",
        }
    )
    typer.echo("\nStores, and the vendors of each:\n")
    _list({f"{store.id} ({store.currency})": _vendors(store) for store in stores})
    typer.echo(f"\nTo scan, out of the vendors' worlds ({GUIDE} has more, and how to make new):\n")
    _list(_codes(stores))
    typer.echo("\nOpen a checkout for Ann, who has vouchers, points and prepaid credit:\n")
    typer.echo(_opening(stack.api_url, key, stores[0]))
    typer.echo("Make a Let'sTrade customer; the codes of the answer pay and redeem:\n")
    typer.echo(_minting(stack.sandbox_url))


def _list(rows: dict[str, str]) -> None:
    for name, words in rows.items():
        typer.echo(f"  {name:<{_WIDTH}}{words}")


def _vendors(store: Store) -> str:
    return ", ".join(provider.name for provider in store.providers)


def _codes(stores: Iterable[Store]) -> dict[str, str]:
    used = {provider.kind for store in stores for provider in store.providers}
    return {kind: _FRESH.get(kind) or _written(kind) for kind in SCANNABLE if kind in used}


def _written(kind: str) -> str:
    """List a vendor's codes, one below the other."""
    return f"\n  {'':<{_WIDTH}}".join(f"{one.code}  {one.words}" for one in SCANNABLE[kind])


def _opening(api_url: str, key: str, store: Store) -> str:
    line = {"line_id": "1", "type": "product", "sku": leat.COFFEE, "title": "Flat white"}
    line |= {"quantity": "2"}
    body = {
        "store_id": store.id,
        "terminal_id": "till-1",
        "basket": {
            "id": str(uuid4()),
            "currency": store.currency,
            "lines": [{**line, "unit_amount": 350}],
        },
        "identifiers": [{"type": "card", "value": leat.ANN_CARD}],
    }
    return (
        f"curl {api_url}/v1/checkouts \\\n"
        f"  -H 'Authorization: Bearer {key}' \\\n"
        f"  -H 'Content-Type: application/json' -H 'Idempotency-Key: {uuid4()}' \\\n"
        f"  -d '{json.dumps(body)}'\n"
    )


def _minting(sandbox_url: str) -> str:
    codes = [{"kind": "P"}, {"kind": "R"}]
    customer = {"wallet_in_cents": 4000, "vouchers": [{"value_in_cents": 300}], "codes": codes}
    body = json.dumps({"customers": [customer]})
    return f"curl {sandbox_url}/_sandbox/seed/letstrade -d '{body}'\n"
