"""Canaries: values that must not be found where they do not belong, in whatever spelling."""

import base64
import json
import unicodedata
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    GetWorkflowExecutionHistoryRequest,
)
from temporalio.client import Client
from temporalio.converter import PayloadCodec

SHORTEST = 4


def forms(value: str) -> set[bytes]:
    """How a value may be written, in lower case: as it is, composed or not, and encoded."""
    texts = {value, *(unicodedata.normalize(form, value) for form in ("NFC", "NFD", "NFKC"))}
    texts |= {quote(text, safe="") for text in texts} | {quote_plus(text) for text in texts}
    texts |= {json.dumps(text)[1:-1] for text in texts}
    written = {text.encode() for text in texts} | {text.encode("utf-16-le") for text in texts}
    written |= {raw.hex().encode() for raw in written}
    written |= {part for text in texts for part in _in_base64(text.encode())}
    return {raw.lower() for raw in written if len(raw) >= SHORTEST}


def _in_base64(raw: bytes) -> Iterator[bytes]:
    """What every base64 of a longer text has of it, at each of the three places it may begin."""
    for before in range(3):
        padded = b"\0" * before + raw
        whole = base64.b64encode(padded)[-(-before * 4 // 3) : len(padded) * 4 // 3 // 4 * 4]
        if len(whole) >= 2 * SHORTEST:
            yield whole
            yield whole.replace(b"+", b"-").replace(b"/", b"_")


class Search:
    """Looks for all canaries in all places, and counts the pairs it has looked at."""

    def __init__(self, canaries: Mapping[str, str]) -> None:
        self._forms = {name: forms(value) for name, value in canaries.items()}
        self.pairs = 0
        self.found: set[tuple[str, str]] = set()
        self.places: dict[str, int] = {}

    def look(self, place: str, said: bytes | str, *, but: Iterable[str] = ()) -> None:
        """Search one place; `but` names the canaries that belong there."""
        text = (said.encode() if isinstance(said, str) else said).lower()
        self.places[place] = self.places.get(place, 0) + len(text)
        for name, written in self._forms.items():
            if name in but:
                continue
            self.pairs += 1
            if any(form in text for form in written):
                self.found.add((place, name))


async def runs(client: Client) -> AsyncIterator[WorkflowExecution]:
    """List every run that Temporal remembers."""
    async for run in client.list_workflows("StartTime > '2020-01-01T00:00:00Z'"):
        yield WorkflowExecution(workflow_id=run.id, run_id=run.run_id)


async def remembered(client: Client, run: WorkflowExecution) -> dict[str, Message]:
    """What Temporal has of a run: its history, and its description."""
    service, namespace = client.workflow_service, client.namespace
    history = await service.get_workflow_execution_history(
        GetWorkflowExecutionHistoryRequest(namespace=namespace, execution=run)
    )
    assert not history.next_page_token
    described = await service.describe_workflow_execution(
        DescribeWorkflowExecutionRequest(namespace=namespace, execution=run)
    )
    return {"history": history.history, "description": described}


async def readable(message: Message, codec: PayloadCodec) -> str:
    """All payloads of a message, decrypted, and the message itself as JSON."""
    payloads = await codec.decode(list(_payloads(message)))
    return MessageToJson(message) + "\n".join(
        payload.data.decode(errors="replace") for payload in payloads
    )


def _payloads(message: Message) -> Iterator[Payload]:
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            parts: Any = value.values() if hasattr(value, "values") else ()
        else:
            parts = [value] if isinstance(value, Message) else value
        for part in parts:
            if isinstance(part, Message):
                yield from _payloads(part)
