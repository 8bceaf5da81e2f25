"""For those who run it."""

import asyncio

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse, PlainTextResponse, Response

from api import documented, examples
from api.dependencies import OperatingHolder, ServicesDep
from api.problems import problem
from api.schemas import Health, Readiness
from api.services import Services
from tillsaga.errors import Unavailable

router = APIRouter(tags=["operations"])

CHECK_SECONDS = 1.0


@router.get(
    "/healthz",
    operation_id="getHealth",
    summary="Say whether the process lives",
    response_class=JSONResponse,
    responses=documented.question(documented.good("It lives", Health, "HEALTH"), "internal_error"),
)
async def get_health() -> Response:
    """Answer without asking anybody."""
    return JSONResponse(examples.HEALTH)


@router.get(
    "/readyz",
    operation_id="getReadiness",
    summary="Say whether tills can be served",
    response_class=JSONResponse,
    responses=documented.question(
        documented.good("They can", Readiness, "READINESS"),
        "service_unavailable",
        "internal_error",
    ),
)
async def get_readiness(request: Request, services: ServicesDep) -> Response:
    """Ask Temporal and the records for a sign of life."""
    temporal, records = await asyncio.gather(
        services.gateway.is_up(CHECK_SECONDS), _records_are_up(services)
    )
    checks = {"temporal": "ok" if temporal else "down", "records": "ok" if records else "down"}
    if temporal and records:
        return JSONResponse({"status": "ok", "checks": checks})
    down = " and ".join(name for name, state in checks.items() if state == "down")
    request_id: str = request.state.request_id
    detail = f"{down} cannot be reached"
    return problem("service_unavailable", detail, request_id=request_id, checks=checks)


@router.get(
    "/metrics",
    operation_id="getMetrics",
    summary="Read the metrics",
    response_class=PlainTextResponse,
    responses=documented.question(
        {
            "description": "Prometheus' text format",
            "content": {"text/plain": {"example": examples.METRICS}},
        },
        *documented.AT_THE_DOOR,
    ),
)
async def get_metrics(services: ServicesDep, _: OperatingHolder) -> Response:
    """Answer in Prometheus' text format; needs the scope `audit` or `admin`."""
    return Response(services.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)


async def _records_are_up(services: Services) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await services.database.ping()
    except (Unavailable, TimeoutError):
        return False
    return True
