"""A request as it was sent, for whoever wants to send it again: secrets go by their names only."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tillsaga.sandbox.wire import Asked

CORRELATION = "x-correlation-id"
"""The header by which a client finds its own requests in the log."""
_PLAIN = frozenset({"accept", "content-type", "idempotency-key", CORRELATION})
_CONNECTION = frozenset(
    {"accept-encoding", "connection", "content-length", "host", "transfer-encoding", "user-agent"}
)
_SECRETS = "client_secret|password|access_token|refresh_token|token|api_key|secret"
_IN_JSON = re.compile(rf'("({_SECRETS})"\s*:\s*")[^"]*')
_IN_FORM = re.compile(rf"(?:^|(?<=&))(({_SECRETS})=)[^&]*")


@dataclass(frozen=True)
class Sent:
    """What a client sent: `url` as it was written, headers by their names in lower case."""

    url: str
    headers: Mapping[str, str]
    body: str


def sent(asked: Asked) -> Sent:
    """Keep a request, with a `$NAME` in the place of each secret."""
    url = re.sub(r"(authSignature=)[^&]*", r"\1$SIGNATURE", asked.url)
    return Sent(url, _headers(asked.headers), _body(asked.body.decode("utf-8", "replace")))


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    """A header that is not known to be harmless is a secret."""
    kept = ((name.lower(), value) for name, value in headers.items())
    return {n: _shown(n, value) for n, value in kept if n not in _CONNECTION}


def _shown(name: str, value: str) -> str:
    if name in _PLAIN:
        return value
    scheme, space, _ = value.partition(" ")
    if name == "authorization" and space:
        return f"{scheme} $TOKEN"
    return "$" + re.sub(r"\W", "_", name).upper()


def _body(text: str) -> str:
    named = _IN_JSON.sub(lambda found: f"{found[1]}${found[2].upper()}", text)
    return _IN_FORM.sub(lambda found: f"{found[1]}${found[2].upper()}", named)
