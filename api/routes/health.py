"""For those who run it."""

import asyncio

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse, PlainTextResponse, Response

from api import documented, examples, restored
from api.dependencies import OperatingHolder, ServicesDep
from api.problems import kind_of, problem
from api.schemas import Health, Readiness
from api.services import Services
from tillsaga.errors import Refusal, Unavailable

router = APIRouter(tags=["operations"])

CHECK_SECONDS = 1.0
_RECORDS: dict[str | None, str] = {
    None: "ok",
    "records_read_only": "read_only",
    "records_full": "full",
    restored.CODE: "restored",
    "key_missing": "key_missing",
}


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
        "restored_not_reconciled",
        "key_missing",
        "internal_error",
    ),
)
async def get_readiness(request: Request, services: ServicesDep) -> Response:
    """Ask Temporal and the records for a sign of life, unless the process is about to stop."""
    if services.draining.is_set():
        return problem(
            "service_unavailable",
            "the process is about to stop; another one serves",
            request_id=request.state.request_id,
            checks={"process": "draining"},
        )
    temporal, code = await asyncio.gather(
        services.gateway.is_up(CHECK_SECONDS), _trouble_with_records(services)
    )
    checks = {"temporal": "ok" if temporal else "down", "records": _RECORDS.get(code, "down")}
    if temporal and code is None:
        return JSONResponse({"status": "ok", "checks": checks})
    if not temporal or code is None or code not in _RECORDS:
        down = " and ".join(name for name, state in checks.items() if state == "down")
        code, detail = "service_unavailable", f"{down} cannot be reached"
    else:
        detail = f"{kind_of(code).title.lower()}; until then tills are not served"
    request_id: str = request.state.request_id
    return problem(code, detail, request_id=request_id, checks=checks)


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
    await services.watch.look()
    return Response(services.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)


async def _trouble_with_records(services: Services) -> str | None:
    """Say why tills cannot be served from them, by its code."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await services.database.ping()
            await services.restored.insist()
            if services.vault is not None and await services.vault.missing_keys():
                return "key_missing"
    except Refusal as refusal:
        return refusal.code
    except Unavailable as trouble:
        return trouble.code or "service_unavailable"
    except TimeoutError:
        return "service_unavailable"
    return None
