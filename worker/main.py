"""The worker process."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog
from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.service import RPCError
from temporalio.worker import Worker

from tillsaga.codec import data_converter
from tillsaga.connectors.calls import VENDOR_CALLS
from tillsaga.interceptors import OutgoingOrigin
from tillsaga.records.database import Database, open_database
from tillsaga.records.personal import tell_of_keys
from tillsaga.sdk_runtime import sdk_runtime
from tillsaga.settings import Settings
from tillsaga.stores import load_stores
from tillsaga.temporal import connect
from worker.health import HealthServer, health_page
from worker.histories import tell_of_retention
from worker.life import CHECK_SECONDS, Departure, Life
from worker.nightly import schedule_audit_root, schedule_reconciliation
from worker.restored import begin_after_restore
from worker.temporal import (
    register_search_attributes,
    schedule_histories,
    schedule_retention,
    schedule_sweep,
)
from worker.wiring import GRACE, Wiring, build_workers, wire

_log = structlog.get_logger("tillsaga.worker")


async def serve(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; then finish what is in hand."""
    stores = load_stores(settings.config)
    audit_keys = settings.audit_signer
    database = open_database(settings.sqlalchemy_url)
    wiring = wire(stores, database, ring=settings.key_ring, audit_keys=audit_keys)
    if audit_keys is None:
        _log.warning("audit_unsigned", hint="set TILLSAGA_AUDIT_KEYS to sign the daily roots")
    departure = Departure()
    departure.listen()
    try:
        await tell_of_keys(_log, wiring.vault, settings.key_ring)
        client = await connect(
            data_converter(settings.key_ring),
            interceptors=[OutgoingOrigin()],
            runtime=sdk_runtime(settings.worker_host, settings.temporal_metrics_port),
        )
        await register_search_attributes(client)
        zones = [(store.id, store.timezone) for store in stores.stores]
        await asyncio.gather(
            schedule_sweep(client, settings.task_queue, settings.sweep_interval),
            schedule_retention(client, settings.task_queue),
            schedule_histories(client, settings.task_queue),
            tell_of_retention(client),
            schedule_audit_root(client, settings.task_queue),
            schedule_reconciliation(client, settings.task_queue, zones, settings.reconcile_at),
        )
        version = version_of(settings)
        await begin_after_restore(client, wiring.database, settings.task_queue)
        workers = build_workers(client, wiring, settings.task_queue, version=version)
        async with asyncio.TaskGroup() as running:
            for worker in workers:
                running.create_task(worker.run())
            life = Life(workers, departure, _questions(client, database))
            page = _health_page(settings, wiring, life)
            if page is not None:
                running.create_task(page.serve())
            _log.info(
                "worker_ready",
                task_queue=settings.task_queue,
                workers=len(workers),
                build_id=settings.build_id,
            )
            await departure.asked()
            await _finish(workers)
            if page is not None:
                page.should_exit = True
    finally:
        await wiring.close()


async def _finish(workers: Sequence[Worker]) -> None:
    """Take no more tasks, and see those in hand through for as long as `GRACE`."""
    _log.info("worker_draining", at_most_seconds=GRACE.total_seconds())
    await asyncio.gather(*(worker.shutdown() for worker in workers))
    _log.info("worker_drained")


def version_of(settings: Settings) -> WorkerDeploymentVersion | None:
    """The version that workers of this process are; None where versions are not used."""
    if settings.build_id is None:
        return None
    return WorkerDeploymentVersion(settings.deployment, settings.build_id)


def _questions(client: Client, database: Database) -> dict[str, Callable[[], Awaitable[bool]]]:
    """Ask what a worker cannot work without."""

    async def temporal() -> bool:
        # Not by its health service, which Temporal Cloud refuses to whoever has an API key.
        limit = timedelta(seconds=CHECK_SECONDS)
        try:
            await client.workflow_service.get_system_info(GetSystemInfoRequest(), timeout=limit)
        except (RPCError, RuntimeError):
            return False
        return True

    async def records() -> bool:
        await database.ping()
        return True

    return {"temporal": temporal, "records": records}


def _health_page(settings: Settings, wiring: Wiring, life: Life) -> HealthServer | None:
    if settings.worker_port is None:
        return None
    page = health_page(
        wiring.connectors.circuits,
        wiring.sender.outcomes,
        life,
        signs_roots=wiring.audit_keys is not None,
        more=(wiring.metrics.registry, VENDOR_CALLS),
    )
    return HealthServer(page, settings.worker_host, settings.worker_port)
