"""Temporal's histories of a checkout: those that the records keep, and those Temporal still has."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowHistory
from temporalio.converter import PayloadCodec
from temporalio.service import RPCError, RPCStatusCode

from tillsaga.codec import CannotDecrypt

PATIENCE_SECONDS = 20.0
"""For one history. A bundle says which ones it waited for in vain."""


@dataclass
class Histories:
    """Histories as JSON, oldest first; of those that are `missing` it says why."""

    found: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    decrypted: bool = True


async def with_kept(
    kept: Mapping[str, str],
    runs: Sequence[str],
    codec: PayloadCodec | None,
    fetch: Callable[[Sequence[str]], Awaitable[Histories]],
) -> Histories:
    """Decrypt what the records have kept, by run, and fetch what is left of the runs."""
    histories = Histories()
    for run_id, text in kept.items():
        history = WorkflowHistory.from_json(run_id, text)
        histories.decrypted &= await _decrypt(codec, history)
        histories.found.append(history.to_json())
    left = [run_id for run_id in runs if run_id not in kept]
    if kept and not left:
        return histories
    rest = await fetch(left)
    return Histories(
        found=[*histories.found, *rest.found],
        missing=rest.missing,
        decrypted=histories.decrypted and rest.decrypted,
    )


async def read_histories(client: Client, checkout_id: str, runs: Sequence[str]) -> Histories:
    """Fetch the histories of all runs of a checkout, decrypted where the keys are there."""
    histories = Histories()
    every: Sequence[str | None] = runs or [None]
    for run_id in every:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                handle = client.get_workflow_handle(checkout_id, run_id=run_id)
                history = await handle.fetch_history()
        except (RPCError, RuntimeError, TimeoutError) as refused:
            histories.missing.append(f"{run_id or 'the last run'}: {_why(refused)}")
            continue
        codec = client.data_converter.payload_codec
        histories.decrypted &= await _decrypt(codec, history)
        histories.found.append(history.to_json())
    return histories


def _why(refused: Exception) -> str:
    if isinstance(refused, RPCError) and refused.status is RPCStatusCode.NOT_FOUND:
        return "Temporal no longer has it"
    return refused.message if isinstance(refused, RPCError) else "Temporal does not answer"


async def _decrypt(codec: PayloadCodec | None, history: WorkflowHistory) -> bool:
    try:
        for event in history.events:
            for payload in _payloads(event):
                await _decode(codec, payload)
    except CannotDecrypt:
        return False
    return True


async def _decode(codec: PayloadCodec | None, payload: Payload) -> None:
    if codec is not None:
        [plain] = await codec.decode([payload])
        payload.CopyFrom(plain)
    if payload.metadata.get("encoding") == b"binary/encrypted":
        raise CannotDecrypt("there are no keys")


def _payloads(message: Message) -> Iterator[Payload]:
    """All payloads in a message, wherever they are."""
    if isinstance(message, Payload):
        yield message
        return
    for descriptor, value in message.ListFields():
        for part in _parts(descriptor, value):
            if isinstance(part, Message):
                yield from _payloads(part)


def _parts(descriptor: Any, value: Any) -> Iterator[Any]:
    if descriptor.message_type is None:
        return
    if descriptor.message_type.GetOptions().map_entry:
        yield from value.values()
    elif hasattr(value, "append") or hasattr(value, "extend"):
        yield from value
    else:
        yield value
