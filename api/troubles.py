"""What goes wrong with a call to Temporal, in our words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio.client import (
    RPCTimeoutOrCancelledError,
    WorkflowFailureError,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api.temporal import Crowded, Gone, HandlerFailed, NoAnswer, Unreachable
from tillsaga.codec import CannotDecrypt
from tillsaga.errors import Refusal


@asynccontextmanager
async def limited(seconds: float) -> AsyncIterator[timedelta]:
    """Limit a call, the SDK's own retries included, and name what goes wrong with it."""
    limit = max(seconds, 0.001)
    try:
        async with asyncio.timeout(limit):
            yield timedelta(seconds=limit)
    except (TimeoutError, RPCTimeoutOrCancelledError, WorkflowQueryFailedError) as error:
        raise NoAnswer from error
    except WorkflowAlreadyStartedError as error:
        raise Gone from error
    except (WorkflowUpdateFailedError, WorkflowFailureError) as error:
        raise _failure(error.cause) from error
    except RPCError as error:
        raise _trouble(error) from error
    except CannotDecrypt as error:
        raise Refusal("key_missing", "what was written cannot be read with these keys") from error
    except RuntimeError as error:  # how the SDK says that a first connection failed
        raise Unreachable from error


def _failure(cause: BaseException) -> Exception:
    # The run ended with the message in hand; what it had to say is in the records.
    ended = isinstance(cause, ApplicationError) and cause.type == "AcceptedUpdateCompletedWorkflow"
    return Gone() if ended else HandlerFailed(type(cause).__name__)


def _trouble(error: RPCError) -> Exception:
    match error.status:
        case RPCStatusCode.NOT_FOUND if _names(error, "NamespaceNotFoundFailure"):
            return Unreachable()
        case RPCStatusCode.NOT_FOUND:
            return Gone()
        case RPCStatusCode.RESOURCE_EXHAUSTED if "in-flight" in error.message:
            return Crowded()
        case RPCStatusCode.DEADLINE_EXCEEDED | RPCStatusCode.CANCELLED:
            return NoAnswer()
        case RPCStatusCode.FAILED_PRECONDITION:  # a query without a worker
            return NoAnswer()
    return Unreachable()


def _names(error: RPCError, failure: str) -> bool:
    return any(detail.type_url.endswith(failure) for detail in error.grpc_status.details)
