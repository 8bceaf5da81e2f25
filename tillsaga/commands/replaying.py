"""A stored history run against this version: would it decide the same?"""

import asyncio
import base64
import json
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from tillsaga.codec import data_converter
from tillsaga.commands.histories import fetch_histories
from tillsaga.commands.loading import records
from tillsaga.commands.trouble import ExitCode, Trouble
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.histories import SqlHistories
from tillsaga.settings import Settings

_HISTORY = re.compile(r"history-\d+\.json")
_KEY_ID = re.compile(r'"encryption-key-id":\s*"([^"]*)"')


@dataclass(frozen=True)
class Replayed:
    """What came of one history; `made_by` are the versions of the workers that made it."""

    name: str
    difference: str | None
    made_by: tuple[str, ...]


async def histories_of(settings: Settings, source: str) -> dict[str, str]:
    """Read histories as JSON from a bundle, or by a checkout's id from the records and Temporal.

    Raises:
        Trouble: there are none.
    """
    if source.endswith(".zip"):
        return _bundled(Path(source))
    async with records(settings) as database:
        runs = await SqlCheckoutBook(database).runs(source)
        kept = await SqlHistories(database).of_checkout(source)
    fetched = await fetch_histories(settings, source, runs, kept)
    if not fetched.found:
        hint = "replay a bundle that was written while Temporal had it"
        raise Trouble(f"no history of {source}: {'; '.join(fetched.missing)}", hint=hint)
    for missing in fetched.missing:
        typer.echo(f"not replayed: {missing}", err=True)
    return {f"history-{n}.json": text for n, text in enumerate(fetched.found, start=1)}


def _bundled(path: Path) -> dict[str, str]:
    try:
        with zipfile.ZipFile(path) as bundle:
            names = sorted(name for name in bundle.namelist() if _HISTORY.fullmatch(name))
            found = {name: bundle.read(name).decode() for name in names}
    except (OSError, zipfile.BadZipFile) as wrong:
        hint = "give what tillsaga audit ID --bundle has written"
        raise Trouble(
            f"{path} is no bundle: {wrong}", hint=hint, code=ExitCode.WRONG_USAGE
        ) from None
    if not found:
        hint = "Temporal had dropped the history when it was written: see about.json"
        raise Trouble(f"{path} holds no history", hint=hint)
    return found


async def replayed(settings: Settings, histories: dict[str, str]) -> list[Replayed]:
    """Replay each history with the workflows of this version.

    Raises:
        Trouble: a history is encrypted with a key that we do not have.
    """
    from worker.wiring import WORKFLOWS, workflow_runner

    for name, text in histories.items():
        _insist_on_keys(settings, name, text)
    replayer = Replayer(
        workflows=WORKFLOWS,
        data_converter=data_converter(settings.key_ring),
        workflow_runner=workflow_runner(),
    )
    results = []
    for name, text in histories.items():
        history = await asyncio.to_thread(WorkflowHistory.from_json, name, text)
        result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
        failure = result.replay_failure
        difference = _first_line(failure) if failure is not None else None
        results.append(Replayed(name, difference, made_by(text)))
    return results


def _insist_on_keys(settings: Settings, name: str, history: str) -> None:
    """What cannot be read decides nothing, neither the same nor otherwise."""
    ours = settings.key_ring.keys if settings.key_ring else {}
    wanted = {base64.b64decode(key_id).decode() for key_id in _KEY_ID.findall(history)}
    if lacking := sorted(wanted - ours.keys()):
        hint = "set TILLSAGA_ENCRYPTION_KEYS as the worker had it"
        raise Trouble(f"{name} needs the key {', '.join(lacking)} to be read", hint=hint)


def _first_line(failure: BaseException) -> str:
    said = str(failure) or type(failure).__name__
    return said.strip().splitlines()[0]


def made_by(history: str) -> tuple[str, ...]:
    """Name the versions of the workers that made a history; none where they had no versions."""
    versions: dict[str, None] = {}
    for event in json.loads(history)["events"]:
        completed = event.get("workflowTaskCompletedEventAttributes", {})
        version = completed.get("deploymentVersion") or {}
        named = version.get("buildId") or _after_dot(completed.get("workerDeploymentVersion"))
        if named:
            versions[named] = None
    return tuple(versions)


def _after_dot(version: str | None) -> str | None:
    return version.partition(".")[2] if version else None


def show_replay(settings: Settings, source: str, results: Sequence[Replayed]) -> bool:
    """Say what came of it; answers whether everything was decided the same."""
    for each in results:
        made = ", ".join(each.made_by) or "workers without TILLSAGA_BUILD_ID"
        if each.difference is None:
            typer.echo(f"{each.name}: this version decides the same (made by {made})")
            continue
        typer.echo(f"{each.name}: this version decides otherwise (made by {made})")
        typer.echo(f"  first difference: {each.difference}")
        for other in each.made_by:
            if other != settings.build_id:
                command = f"TILLSAGA_BUILD_ID={other} tillsaga audit replay {source}"
                typer.echo(f"  with the release of version {other}: {command}")
    return all(each.difference is None for each in results)
