"""How routes say in OpenAPI what they take and answer."""

from collections import defaultdict
from typing import Any

from pydantic import BaseModel

from api import examples
from api.checkout_schema import CheckoutDocument
from api.problems import MEDIA_TYPE, REGISTRY, TYPES, kind_of

Responses = dict[int | str, dict[str, Any]]

AT_THE_DOOR = (
    "malformed_request",
    "headers_too_large",
    "unauthorized",
    "forbidden",
    "rate_limited",
    "internal_error",
)
_UNKNOWN = ("checkout_not_found", "checkout_not_restored")
READ = (*AT_THE_DOOR, "invalid_request", *_UNKNOWN)
BODY = (
    "malformed_request",
    "payload_too_large",
    "unsupported_media_type",
    "request_timeout",
    "invalid_request",
)
ASKED = (*AT_THE_DOOR, *BODY, "service_unavailable")
CHANGE = (
    *AT_THE_DOOR,
    *BODY,
    "idempotency_key_missing",
    "idempotency_key_reused",
    "request_in_progress",
    "service_unavailable",
    "records_read_only",
    "records_full",
    "restored_not_reconciled",
)
_TAKEN = ("checkout_not_found", "version_mismatch", "state_conflict", "vendor_refused")
"""What any message to a checkout may meet, one that opens it too."""
_STATE = frozenset({"state_conflict", "already_committed", "basket_frozen"})


def good(description: str, model: type[BaseModel], example: str) -> dict[str, Any]:
    """Document a good answer."""
    return {
        "model": model,
        "description": description,
        "content": {"application/json": {"examples": {"default": _reference(example)}}},
    }


def problems(*codes: str) -> Responses:
    """Document every error, one entry per status with an example per code."""
    by_status: defaultdict[int, list[str]] = defaultdict(list)
    for code in dict.fromkeys(codes):
        by_status[int(kind_of(code).status)].append(code)
    return {status: _problem(status, found) for status, found in sorted(by_status.items())}


def change(*codes: str, created: bool = False) -> Responses:
    """Document an operation that changes a checkout and answers all of it."""
    shown = "CHECKOUT"
    answers: Responses = {
        200: good("The checkout", CheckoutDocument, shown),
        202: good("Work goes on; read it again", CheckoutDocument, shown),
    }
    if created:
        answers[201] = good("A new checkout", CheckoutDocument, shown)
    else:
        codes = ("checkout_not_restored", *codes)
    return answers | problems(*CHANGE, *_TAKEN, *codes)


def question(answer: dict[str, Any], *codes: str) -> Responses:
    """Document an operation with one good answer."""
    return {200: answer, **problems(*codes)}


def _problem(status: int, codes: list[str]) -> dict[str, Any]:
    return {
        "description": "; ".join(kind_of(code).title for code in codes),
        "content": {
            MEDIA_TYPE: {
                "schema": {
                    "$ref": "#/components/schemas/Problem",
                    "properties": {"code": {"enum": codes}},
                },
                "examples": {code: _reference(code) for code in codes},
            }
        },
    }


def _reference(example: str) -> dict[str, str]:
    # By reference, since FastAPI drops every null from an example that stands in place.
    return {"$ref": f"#/components/examples/{example}"}


def all_examples() -> dict[str, Any]:
    """List what the references mean, by name."""
    answers = {name: {"value": value} for name, value in vars(examples).items() if name.isupper()}
    return answers | {code: {"value": problem_example(code)} for code in REGISTRY}


def problem_example(code: str) -> dict[str, Any]:
    """Show the problem that a code is."""
    kind = kind_of(code)
    shown: dict[str, Any] = {
        "type": f"{TYPES}/{code}",
        "title": kind.title,
        "status": int(kind.status),
        "detail": kind.title,
        "instance": "/requests/req_5a1e",
        "code": code,
        "retryable": kind.retryable,
        "request_id": "req_5a1e",
    }
    if code == "invalid_request":
        detail = "Input should be a valid integer"
        shown["errors"] = [{"pointer": "/basket/lines/0/unit_amount", "detail": detail}]
    if code in _STATE:
        shown |= {
            "current_status": "completed",
            "allowed_actions": ["correct_payment", "claim", "receipt"],
        }
    return shown
