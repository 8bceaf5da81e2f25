"""For those who run it."""

import asyncio

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse, PlainTextResponse, Response

from api import documented, examples
from api.dependencies import OperatingHolder, ServicesDep
from api.problems import kind_of, problem
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
        "records_read_only",
        "records_full",
        "internal_error",
    ),
)
async def get_readiness(request: Request, services: ServicesDep) -> Response:
    """Ask Temporal and the records for a sign of life."""
    temporal, records = await asyncio.gather(
        services.gateway.is_up(CHECK_SECONDS), _trouble_with_records(services)
    )
    state = {None: "ok", "records_read_only": "read_only", "records_full": "full"}
    checks = {"temporal": "ok" if temporal else "down", "records": state.get(records, "down")}
    if temporal and records is None:
        return JSONResponse({"status": "ok", "checks": checks})
    request_id: str = request.state.request_id
    if temporal and records in state:
        detail = f"{kind_of(records).title.lower()}; tills are served again when that is mended"
        return problem(records, detail, request_id=request_id, checks=checks)
    down = " and ".join(name for name, state in checks.items() if state == "down")
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


async def _trouble_with_records(services: Services) -> str | None:
    """Say why nothing can be written, by its code."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await services.database.ping()
    except Unavailable as trouble:
        return trouble.code or "service_unavailable"
    except TimeoutError:
        return "service_unavailable"
    return None
