"""Signed URLs (sheet 2): HMAC-SHA1 in hex over the whole URL as the client wrote it.

Only the URL is covered: not the method, the headers or the body. There is no nonce, so a
signed URL may be replayed until it is too old.
"""

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

MARK = "&authSignature="


class Unsigned(Exception):
    """The URL is not signed as it must be; answered with 401."""

    def __init__(self, code: str, message: str) -> None:
        """Refuse with one of the four codes of sheet 2."""
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


@dataclass(frozen=True)
class Signed:
    """What the signature vouches for: the parameters before it, and nothing after it."""

    parameters: Mapping[str, str]

    @property
    def identifier(self) -> str:
        """Name the API key that signed."""
        return self.parameters["identifier"]

    @property
    def store_id(self) -> str | None:
        """Name the store, when the client does (sheet 3.3)."""
        return self.parameters.get("storeId")

    @property
    def timestamp(self) -> int:
        """Tell when the URL was signed, in epoch seconds."""
        return int(self.parameters["timestamp"])


def signature(url: str, secret: str) -> str:
    """Sign a URL that has all its parameters but `authSignature`: 40 hex digits.

    >>> signature("http://127.0.0.1:8902/v1/transaction/redeem"
    ...     "?identifier=sandbox-api-key&timestamp=1480610497", "sandbox-secret")
    '5951d840371ebb314059191b95876342e0cc4d76'
    """
    return hmac.new(secret.encode(), url.encode(), "sha1").hexdigest()


def verify(
    url: str, secret_of: Callable[[str], str | None], now: datetime, window: int | None
) -> Signed:
    """Check a URL by the procedure of sheet 2, in its order.

    Args:
        url: Absolute, exactly as the client wrote it.
        secret_of: Finds the secret of an identifier.
        now: The verifier's present moment.
        window: How many seconds the timestamp may be off either way; None is any.

    Raises:
        Unsigned: with `SIGNATURE_MISSING`, `IDENTIFIER_UNKNOWN`, `SIGNATURE_INVALID` or
            `TIMESTAMP_EXPIRED`.
    """
    covered, _, rest = url.partition(MARK)
    given = rest.partition("&")[0]
    if not given:
        raise Unsigned("SIGNATURE_MISSING", "the URL has no authSignature")
    parameters = dict(parse_qsl(urlsplit(covered).query, keep_blank_values=True))
    secret = secret_of(parameters.get("identifier", ""))
    if secret is None:
        raise Unsigned("IDENTIFIER_UNKNOWN", "no key has this identifier")
    # As bytes: the comparison in constant time takes no text beyond ASCII.
    if not hmac.compare_digest(signature(covered, secret).encode(), given.lower().encode()):
        raise Unsigned("SIGNATURE_INVALID", "authSignature does not fit the URL")
    if not _is_recent(parameters.get("timestamp", ""), now, window):
        raise Unsigned("TIMESTAMP_EXPIRED", "timestamp is missing or too far from now")
    return Signed(parameters)


def _is_recent(timestamp: str, now: datetime, window: int | None) -> bool:
    if not re.fullmatch(r"[0-9]{1,15}", timestamp):
        return False
    return window is None or abs(int(now.timestamp()) - int(timestamp)) <= window
