"""What Schemathesis cannot know: a key names one request, so each request has its own."""

import uuid
from typing import Any

import schemathesis

EXAMPLE_KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324"
EXAMPLE_VERSION = '"4"'


@schemathesis.hook
def before_call(_: Any, case: schemathesis.Case, __: Any) -> None:
    """Give the document's example of a key new words, and forget its example of a version."""
    headers = case.headers or {}
    if headers.get("Idempotency-Key") == EXAMPLE_KEY:
        headers["Idempotency-Key"] = str(uuid.uuid4())
    if headers.get("If-Match") == EXAMPLE_VERSION:
        del headers["If-Match"]
