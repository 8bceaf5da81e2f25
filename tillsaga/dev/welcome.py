"""What `tillsaga dev` says when everything runs."""

import json
from uuid import uuid4

import typer

from tillsaga.commands.loading import checked_stores
from tillsaga.dev.api_key import api_key
from tillsaga.dev.stack import Stack
from tillsaga.sandbox import world


def welcome(stack: Stack) -> None:
    """Print addresses, a key for trying, and a first request to paste."""
    stores = checked_stores(stack.home.stores_file, stack.environ_for_ours())
    key = api_key(stack.home, [store.id for store in stores.stores])
    addresses = {
        "API": stack.api_url,
        "OpenAPI": f"{stack.api_url}/openapi.json",
        "Temporal UI": stack.temporal_ui_url,
        "Vendor sandbox": f"{stack.sandbox_url}/_sandbox/books",
        "Stores file": str(stack.home.stores_file),
        "Logs": str(stack.home.logs),
        "API key": key,
    }
    typer.echo("Tillsaga is running. Ctrl-C stops it; its data stay.\n")
    for name, address in addresses.items():
        typer.echo(f"  {name:<16}{address}")
    typer.echo("\nOpen a checkout for Ann, who has vouchers, points and prepaid credit:\n")
    typer.echo(_curl(stack.api_url, key, stores.stores[0].id))


def _curl(api_url: str, key: str, store_id: str) -> str:
    line = {"line_id": "1", "type": "product", "sku": world.COFFEE, "title": "Flat white"}
    line |= {"quantity": "2"}
    body = {
        "store_id": store_id,
        "terminal_id": "till-1",
        "basket": {
            "id": str(uuid4()),
            "currency": "EUR",
            "lines": [{**line, "unit_amount": 350}],
        },
        "identifiers": [{"type": "card", "value": world.ANN_CARD}],
    }
    return (
        f"curl {api_url}/v1/checkouts \\\n"
        f"  -H 'Authorization: Bearer {key}' \\\n"
        f"  -H 'Content-Type: application/json' -H 'Idempotency-Key: {uuid4()}' \\\n"
        f"  -d '{json.dumps(body)}'\n"
    )
