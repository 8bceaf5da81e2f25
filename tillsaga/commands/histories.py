"""Temporal's histories of a checkout, as far as Temporal still has them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowHistory
from temporalio.converter import PayloadCodec
from temporalio.service import RPCError, RPCStatusCode

from tillsaga.codec import CannotDecrypt
from tillsaga.settings import Settings


@dataclass
class Histories:
    """Histories as JSON, oldest first; of those that are `missing` it says why."""

    found: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    decrypted: bool = True


async def fetch_histories(settings: Settings, checkout_id: str, runs: Sequence[str]) -> Histories:
    """Fetch the histories of all runs of a checkout, decrypted where the keys are there."""
    from worker.temporal import connect

    try:
        client = await connect(settings)
    except RuntimeError as away:
        return Histories(missing=[f"all runs: Temporal does not answer ({away})"])
    histories = Histories()
    every: Sequence[str | None] = runs or [None]
    for run_id in every:
        try:
            handle = client.get_workflow_handle(checkout_id, run_id=run_id)
            history = await handle.fetch_history()
        except RPCError as refused:
            gone = refused.status is RPCStatusCode.NOT_FOUND
            why = "Temporal no longer has it" if gone else refused.message
            histories.missing.append(f"{run_id or 'the last run'}: {why}")
            continue
        histories.decrypted &= await _decrypt(client, history)
        histories.found.append(history.to_json())
    return histories


async def _decrypt(client: Client, history: WorkflowHistory) -> bool:
    codec = client.data_converter.payload_codec
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
