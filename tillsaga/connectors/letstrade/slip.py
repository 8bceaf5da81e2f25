"""The QR code of a printed bill, by which the customer's app finds it (sheet 6)."""

import json
from urllib.parse import urlencode, urlsplit, urlunsplit


def slip_payload(
    store_id: str, terminal_id: str, transaction_id: str, url: str | None = None
) -> str:
    """Write the QR code's text: compact JSON, or the URL with three query parameters.

    >>> slip_payload("S-014", "T2", "b-1")
    '{"store_id":"S-014","terminal_id":"T2","transaction_id":"b-1"}'
    >>> slip_payload("S-014", "T2", "b-1", "https://app.test/bill?lang=en")
    'https://app.test/bill?lang=en&store_id=S-014&terminal_id=T2&transaction_id=b-1'

    Args:
        store_id: The vendor's name for the store.
        terminal_id: The vendor's name for the terminal.
        transaction_id: The basket's id (sheet 6: one bill, one id).
        url: Where the app opens; None for JSON.
    """
    named = {"store_id": store_id, "terminal_id": terminal_id, "transaction_id": transaction_id}
    if url is None:
        return json.dumps(named, separators=(",", ":"))
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(named))))
    return urlunsplit(parts._replace(query=query))
