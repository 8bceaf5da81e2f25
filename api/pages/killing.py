"""Killing a process of `tillsaga dev`, to watch everything recover.

These routes exist only where the API knows its supervisor's socket: nowhere but in `tillsaga dev`.
"""

import asyncio
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.dependencies import ServicesDep
from api.pages.breaking import KILLABLE
from api.pages.frame import render
from api.pages.signing import PageRoute, SignedIn, Visitor
from tillsaga.errors import Refusal, Unavailable

router = APIRouter(prefix="/pos/breaking/kill", route_class=PageRoute, include_in_schema=False)

AdminVisitor = Annotated[Visitor, Depends(SignedIn("admin"))]
ANSWER_SECONDS = 5.0
_SAID = {
    "killed": "Killed, as by a power cut. It starts again in three seconds: watch the saga.",
    "down": "It is down already, and starts again in a moment.",
}


@router.post("/{name}", operation_id="killProcess")
async def kill(
    request: Request, services: ServicesDep, visitor: AdminVisitor, name: str
) -> Response:
    """Have the supervisor kill a process with SIGKILL; it starts it again by itself."""
    if services.dev_control is None or name not in KILLABLE:
        raise Refusal("not_found", "no such process can be killed here")
    said = _SAID.get(await _ask(services.dev_control, name))
    if said is None:
        raise Unavailable("the supervisor knows no such process")
    return render(request, "breaking/killed.html", name=name, said=said)


async def _ask(control: Path, name: str) -> str:
    """Write the name, read one word; see `tillsaga.dev.control`."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_unix_connection(str(control))
            try:
                writer.write(name.encode())
                await writer.drain()
                return (await reader.read(64)).decode()
            finally:
                writer.close()
    except (OSError, TimeoutError) as lost:
        raise Unavailable("the supervisor is busy starting something; try again") from lost
