"""A backup taken at work, more work, all of it lost but at the vendors, and a restore."""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.proof.backup.journal import JournalTill, Message
from tests.proof.backup.stories import STORIES, Story
from tests.proof.tally import Proof
from tillsaga.demo.agreement import bill_of
from tillsaga.demo.movements import Net, net_of
from tillsaga.demo.sandbox import Sandbox
from tillsaga.demo.shopper import Shopper, new_shopper
from tillsaga.dev.api_key import api_key
from tillsaga.dev.home import Home
from tillsaga.dev.ports import Ports
from tillsaga.dev.stack import Stack
from tillsaga.dev.stores_template import QUICK_TERMINAL, STORES, provide_stores_file
from tillsaga.domain.reconcile import BusinessDay, Reconciled
from tillsaga.records.database import open_database
from tillsaga.records.reconciliations import SqlReconciliationBook

pytestmark = [pytest.mark.alone, pytest.mark.xdist_group("stack"), pytest.mark.timeout(600)]

SHORT = (
    "everything but the opening is lost",
    "charged, and the cancellation is lost",
    "completed, and the refund is lost",
    "the whole sale is lost",
    "paid in the lost time, and the till is silent",
    "sold in the lost time, and nobody says so again",
)
KIND = "Backup and restore"


@dataclass
class Scene:
    """A story with its people."""

    name: str
    story: Story
    shopper: Shopper
    till: JournalTill
    lost: list[Message]
    moved: Net
    cases: list[str]


@contextmanager
def machine(folder: Path) -> Iterator[tuple[Stack, Sandbox, str]]:
    """Everything on one machine, as `tillsaga dev` runs it."""
    with Home(folder) as home, Stack(home, Ports.free(), settle_after="1s") as stack:
        sandbox = Sandbox(stack.sandbox_url)
        yield stack, sandbox, api_key(home, [store.id for store in STORES])
        sandbox.close()


def tillsaga(home: Path, *arguments: str) -> str:
    """The command line, as an operator types it."""
    environ = os.environ | {"TILLSAGA_DATA_DIR": str(home)}
    command = [sys.executable, "-m", "tillsaga.cli", *arguments]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def at_once(scenes: list[Scene], work: Callable[[Scene], object]) -> None:
    """Many tills at a time."""
    with ThreadPoolExecutor(4) as tills:
        for done in [tills.submit(work, scene) for scene in scenes]:
            done.result()


def net(scene: Scene, sandbox: Sandbox) -> Net:
    """What the vendors' books come to for one customer: the judge."""
    bill = bill_of(scene.till.seen)
    return net_of(scene.shopper.booked(sandbox.books(), bill))


def results(home: Home, day: Callable[[str], Any]) -> list[Reconciled]:
    """What was kept of the comparisons of a day."""

    async def read() -> list[Reconciled]:
        database = open_database(home.database_url)
        try:
            book = SqlReconciliationBook(database)
            kept = [await book.read(store.id, day(store.timezone)) for store in STORES]
        finally:
            await database.close()
        return [each for results in kept for each in results]

    return asyncio.run(read())


def today(zone: str) -> Any:
    return BusinessDay.of(datetime.now(UTC), zone).date


def test_nothing_is_doubled_and_nothing_paid_is_undone(proof: Proof, tmp_path: Path) -> None:
    first, second, backup = tmp_path / "first", tmp_path / "second", tmp_path / "backup"
    names = [n for _ in range(proof.of(1, 2)) for n in proof.of(SHORT, tuple(STORIES))]
    _open_a_while(first)
    with machine(first) as (stack, sandbox, key):
        scenes = [_scene(name, stack, sandbox, key) for name in names]
        # Those that will be silent open last and are paid first: they are given up in 45 s.
        silent = [scene for scene in scenes if scene.story.terminal == QUICK_TERMINAL]
        others = [scene for scene in scenes if scene not in silent]
        for some in (others, silent):
            at_once(some, lambda scene: _play(scene, scene.story.before))
        assert "everything until" in tillsaga(first, "backup", str(backup))
        for some in (silent, others):
            at_once(some, _lose)
        for scene in scenes:
            scene.moved = net(scene, sandbox)

    tillsaga(second, "restore", str(backup))
    # The vendors' books are theirs: they go on.
    for file in first.glob("sandbox.db*"):
        shutil.copy(file, second / file.name)
    with machine(second) as (stack, sandbox, _):
        for scene in scenes:
            scene.till.api_url = stack.api_url
        assert _extras(results(stack.home, today)) >= _expected_extras(scenes)
        at_once(scenes, _afterwards)
        broken = [scene for scene in scenes if not _holds(proof, scene, sandbox)]
    assert broken == []


def _open_a_while(folder: Path) -> None:
    """The quick till is to fall silent, but not before the backup."""
    folder.mkdir()
    provide_stores_file(folder / "stores.yaml", "http://127.0.0.1:1", "1s")
    text = (folder / "stores.yaml").read_text()
    assert "abandon_after: 3s" in text
    (folder / "stores.yaml").write_text(text.replace("abandon_after: 3s", "abandon_after: 45s"))


def _scene(name: str, stack: Stack, sandbox: Sandbox, key: str) -> Scene:
    story = STORIES[name]
    till = JournalTill(stack.api_url, key, story.store, story.terminal)
    return Scene(name, story, new_shopper(sandbox), till, [], {}, [])


def _play(scene: Scene, steps: Any) -> None:
    for step in steps:
        step(scene.till, scene.shopper)


def _lose(scene: Scene) -> None:
    known = len(scene.till.sent)
    _play(scene, scene.story.lost)
    scene.till.settled()
    scene.lost = scene.till.sent[known:]
    scene.cases = [case["code"] for case in scene.till.seen["attention"]]


def _afterwards(scene: Scene) -> None:
    if scene.story.afterwards == "repeats":
        for message in scene.lost:
            scene.till.send(message)
        scene.till.settled()
    elif scene.story.attention:
        deadline = time.monotonic() + 90
        while not scene.till.read()["attention"] and time.monotonic() < deadline:
            time.sleep(0.1)


def _holds(proof: Proof, scene: Scene, sandbox: Sandbox) -> bool:
    try:
        with proof.case(KIND, scene.name):
            _judge(scene, sandbox)
    except AssertionError as broken:
        print(f"{scene.name}: {broken}\n{scene.till.refused}\n{scene.till.seen}")  # noqa: T201
        return False
    return True


def _judge(scene: Scene, sandbox: Sandbox) -> None:
    story, till = scene.story, scene.till
    assert net(scene, sandbox) == scene.moved
    if story.ends == "unknown":
        answer = till.request("GET", f"/checkouts/{till.seen['id']}")
        assert (answer.status_code, answer.json()["code"]) == (404, "checkout_not_restored")
        return
    assert set(till.refused) <= set(story.refused)
    seen = till.read()
    assert seen["status"] == story.ends
    cases = [case["code"] for case in seen["attention"]]
    assert cases == (list(story.attention) if story.afterwards == "is silent" else scene.cases)


def _expected_extras(scenes: list[Scene]) -> set[tuple[str, str]]:
    return {(s.till.seen["id"], ledger) for s in scenes for ledger in s.story.extras}


def _extras(found: list[Reconciled]) -> set[tuple[str, str]]:
    """What only the vendors' books have, by checkout and ledger."""
    return {
        ((entry.mark or "").split("/")[0], difference.ledger)
        for result in found
        for difference in result.differences
        if difference.kind == "extra"
        for entry in difference.theirs
    }
