"""Signed URLs (sheet 2). A signed URL can be replayed: it is made for one try and never logged."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote, urlencode

import httpx


def signature(url: str, secret: str) -> str:
    """Sign a whole URL, scheme and host included: HMAC-SHA1, lower-case hex.

    >>> signature("http://storeconnect.kouponmedia.com/v1/transaction/report?storeId=1042"
    ...           "&identifier=sandbox-api-key&timestamp=1480610497", "sandbox-secret")
    '133bf87e94bfc88f45c0bb0312fb57df13b8581d'
    """
    return hmac.new(secret.encode(), url.encode(), hashlib.sha1).hexdigest()


def signed_url(
    url: str, identifier: str, secret: str, at: datetime, parameters: Mapping[str, str]
) -> str:
    """Write the URL of one try; whatever follows the signature would not be covered (K5)."""
    named = {**parameters, "identifier": identifier, "timestamp": int(at.timestamp())}
    # Signed as httpx will send it: it writes some characters its own way (trap 1).
    unsigned = str(httpx.URL(f"{url}?{urlencode(named, quote_via=quote)}"))
    return f"{unsigned}&authSignature={signature(unsigned, secret)}"
