"""Two versions of the workers during a roll-out, on the real server."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.deployment.v1 import WorkerDeploymentVersion as ServersVersion
from temporalio.api.enums.v1 import VersionDrainageStatus
from temporalio.api.workflow.v1 import WorkflowExecutionOptions
from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentVersionRequest,
    SetWorkerDeploymentCurrentVersionRequest,
    UpdateWorkflowExecutionOptionsRequest,
)
from temporalio.client import Client
from temporalio.common import PinnedVersioningOverride, WorkerDeploymentVersion
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.worker import Worker

from tests.proof.tally import Proof
from tests.support.ledger import changes
from tests.support.refunding import give_back
from tests.support.shop import Checkout, Shop, open_shop
from tillsaga.sandbox import world
from worker.wiring import Wiring, build_workers

KIND = "Roll-out of versions"
DRAINED = VersionDrainageStatus.VERSION_DRAINAGE_STATUS_DRAINED
DRAINING = VersionDrainageStatus.VERSION_DRAINAGE_STATUS_DRAINING


@dataclass
class Rollout:
    """A shop whose workers have versions: `v1` and `v2` of one deployment, both at work."""

    shop: Shop
    name: str

    def version(self, build: str) -> WorkerDeploymentVersion:
        return WorkerDeploymentVersion(self.name, build)

    async def make_current(self, build: str) -> None:
        """What the operator does once the new workers are up."""
        request = SetWorkerDeploymentCurrentVersionRequest(
            namespace=self.shop.client.namespace, deployment_name=self.name, build_id=build
        )
        async with asyncio.timeout(20):
            while True:
                try:
                    service = self.shop.client.workflow_service
                    await service.set_worker_deployment_current_version(request)
                except RPCError:  # its workers have not been seen yet
                    await asyncio.sleep(0.1)
                else:
                    return

    async def version_of(self, checkout: Checkout) -> str:
        """The version whose worker did the last workflow task."""
        handle = self.shop.client.get_workflow_handle(checkout.id)
        described = await handle.describe()
        info = described.raw_description.workflow_execution_info.versioning_info
        return info.deployment_version.build_id

    async def move(self, checkout: Checkout, build: str) -> None:
        """Move an open checkout to another version, which has to be able to replay it."""
        override = PinnedVersioningOverride(self.version(build))._to_proto()
        await self.shop.client.workflow_service.update_workflow_execution_options(
            UpdateWorkflowExecutionOptionsRequest(
                namespace=self.shop.client.namespace,
                workflow_execution=WorkflowExecution(workflow_id=checkout.id),
                workflow_execution_options=WorkflowExecutionOptions(versioning_override=override),
                update_mask=FieldMask(paths=["versioning_override"]),
            )
        )

    async def drainage(self, build: str) -> VersionDrainageStatus.ValueType:
        """Whether workflows still need a version, or its workers may go."""
        version = ServersVersion(deployment_name=self.name, build_id=build)
        told = await self.shop.client.workflow_service.describe_worker_deployment_version(
            DescribeWorkerDeploymentVersionRequest(
                namespace=self.shop.client.namespace, deployment_version=version
            )
        )
        return told.worker_deployment_version_info.drainage_info.status


@asynccontextmanager
async def rolling_out(folder: Path) -> AsyncIterator[Rollout]:
    name = f"tillsaga-{uuid.uuid4().hex[:8]}"

    async def hire(client: Client, wiring: Wiring, queue: str, **options: Any) -> Sequence[Worker]:
        workers = []
        for build in ("v1", "v2"):
            # A connection each, as two processes have.
            own = await Client.connect(
                client.service_client.config.target_host, data_converter=pydantic_data_converter
            )
            version = WorkerDeploymentVersion(name, build)
            workers += build_workers(own, wiring, queue, version=version, **options)
        return workers

    async with open_shop(folder, skips_time=False, hire=hire) as shop:
        rollout = Rollout(shop, name)
        await rollout.make_current("v1")
        yield rollout


@pytest.fixture
async def rollout(tmp_path: Path) -> AsyncIterator[Rollout]:
    async with rolling_out(tmp_path) as opened:
        yield opened


async def gathered(shop: Shop, card: str = world.ANN_CARD) -> Checkout:
    checkout = await shop.open(None, card)
    await checkout.giftcard(world.CARD_20, 2_00)
    return checkout


async def test_a_checkout_ends_with_the_version_that_it_began_with(
    proof: Proof, rollout: Rollout
) -> None:
    shop = rollout.shop
    before = await shop.books()
    old = await gathered(shop)
    await rollout.make_current("v2")
    with proof.case(KIND, "an open checkout keeps its version from being drained"):
        assert await rollout.drainage("v1") == DRAINING
    new = await gathered(shop, world.BOB_CARD)

    with proof.case(KIND, "an open checkout stays, a new one begins with the new version"):
        for checkout, build in ((old, "v1"), (new, "v2")):
            await checkout.pay(await checkout.ready())
            assert await checkout.ended() == "completed"
            assert await rollout.version_of(checkout) == build
        moved = changes(before, await shop.books())
        assert [moved[name] for name in moved if name.startswith("giftcards")] == [-4_00]
    with proof.case(KIND, "nothing needs the old version any more"):
        async with asyncio.timeout(30):
            while await rollout.drainage("v1") != DRAINED:  # noqa: ASYNC110 - only the server knows
                await asyncio.sleep(0.2)
    with proof.case(KIND, "a refund of an old sale is given by the new version"):
        reply = await give_back(old, "r-1")
        assert reply.refusal is None
        assert await old.ended() == "completed"
        assert await rollout.version_of(old) == "v2"


async def test_an_open_checkout_can_be_moved(proof: Proof, rollout: Rollout) -> None:
    checkout = await gathered(rollout.shop)
    await rollout.make_current("v2")
    with proof.case(KIND, "an open checkout is moved and goes on with the new version"):
        before = await rollout.shop.books()
        await rollout.move(checkout, "v2")
        await checkout.pay(await checkout.ready())
        assert await checkout.ended() == "completed"
        assert await rollout.version_of(checkout) == "v2"
        after = await rollout.shop.books()
        assert "giftcards" not in "".join(changes(before, after))
