"""A roll-out typed from docs/upgrading.md: the real `temporal`, two workers as processes."""

import asyncio
import json
import re
import shlex
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.proof.tally import Proof
from tests.support.refunding import give_back
from tests.support.shop import Checkout, Shop, open_shop
from tests.support.working import hired, nobody, until
from tillsaga.sandbox import world

pytestmark = [pytest.mark.alone, pytest.mark.xdist_group("stack"), pytest.mark.timeout(600)]

KIND = "Roll-out by command"
PAGE = Path(__file__).parents[3] / "docs" / "upgrading.md"
OLD, NEW = "2026.11.1", "2026.11.2"
_BLOCK = re.compile(r"^ *```sh deploy\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_DEPLOYMENT = "temporal worker deployment "


def typed_on_the_page() -> Iterator[str]:
    """The commands that steer versions, one a line."""
    for block in _BLOCK.findall(PAGE.read_text()):
        for line in re.sub(r"\\\n", " ", block).splitlines():
            if line.strip().startswith(_DEPLOYMENT):
                yield line.strip()


@dataclass
class Operator:
    """Types what the page says, for a deployment of the test's own."""

    shop: Shop
    name: str
    left: list[str] = field(default_factory=lambda: [*typed_on_the_page()])

    async def types(self, *words: str, build: str | None = None) -> None:
        """Type the next command of the page with these words; `build` stands for its version."""
        await self._run(self._found(words), build)

    async def sees(self, *words: str) -> dict[str, Any]:
        """Type it and read what it says."""
        found: dict[str, Any] = json.loads(await self._run(self._found(words), None, "-o", "json"))
        return found

    def _found(self, words: tuple[str, ...]) -> str:
        command = next(each for each in typed_on_the_page() if all(w in each for w in words))
        self.left = [each for each in self.left if each != command]
        return command

    async def _run(self, command: str, build: str | None, *more: str) -> str:
        ours = command.replace(NEW, build or NEW).replace("name tillsaga", f"name {self.name}")
        address = self.shop.client.service_client.config.target_host
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).parent / "temporal"),
            *shlex.split(ours)[1:],
            *("--address", address, *more),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode == 0, f"{ours}: {err.decode()}"
        return out.decode()

    async def is_listed(self, build: str) -> bool:
        """Whether the page's look at the deployment shows a version."""
        return build in json.dumps(await self.sees("describe --name"))

    async def drainage(self) -> str:
        return str((await self.sees("describe-version"))["drainageInfo"]["drainageStatus"])


@pytest.fixture
async def operator(tmp_path: Path) -> AsyncIterator[Operator]:
    async with open_shop(tmp_path, skips_time=False, hire=nobody) as shop:
        yield Operator(shop, f"tillsaga-{uuid.uuid4().hex[:8]}")


async def version_of(shop: Shop, checkout: Checkout) -> str:
    """The version whose worker did the last workflow task."""
    described = await shop.client.get_workflow_handle(checkout.id).describe()
    info = described.raw_description.workflow_execution_info.versioning_info
    return info.deployment_version.build_id


async def sold(checkout: Checkout) -> None:
    await checkout.pay(await checkout.ready())
    assert await checkout.ended() == "completed"


async def test_a_new_version_is_ramped_and_made_current_and_the_old_one_goes(
    operator: Operator, proof: Proof, tmp_path: Path
) -> None:
    shop = operator.shop

    def worker(build: str) -> Any:
        versions = {"TILLSAGA_DEPLOYMENT": operator.name, "TILLSAGA_BUILD_ID": build}
        return hired(shop, tmp_path, **versions)

    async with worker(OLD) as old_worker:
        await until(lambda: operator.is_listed(OLD))
        await operator.types("set-current-version", build=OLD)
        before = await shop.open(None, world.ANN_CARD)
        await before.giftcard(world.CARD_20, 2_00)
        async with worker(NEW):
            await until(lambda: operator.is_listed(NEW))
            with proof.case(KIND, "the new version is ramped"):
                for share in ("10", "50", "0"):
                    await operator.types("set-ramping-version", f"--percentage {share} ")
                    assert ramp(await operator.sees("describe --name")) == (NEW, int(share))
                still = await shop.open(None, world.BOB_CARD)
                assert await version_of(shop, still) == OLD
            with proof.case(KIND, "the new version is current, open checkouts keep to the old one"):
                await operator.types("set-current-version")
                after = await shop.open(None, world.BOB_CARD)
                await until(operator_says(operator, "draining"))
                for checkout, build in ((before, OLD), (still, OLD), (after, NEW)):
                    await sold(checkout)
                    assert await version_of(shop, checkout) == build
            with proof.case(KIND, "the old version is drained and its worker goes"):
                await until(operator_says(operator, "drained"))
                old_worker.told_to_stop()
                assert await old_worker.ended() == 0
            with proof.case(KIND, "a refund of a sale of the old version is given by the new one"):
                assert (await give_back(before, "r-1")).refusal is None
                assert await before.ended() == "completed"
                assert await version_of(shop, before) == NEW
    assert operator.left == [], "the page has commands that were not typed"


def operator_says(operator: Operator, drainage: str) -> Any:
    async def holds() -> bool:
        return await operator.drainage() == drainage

    return holds


def ramp(described: dict[str, Any]) -> tuple[str, int]:
    """Which version is ramped, and how far."""
    routing = described["routingConfig"]
    return routing["rampingVersionBuildID"], int(routing["rampingVersionPercentage"])
