"""How the SDK's troubles are named. A checkout over a real server is tested elsewhere."""

import time
from collections.abc import Callable
from typing import NoReturn

import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from temporalio.api.common.v1 import GrpcStatus
from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.api.workflowservice.v1 import GetSystemInfoResponse
from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api import starting
from api.delivery import letter_of
from api.gateway import TemporalGateway, _answer, connect
from api.idempotency import Call
from api.temporal import Crowded, Gone, HandlerFailed, NoAnswer, Start, Unreachable
from api.troubles import limited
from tests.api.till import order
from tillsaga.domain.messages import OpenCheckout, Reopen
from tillsaga.domain.model import Json
from tillsaga.domain.reads import LookUpOrder
from tillsaga.records.bill_rows import BillRecord
from tillsaga.records.database import utc_now
from tillsaga.stores import StoresFile

ENDED = ApplicationError("ended", type="AcceptedUpdateCompletedWorkflow")
CALL = Call("key_1", "k", "POST /", "f", "req_1", None)


def rpc(status: RPCStatusCode, message: str = "", detail: AnyMessage | None = None) -> RPCError:
    raw = GrpcStatus(code=status, message=message, details=[detail] if detail else [])
    return RPCError(message, status, raw.SerializeToString())


def no_namespace() -> RPCError:
    detail = AnyMessage()
    detail.Pack(NamespaceNotFoundFailure(namespace="default"))
    return rpc(RPCStatusCode.NOT_FOUND, "no namespace", detail)


@pytest.mark.parametrize(
    ("error", "named"),
    [
        (rpc(RPCStatusCode.NOT_FOUND, "workflow execution already completed"), Gone),
        (no_namespace(), Unreachable),
        (WorkflowAlreadyStartedError("chk_1", "Checkout"), Gone),
        (rpc(RPCStatusCode.UNAVAILABLE), Unreachable),
        (rpc(RPCStatusCode.INVALID_ARGUMENT), Unreachable),
        (rpc(RPCStatusCode.DEADLINE_EXCEEDED), NoAnswer),
        (rpc(RPCStatusCode.FAILED_PRECONDITION, "no poller seen"), NoAnswer),
        (rpc(RPCStatusCode.RESOURCE_EXHAUSTED, "limit on number of in-flight updates"), Crowded),
        (rpc(RPCStatusCode.RESOURCE_EXHAUSTED, "namespace rate limit"), Unreachable),
        (WorkflowUpdateRPCTimeoutOrCancelledError(), NoAnswer),
        (WorkflowUpdateFailedError(ENDED), Gone),
        (WorkflowUpdateFailedError(ApplicationError("bug")), HandlerFailed),
        (RuntimeError("Failed client connect"), Unreachable),
        (TimeoutError(), NoAnswer),
    ],
)
async def test_a_trouble_has_one_name(error: Exception, named: type[Exception]) -> None:
    with pytest.raises(named):
        async with limited(1):
            raise error


def test_an_answer_without_a_checkout_is_a_failure() -> None:
    with pytest.raises(HandlerFailed):
        _answer({"status": 200, "checkout": None})


def test_a_refusal_comes_with_the_checkout() -> None:
    said: Json = {
        "code": "offer_lost",
        "detail": "gone",
        "errors": [],
        "allowed_actions": ["ready"],
    }
    answer = _answer({"status": 200, "checkout": {"id": "chk_1"}, "refusal": said})
    assert answer.refusal is not None
    assert answer.refusal.allowed_actions == ("ready",)


@pytest.fixture
async def nowhere(monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "tills")
    return await connect()


async def test_the_client_reads_temporals_own_variables_and_connects_later(
    nowhere: Client,
) -> None:
    assert nowhere.namespace == "tills"
    assert not await TemporalGateway(nowhere, "q").is_up(1)


async def test_a_server_that_keeps_its_health_to_itself_is_up(
    nowhere: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Temporal Cloud answers so to an API key."""

    async def refuse(*_: object, **__: object) -> NoReturn:
        raise rpc(RPCStatusCode.PERMISSION_DENIED, "Request unauthorized.")

    async def tell(*_: object, **__: object) -> GetSystemInfoResponse:
        return GetSystemInfoResponse(server_version="1.32.0")

    monkeypatch.setattr(nowhere.service_client, "check_health", refuse)
    monkeypatch.setattr(nowhere.workflow_service, "get_system_info", tell)
    gateway = TemporalGateway(nowhere, "q")

    assert await gateway.is_up(1)

    monkeypatch.setattr(nowhere.workflow_service, "get_system_info", refuse)
    assert not await gateway.is_up(1)


async def test_without_a_server_every_call_says_so_at_once(
    nowhere: Client, stores: StoresFile
) -> None:
    gateway, began = TemporalGateway(nowhere, "tillsaga"), time.monotonic()
    letter = letter_of(CALL, "chk_1", "reopen", Reopen())
    look_up = LookUpOrder(store_id="ams-1", providers=(), kind="member")
    calls: list[Callable[[], object]] = [
        lambda: gateway.update(letter, 1),
        lambda: gateway.query("chk_1", "checkout", 1),
        lambda: gateway.heartbeat("chk_1", None, 1),
        lambda: gateway.heartbeat("chk_1", first_start(stores), 1),
        lambda: gateway.look_up(look_up, 1),
    ]
    for call in calls:
        with pytest.raises(Unreachable):
            await call()  # type: ignore[misc]
    assert time.monotonic() - began < 1


async def test_an_opening_without_a_server_leaves_no_warning_behind(
    nowhere: Client, stores: StoresFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object, **__: object) -> NoReturn:
        raise rpc(RPCStatusCode.UNAVAILABLE)

    service = nowhere.workflow_service
    monkeypatch.setattr(service, "execute_multi_operation", refuse)
    message = OpenCheckout.model_validate(order())
    letter = letter_of(CALL, "chk_1", "open", message)
    opening = type(letter)(**{**vars(letter), "start": first_start(stores)})
    with pytest.raises(Unreachable):
        await TemporalGateway(nowhere, "q").update(opening, 1)


def first_start(stores: StoresFile) -> Start:
    bill = BillRecord(
        checkout_id="chk_1",
        store_id="ams-1",
        basket_id="basket-0001",
        generation=1,
        previous_id=None,
        fingerprint="f",
        terminal_id="till-2",
        created_at=utc_now(),
        status="open",
        version=0,
        attention=False,
        view=None,
        saved_at=None,
        ended_at=None,
    )
    message = OpenCheckout.model_validate(order())
    return starting.first_start(stores.stores[0], bill, message, "req_1")
