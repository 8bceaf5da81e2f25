"""Where activities meet vendors, records and settings."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import Worker, WorkerDeploymentConfig
from temporalio.worker.workflow_sandbox import SandboxRestrictions

from activities.attention import AttentionActivities
from activities.audit import AuditActivities
from activities.codes import CodeActivities
from activities.effects import EffectActivities, effect_activities
from activities.erasure import ErasureActivities
from activities.goods_back import GoodsBackActivities
from activities.histories import HistoryActivities
from activities.reads import ReadActivities
from activities.reconciling import ReconcileActivities
from activities.records import RecordActivities
from activities.restored import RestoredActivities
from activities.retention import RetentionActivities
from activities.scanning import ScanActivities
from activities.sweep import SweepActivities
from activities.waiting import NoSooner
from activities.waking import WakingActivities
from activities.webhooks import WebhookActivities
from tillsaga.audit_keys import AuditKeys
from tillsaga.connectors.config import ConnectorConfig
from tillsaga.connectors.registry import ConnectorSet
from tillsaga.domain.ports import Connectors
from tillsaga.domain.reconcile_orders import ReconciledStore
from tillsaga.domain.retention import KEEP_YEARS
from tillsaga.domain.view import StartCheckout
from tillsaga.interceptors import IncomingOrigin
from tillsaga.keyring import KeyRing
from tillsaga.records.audit import SqlAuditBook
from tillsaga.records.bill_rows import BillRecord
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import Database, utc_now
from tillsaga.records.effects import SqlEffectBook
from tillsaga.records.erasures import SqlErasureBook
from tillsaga.records.histories import SqlHistories
from tillsaga.records.personal import SqlVault
from tillsaga.records.reconciliations import SqlReconciliationBook
from tillsaga.records.restorations import SqlRestorations
from tillsaga.records.retention import SqlRetention
from tillsaga.records.webhooks import SqlDeliveryBook
from tillsaga.stores import Store, StoresFile
from tillsaga.terms import terms_of
from tillsaga.webhooks.endpoints import ConfiguredEndpoints
from tillsaga.webhooks.sender import HttpSender
from worker.histories import TemporalMemory
from worker.metrics import Counting, WorkMetrics
from worker.private import PrivateBook, PrivateConnectors
from worker.runner import Cache, CarefulRunner
from workflows import queues
from workflows.after_restore import AfterRestoreWorkflow
from workflows.audit import AuditRootWorkflow
from workflows.checkout import CheckoutWorkflow
from workflows.claim import ClaimWorkflow
from workflows.erasure import EraseWorkflow
from workflows.histories import KeepHistoriesWorkflow
from workflows.look_up import LookUpWorkflow, ScanWorkflow
from workflows.queues import vendor_queue, webhook_queue
from workflows.reconcile import ReconcileWorkflow
from workflows.refund import RefundWorkflow
from workflows.repair import RepairWorkflow, SweepWorkflow
from workflows.retention import RetentionWorkflow
from workflows.return_without_sale import ReturnWorkflow
from workflows.support import AttentionWorkflow, ReadBooksWorkflow, ResolveAttentionWorkflow
from workflows.webhooks import DeliverWebhookWorkflow

WORKFLOWS: Sequence[type] = (
    CheckoutWorkflow,
    ClaimWorkflow,
    RefundWorkflow,
    ReturnWorkflow,
    RepairWorkflow,
    SweepWorkflow,
    RetentionWorkflow,
    EraseWorkflow,
    ReconcileWorkflow,
    LookUpWorkflow,
    ScanWorkflow,
    AttentionWorkflow,
    ReadBooksWorkflow,
    ResolveAttentionWorkflow,
    AfterRestoreWorkflow,
    DeliverWebhookWorkflow,
    AuditRootWorkflow,
    KeepHistoriesWorkflow,
)
OURS = ("tillsaga", "workflows", "activities", "pydantic", "pydantic_core", "iso4217")
STICKY = timedelta(seconds=1)
"""How long a task waits for a worker that has died before any other may take it."""

GRACE = queues.ATTEMPT + timedelta(seconds=5)
"""Longer than a vendor call, so that a worker told to stop leaves nothing half done.

What takes longer, such as the nightly comparison, is then begun anew by another worker.
"""

AT_ONE_ENDPOINT = 20
"""Webhooks that a process has under way to one endpoint at once."""

DEFAULT_RATE = 50.0
"""Activities a second at a vendor without a published limit; some make two or three calls."""

DEFAULT_RATES = {"leat": 40.0, "wll": 50.0}
"""Half of White Label's 100 a second and key, and of the 5,000 a minute in Leat's answers."""


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True)
class Wiring:
    """Everything that activities need, built once per process."""

    stores: StoresFile
    database: Database
    connectors: ConnectorSet
    effects: SqlEffectBook
    checkouts: SqlCheckoutBook
    endpoints: ConfiguredEndpoints
    sender: HttpSender
    vault: SqlVault
    audit_keys: AuditKeys | None = None
    metrics: WorkMetrics = field(default_factory=WorkMetrics)

    @property
    def vendors(self) -> Connectors:
        """The vendors as activities ask them: with tokens."""
        return PrivateConnectors(self.connectors, self.vault)

    async def close(self) -> None:
        """Close connections to vendors, endpoints and records."""
        await self.connectors.aclose()
        await self.sender.aclose()
        await self.database.close()


def wire(
    stores: StoresFile,
    database: Database,
    now: Callable[[], datetime] = utc_now,
    ring: KeyRing | None = None,
    audit_keys: AuditKeys | None = None,
) -> Wiring:
    """Bring the vendors of the stores file and the records together."""
    effects = SqlEffectBook(database, now)
    configs = [config for store in stores.stores for config in connector_configs(store)]
    endpoints = ConfiguredEndpoints(stores.webhooks)
    return Wiring(
        stores=stores,
        database=database,
        connectors=ConnectorSet(configs, effects.owner),
        effects=effects,
        checkouts=SqlCheckoutBook(database, now),
        endpoints=endpoints,
        sender=HttpSender(endpoints.targets),
        vault=SqlVault(database, ring, keep_years=longest_kept(stores)),
        audit_keys=audit_keys,
    )


def connector_configs(store: Store) -> list[ConnectorConfig]:
    """Say how each vendor of a store is reached."""
    discounts = {name: rule.discount() for name, rule in store.discounts.items()}
    return [
        ConnectorConfig(
            store_id=store.id,
            provider=provider.name,
            kind=provider.kind,
            base_url=str(provider.base_url),
            currency=store.currency,
            credentials=provider.secrets,
            settings=provider.settings.vendor_settings,
            timing=provider.settings.timing,
            discounts=discounts,
        )
        for provider in store.providers
    ]


def build_workers(
    client: Client,
    wiring: Wiring,
    task_queue: str,
    *,
    version: WorkerDeploymentVersion | None = None,
    **options: Any,
) -> list[Worker]:
    """One worker for the process, one per vendor kind, so that no vendor blocks another.

    One per webhook endpoint, too, so that a slow one delays no other.

    With a `version` of the code only workflows of that version come to the process; vendors'
    activities have none, and any process takes them: see `deployment`.
    """
    clock = SystemClock()
    asked = wiring.vendors
    reads = ReadActivities(asked, wiring.effects, wiring.checkouts)
    codes = CodeActivities(asked)
    records = RecordActivities(wiring.checkouts)
    attention = AttentionActivities(asked, wiring.effects, clock)
    waking = WakingActivities(_always(client), Starts(wiring))
    sweep = SweepActivities(_always(client), Forsaken(wiring))
    deliveries = SqlDeliveryBook(wiring.database)
    webhooks = WebhookActivities(
        _always(client), deliveries, wiring.endpoints, wiring.sender, clock
    )
    retention = RetentionActivities(
        SqlRetention(wiring.database), kept(wiring.stores), clock, wiring.vault
    )
    reconciling = _reconciling(wiring, asked, clock)
    zones = {store.id: store.timezone for store in wiring.stores.stores}
    restored = RestoredActivities(SqlRestorations(wiring.database), zones, clock)
    asking: list[Callable[..., Any]] = [
        reads.visit,
        reads.find_offer,
        reads.check_offer,
        reads.find_tender,
        reads.look_up,
        ScanActivities(asked).scan,
        reads.claim_link,
        reads.read_selection,
        codes.scan_codes,
        codes.await_offer,
        reads.foresee_return,
        GoodsBackActivities(asked).weigh,
        attention.read_books,
        reads.stored_value,
    ]
    told = [IncomingOrigin(), Counting(wiring.metrics)]
    cache = Cache()
    main = Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=[
            *asking,
            records.read_facts,
            records.note_payment,
            records.save,
            records.end_claims,
            attention.reopen,
            attention.end_claim,
            waking.tell,
            sweep.find_forsaken,
            webhooks.announce,
            webhooks.next,
            webhooks.give_up,
            webhooks.wake_all,
            retention.prune,
            ErasureActivities(SqlErasureBook(wiring.database, vault=wiring.vault)).erase,
            reconciling.plan,
            reconciling.note_unread,
            restored.plan,
            restored.serve,
            AuditActivities(SqlAuditBook(wiring.database), wiring.audit_keys).close_day,
            HistoryActivities(TemporalMemory(client), SqlHistories(wiring.database)).keep,
        ],
        workflow_runner=workflow_runner(cache),
        deployment_config=deployment(version),
        graceful_shutdown_timeout=GRACE,
        sticky_queue_schedule_to_start_timeout=STICKY,
        interceptors=[*told, NoSooner()],
        **options,
    )
    cache.belongs_to(main)
    effects = effect_activities(EffectActivities(asked, wiring.effects, clock))
    vendors = [
        Worker(
            client,
            task_queue=vendor_queue(kind, task_queue),
            activities=[*effects, *asking, reconciling.compare],
            max_task_queue_activities_per_second=rate_cap(wiring.stores, kind),
            graceful_shutdown_timeout=GRACE,
            interceptors=[*told, NoSooner()],
        )
        for kind in kinds_in_use(wiring.stores)
    ]
    endpoints = [
        Worker(
            client,
            task_queue=webhook_queue(endpoint.id, task_queue),
            activities=[webhooks.deliver],
            max_concurrent_activities=AT_ONE_ENDPOINT,
            graceful_shutdown_timeout=GRACE,
            interceptors=told,
        )
        for endpoint in wiring.endpoints.all
    ]
    return [main, *vendors, *endpoints]


def deployment(version: WorkerDeploymentVersion | None) -> WorkerDeploymentConfig | None:
    """Pin each workflow to the version that it began with; None where versions are not used.

    Pinned are its workflow tasks, local activities and the reads on the same queue. What vendors
    are asked goes by queues of their own, to whichever version polls: their orders stay readable
    both ways, and an effect's record answers for it whoever does it.
    """
    if version is None:
        return None
    return WorkerDeploymentConfig(
        version=version,
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.PINNED,
    )


def kept(stores: StoresFile) -> dict[str, int]:
    """How many years each store keeps what it has sold."""
    return {store.id: store.archive.keep_years for store in stores.stores}


def longest_kept(stores: StoresFile) -> int:
    """For how many years any store keeps what it has sold."""
    return max(kept(stores).values(), default=KEEP_YEARS)


def _reconciling(wiring: Wiring, vendors: Connectors, clock: SystemClock) -> ReconcileActivities:
    def known(store_id: str) -> ReconciledStore | None:
        store = wiring.stores.store(store_id)
        if store is None:
            return None
        kinds: dict[str, str] = {provider.name: provider.kind for provider in store.providers}
        limited = [p for p in store.providers if p.settings.rate_per_second]
        rates = {p.name: float(p.settings.rate_per_second or 0) for p in limited}
        return ReconciledStore(timezone=store.timezone, providers=kinds, rates=rates)

    book = PrivateBook(SqlReconciliationBook(wiring.database), wiring.vault)
    return ReconcileActivities(vendors, wiring.effects, book, known, clock)


def kinds_in_use(stores: StoresFile) -> list[str]:
    """The vendor kinds that the stores have, sorted."""
    return sorted({p.kind for store in stores.stores for p in store.providers})


def rate_cap(stores: StoresFile, kind: str) -> float:
    """The lowest `rate_per_second` that any store sets for a vendor kind; its queue keeps it."""
    providers = [p for store in stores.stores for p in store.providers if p.kind == kind]
    rates = [p.settings.rate_per_second for p in providers if p.settings.rate_per_second]
    return float(min(rates)) if rates else DEFAULT_RATES.get(kind, DEFAULT_RATE)


def workflow_runner(cache: Cache | None = None) -> CarefulRunner:
    """The sandbox guards workflow code; our own pure modules need not be imported per run."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*OURS)
    return CarefulRunner(restrictions=restrictions, cache=cache or Cache())


def _always(client: Client) -> Callable[[], Awaitable[Client]]:
    async def connected() -> Client:
        return client

    return connected


class Starts:
    """How a checkout is started again from the records."""

    def __init__(self, wiring: Wiring) -> None:
        """Take the records and the stores."""
        self._wiring = wiring

    async def __call__(self, checkout_id: str) -> StartCheckout | None:
        """Write the start of a checkout; None if nobody has opened it."""
        bill = await self._wiring.checkouts.find(checkout_id)
        return self.of(bill) if bill is not None else None

    def of(self, bill: BillRecord) -> StartCheckout | None:
        """Write it down; None if the store is configured no longer."""
        store = self._wiring.stores.store(bill.store_id)
        if store is None:
            return None
        return StartCheckout(
            checkout_id=bill.checkout_id,
            previous_id=bill.previous_id,
            terms=terms_of(store, bill.terminal_id),
            terminal_id=bill.terminal_id,
            created_at=bill.created_at,
            resumed=True,
        )


class Forsaken:
    """The records' checkouts that have not ended and have something to answer for."""

    def __init__(self, wiring: Wiring) -> None:
        """Take the records and the stores."""
        self._wiring = wiring

    async def __call__(self, older_than: timedelta) -> list[StartCheckout]:
        """List them as the input that starts their workflow again."""
        before = datetime.now(UTC) - older_than
        found = []
        for bill in await self._wiring.checkouts.forsaken(before):
            start = Starts(self._wiring).of(bill)
            facts = await self._wiring.checkouts.facts(bill.checkout_id)
            if start is not None and facts.to_answer_for:
                found.append(start)
        return found
