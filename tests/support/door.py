"""The real API in front of a shop, where vendors can call it, and Temporal's forgetting."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import httpx
import uvicorn
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from api import connection
from api.app import create_app
from api.gateway import TemporalGateway
from api.services import Services
from tests.api.till import Till
from tests.support.contract import insist_on_contract
from tests.support.shop import Shop


@asynccontextmanager
async def open_door(shop: Shop, *scopes: str) -> AsyncIterator[Till]:
    """Serve the API on a port of its own; a till with a key for the store comes with it.

    `scopes` are the key's; that of a till unless others are given.
    """
    wiring = shop.wiring
    gateway = TemporalGateway(shop.client, shop.queue, wiring.vault)
    services = Services(
        stores=wiring.stores, database=wiring.database, gateway=gateway, vault=wiring.vault
    )
    _, secret = await services.api_keys.create("till", [*(scopes or ("pos",))], [shop.store.id])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            create_app(services),
            log_level="critical",
            access_log=False,
            **connection.OPTIONS,
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listening]))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            hooks = {"response": [insist_on_contract]}
            async with httpx.AsyncClient(base_url=url, timeout=30, event_hooks=hooks) as http:
                yield Till(http, secret, count(1))
        finally:
            server.should_exit = True
            await serving


async def forget(shop: Shop, checkout_id: str, run_id: str | None = None) -> None:
    """Drop the history, as Temporal does by itself after its retention."""
    handle = shop.client.get_workflow_handle(checkout_id, run_id=run_id)
    gone = WorkflowExecution(workflow_id=checkout_id, run_id=run_id or "")
    await shop.client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(namespace=shop.client.namespace, workflow_execution=gone)
    )
    while await _is_known(handle):
        pass


async def _is_known(handle: WorkflowHandle[Any, Any]) -> bool:
    try:
        await handle.describe()
    except RPCError as missing:
        return missing.status is not RPCStatusCode.NOT_FOUND
    return True
