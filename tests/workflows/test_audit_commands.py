"""What an auditor types, on a real checkout: each command of docs/auditors.md."""

import asyncio
import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.api.till import Till
from tests.support.audited import rich_checkout
from tests.support.door import forget, open_door
from tests.support.shop import Shop, open_shop
from tests.support.stores import ENVIRON
from tillsaga.domain.audit_roots import DailyRoot, Leaf, Step, climbed
from tillsaga.domain.histories import Kept
from tillsaga.keyring import new_key
from tillsaga.records.histories import SqlHistories
from worker.histories import TemporalMemory
from workflows.histories import KeepHistoriesWorkflow

Done = subprocess.CompletedProcess[str]
Run = Callable[..., Awaitable[Done]]
ENCRYPTION, SIGNING = new_key("enc"), new_key("k1")


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, skips_time=False, keys=ENCRYPTION) as opened:
        yield opened


@pytest.fixture
async def desk(shop: Shop) -> AsyncIterator[Till]:
    async with open_door(shop, "pos", "support") as opened:
        yield opened


@pytest.fixture
def tillsaga(shop: Shop, tmp_path: Path) -> Run:
    environ = os.environ | ENVIRON
    environ |= {
        "TILLSAGA_CONFIG": str(tmp_path / "stores.yaml"),
        "TILLSAGA_DATABASE_URL": f"sqlite:///{tmp_path / 'records.db'}",
        "TILLSAGA_ENCRYPTION_KEYS": ENCRYPTION,
        "TILLSAGA_AUDIT_KEYS": SIGNING,
        "TEMPORAL_ADDRESS": shop.client.service_client.config.target_host,
        "COLUMNS": "200",
    }

    async def run(*arguments: str, **changes: str) -> Done:
        return await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "tillsaga.cli", "audit", *arguments],
            env=environ | changes,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


async def test_roots_are_made_signed_exported_and_compared(
    shop: Shop, desk: Till, tillsaga: Run, tmp_path: Path
) -> None:
    checkout_id = await rich_checkout(shop, desk)

    replayed = await tillsaga("replay", checkout_id)
    closed = await tillsaga("close")
    exported = await tillsaga("roots")
    (tmp_path / "roots.jsonl").write_text(exported.stdout)
    (tmp_path / "keys.txt").write_text((await tillsaga("keys")).stdout)
    with_keys = ("--roots", "roots.jsonl", "--keys", "keys.txt")
    whole = await tillsaga("verify", *with_keys, TILLSAGA_AUDIT_KEYS="")
    async with shop.wiring.database.write() as session:
        # Somebody who may write everywhere takes the end of the story away, and its witnesses.
        for statement in (
            "UPDATE audit_chains SET length = 5, head = "
            "(SELECT hash FROM audit_entries WHERE number = 5)",
            "DELETE FROM audit_entries WHERE number > 5",
            "DELETE FROM audit_roots",
            "DELETE FROM audit_leaves",
        ):
            await session.execute(text(statement))
    alone = await tillsaga("verify")
    changed = await tillsaga("verify", *with_keys)
    named = await tillsaga(checkout_id, "--verify", "--roots", "roots.jsonl")

    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    assert "over 1 chains, signed by k1" in closed.stdout
    assert (whole.returncode, whole.stderr) == (0, "")
    assert "1 roots: unchanged\n" in whole.stdout
    assert alone.returncode == 0
    assert changed.returncode == 1
    assert f"{checkout_id} entry" in changed.stdout
    assert "missing: root 1 of" in changed.stdout
    assert "the records have it no longer" in changed.stdout
    assert named.returncode == 1
    assert "missing: root 1 of" in named.stderr


async def test_a_history_that_cannot_be_read_is_not_judged(
    shop: Shop, desk: Till, tillsaga: Run
) -> None:
    checkout_id = await rich_checkout(shop, desk)

    without = await tillsaga("replay", checkout_id, TILLSAGA_ENCRYPTION_KEYS="")
    with_another = await tillsaga(
        "replay", checkout_id, TILLSAGA_ENCRYPTION_KEYS=new_key("another")
    )

    for refused in (without, with_another):
        assert refused.returncode == 1
        assert "needs the key enc to be read" in refused.stderr
        assert "TILLSAGA_ENCRYPTION_KEYS" in refused.stderr
        assert "decides" not in refused.stdout


async def test_the_evidence_is_one_file_that_proves_itself_and_is_replayed(
    shop: Shop, desk: Till, tillsaga: Run, tmp_path: Path
) -> None:
    checkout_id = await rich_checkout(shop, desk)
    await tillsaga("close")

    shown = await tillsaga(checkout_id, "--verify")
    written = await tillsaga(checkout_id, "--bundle", "evidence.zip")
    replayed = await tillsaga("replay", "evidence.zip", TILLSAGA_ENCRYPTION_KEYS="")

    assert shown.returncode == 0, shown.stderr
    assert "entries, unchanged; 1 roots" in shown.stderr
    assert "resolve_attention, action accept_loss" in shown.stdout
    assert written.returncode == 0, written.stderr
    with zipfile.ZipFile(tmp_path / "evidence.zip") as bundle:
        files = {name: bundle.read(name) for name in bundle.namelist()}
    for line in files["SHA256SUMS"].decode().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256(files[name]).hexdigest() == digest
    about = json.loads(files["about.json"])
    assert (about["unchanged"], about["histories_decrypted"]) == (True, True)
    assert about["histories_missing"] == []
    [proof] = json.loads(files["proof.json"])
    path = [Step.model_validate(step) for step in proof["path"]]
    leaf = Leaf.model_validate(proof["leaf"])
    root = DailyRoot.model_validate(proof["root"])
    assert (climbed(leaf, path), root.hash) == (root.tree, proof["root"]["hash"])
    ledger = list(csv.DictReader(io.StringIO(files["ledger-leat.csv"].decode())))
    [charged] = [row for row in ledger if row["operation"] == "charge_giftcard"]
    assert (charged["amount"], charged["status"]) == ("300", "applied")
    assert charged["vendor_transaction"]
    assert f"Audit of {checkout_id}" in files["timeline.txt"].decode()
    assert about["histories"] == sum(name.startswith("history-") for name in files) >= 2
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    assert replayed.stdout.count("this version decides the same") == about["histories"]


async def test_a_bundle_says_that_temporal_has_forgotten(
    shop: Shop, desk: Till, tillsaga: Run, tmp_path: Path
) -> None:
    checkout_id = await rich_checkout(shop, desk)
    for run_id in await shop.wiring.checkouts.runs(checkout_id):
        await forget(shop, checkout_id, run_id)

    written = await tillsaga(checkout_id, "--bundle", "evidence.zip")

    assert written.returncode == 0, written.stderr
    with zipfile.ZipFile(tmp_path / "evidence.zip") as bundle:
        about = json.loads(bundle.read("about.json"))
    assert about["histories"] == 0
    assert all(why.endswith("Temporal no longer has it") for why in about["histories_missing"])


async def test_what_was_kept_is_evidence_after_temporal_has_forgotten_it(
    shop: Shop, desk: Till, tillsaga: Run, tmp_path: Path
) -> None:
    checkout_id = await rich_checkout(shop, desk)
    runs = await shop.wiring.checkouts.runs(checkout_id)
    await until_listed(shop, runs)

    first = await keep(shop)
    for run_id in runs:
        await forget(shop, checkout_id, run_id)
    second = await keep(shop)
    written = await tillsaga(checkout_id, "--bundle", "evidence.zip")
    replayed = await tillsaga("replay", "evidence.zip", TILLSAGA_ENCRYPTION_KEYS="")
    from_records = await tillsaga("replay", checkout_id, TEMPORAL_ADDRESS="127.0.0.1:1")

    assert (first.kept, first.lost) == (len(runs), 0)
    assert second == Kept()
    texts = await SqlHistories(shop.wiring.database).of_checkout(checkout_id)
    assert list(texts) == runs
    assert all("encryption-key-id" in text for text in texts.values())
    assert written.returncode == 0, written.stderr
    with zipfile.ZipFile(tmp_path / "evidence.zip") as bundle:
        about = json.loads(bundle.read("about.json"))
    assert (about["histories"], about["histories_missing"]) == (len(runs), [])
    assert about["histories_decrypted"] is True
    for each in (replayed, from_records):
        assert each.returncode == 0, each.stdout + each.stderr
        assert each.stdout.count("this version decides the same") == len(runs)


async def keep(shop: Shop) -> Kept:
    return await shop.client.execute_workflow(
        KeepHistoriesWorkflow.run, id=f"keep-{uuid4()}", task_queue=shop.queue
    )


async def until_listed(shop: Shop, runs: list[str]) -> None:
    """Temporal lists what has ended a moment later."""
    memory = TemporalMemory(shop.client)
    async with asyncio.timeout(20):
        while {run.run_id for run in await memory.closed_since(None)} < {*runs}:
            pass
