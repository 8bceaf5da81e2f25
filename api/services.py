"""What the door works with, bundled so that tests can exchange the outside world."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr
from temporalio.converter import PayloadCodec

from api.access import Access
from api.gateway import TemporalGateway
from api.guessing import Guessing
from api.limits import InHand, RateLimit, Streams
from api.metrics import Metrics
from api.places import Places
from api.restored import Restored
from api.temporal import Gateway
from api.watch import Watch, queues_of
from tillsaga.codec import data_converter
from tillsaga.domain.retention import KEEP_YEARS
from tillsaga.interceptors import OutgoingOrigin
from tillsaga.records.apikeys import SqlApiKeys
from tillsaga.records.attention import SqlAttentionBook
from tillsaga.records.audit import SqlAuditBook
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import Database, open_database
from tillsaga.records.effects import SqlEffectBook
from tillsaga.records.erasures import SqlErasureBook
from tillsaga.records.guesses import SqlGuessBook
from tillsaga.records.histories import SqlHistories
from tillsaga.records.keys import SqlKeyBook
from tillsaga.records.personal import SqlVault
from tillsaga.records.reconciliations import SqlReconciliationBook
from tillsaga.records.refunds import SqlRefundBook
from tillsaga.records.restorations import SqlRestorations
from tillsaga.records.returns import SqlReturnBook
from tillsaga.records.webhooks import SqlDeliveryBook
from tillsaga.sdk_runtime import sdk_runtime
from tillsaga.settings import Settings
from tillsaga.stores import StoresFile, load_stores
from tillsaga.temporal import connect
from tillsaga.webhooks.endpoints import ConfiguredEndpoints

REQUESTS_PER_MINUTE = 6000
STORE_REQUESTS_PER_MINUTE = 30_000


@dataclass
class Services:
    """One process's connections and memory. `namespace` and `temporal_ui` make links for people."""

    stores: StoresFile
    database: Database
    gateway: Gateway
    namespace: str = "default"
    task_queue: str = "tillsaga"
    temporal_ui: str = "http://localhost:8233"
    requests_per_minute: int = REQUESTS_PER_MINUTE
    codec: PayloadCodec | None = None
    codec_token: str | None = None
    vault: SqlVault | None = None
    dev_control: Path | None = None
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    """It was told to stop: it serves on for a while, and says that others are to be asked."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """It takes no more calls: what would go on for ever ends."""
    metrics: Metrics = field(default_factory=Metrics)
    in_hand: InHand = field(default_factory=InHand)

    def __post_init__(self) -> None:
        """Open the books that all requests share."""
        self.checkouts = SqlCheckoutBook(self.database)
        self.effects = SqlEffectBook(self.database)
        self.audit = SqlAuditBook(self.database)
        self.histories = SqlHistories(self.database)
        self.attention = SqlAttentionBook(self.database)
        self.refunds = SqlRefundBook(self.database)
        self.returns = SqlReturnBook(self.database)
        self.keys = SqlKeyBook(self.database)
        self.reconciliations = SqlReconciliationBook(self.database)
        self.erasures = SqlErasureBook(self.database, vault=self.vault)
        self.api_keys = SqlApiKeys(self.database)
        self.deliveries = SqlDeliveryBook(self.database)
        self.endpoints = ConfiguredEndpoints(self.stores.webhooks)
        self.access = Access(self.api_keys)
        self.restored = Restored(SqlRestorations(self.database))
        self.places = Places(self.checkouts, self.restored)
        self.guesses = SqlGuessBook(self.database)
        self.guessing = Guessing(self.guesses, self.stores, self.metrics)
        self.rate_limit = RateLimit(self.requests_per_minute)
        self.store_rate_limit = RateLimit(STORE_REQUESTS_PER_MINUTE, "store")
        self.streams = Streams()
        self.heartbeats: dict[str, float] = {}
        queues = queues_of(self.stores, self.endpoints, self.task_queue)
        self.watch = Watch(self.database, self.gateway, queues, self.metrics)


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Open everything that a process needs. Temporal may be down: it is called on first use."""
    converter = data_converter(settings.key_ring)
    client = await connect(
        converter,
        lazy=True,
        interceptors=[OutgoingOrigin()],
        runtime=sdk_runtime(settings.api_host, settings.temporal_metrics_port),
    )
    database = open_database(settings.sqlalchemy_url)
    try:
        stores = load_stores(settings.config)
        keep_years = max((store.archive.keep_years for store in stores.stores), default=KEEP_YEARS)
        vault = SqlVault(database, settings.key_ring, keep_years=keep_years)
        yield Services(
            stores=stores,
            database=database,
            gateway=TemporalGateway(client, settings.task_queue, vault),
            vault=vault,
            namespace=client.namespace,
            task_queue=settings.task_queue,
            temporal_ui=settings.temporal_ui.rstrip("/"),
            requests_per_minute=settings.key_requests_per_minute,
            codec=converter.payload_codec if settings.key_ring else None,
            codec_token=_shown(settings.codec_token),
            dev_control=settings.dev_control,
        )
    finally:
        await database.close()


def _shown(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
