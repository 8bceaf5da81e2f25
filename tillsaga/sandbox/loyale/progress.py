"""What becomes of a sale once it is received: RECEIVED → PROCESSING → COMPLETED | FAILED.

Sheet 5. Its course is fixed when it is received: the switches `processing_seconds`,
`processing_reads` and `processing_outcome` of that moment. Half the seconds it stays RECEIVED.
It ends when the seconds are over *and* the status was read that often in vain; by default
that is before anybody can look.
"""

from datetime import timedelta
from urllib.parse import quote

from tillsaga.sandbox.books import Books, Record, stamp
from tillsaga.sandbox.loyale.accounts import undo
from tillsaga.sandbox.loyale.call import Answer, Call, Operation
from tillsaga.sandbox.loyale.duplicates import require_sale

VENDOR_HOST = "https://api.beta.loyale.io"
"""Where status URLs point by default: as in the seed, another host than the one called."""
FAILURE = "Transaction could not be processed"


def schedule(call: Call) -> Record:
    """Fix the course of a sale that is received now."""
    now, seconds = call.books.clock.now(), call.switches["processing_seconds"]
    return {
        "state": "RECEIVED",
        "outcome": call.switches["processing_outcome"],
        "received_at": stamp(now),
        "processing_at": stamp(now + timedelta(seconds=seconds / 2)),
        "due_at": stamp(now + timedelta(seconds=seconds)),
        "reads_left": call.switches["processing_reads"],
    }


def settle(books: Books) -> None:
    """Bring every sale to where it is by now; what failed is rolled back."""
    now = books.now()
    books.run(
        "UPDATE loyale_transactions SET state = 'PROCESSING'"
        " WHERE finished_at IS NULL AND state = 'RECEIVED' AND processing_at <= ?",
        now,
    )
    due = books.all(
        "SELECT id, outcome FROM loyale_transactions"
        " WHERE finished_at IS NULL AND due_at <= ? AND reads_left <= 0 ORDER BY id",
        now,
    )
    for sale in due:
        failed = sale["outcome"] == "FAILED"
        if failed:
            undo(books, f"sale:{sale['id']}")
        ended = {"state": sale["outcome"], "error": FAILURE if failed else None}
        books.update("loyale_transactions", sale["id"], finished_at=now, **ended)


def status_url(call: Call, unique_id: str) -> str:
    """Say where to ask for the status."""
    base = call.origin if call.switches["status_url_host"] == "own" else VENDOR_HOST
    return f"{base}/api/transaction/status/{quote(unique_id, safe='')}"


def status(call: Call) -> Answer:
    """Tell how far a sale is: the first reply with the state of now (sheet 5)."""
    sale = require_sale(call)
    if sale["reads_left"] > 0:
        call.books.update("loyale_transactions", sale["id"], reads_left=sale["reads_left"] - 1)
    shown = sale["reply"] | {"status": sale["state"], "returned": sale["returned"]}
    return Answer(shown | {"error": sale["error"]} if sale["error"] else shown)


OPERATIONS = [Operation("transaction.status", "GET", "/api/transaction/status/{uniqueId}", status)]
