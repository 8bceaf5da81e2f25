"""What happens to a unique id that is known already (sheet 5)."""

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.loyale.call import Answer, Call, Refusal
from tillsaga.sandbox.loyale.forms import canonical


def sale_by_id(call: Call, unique_id: str) -> Record | None:
    """Find the latest sale under a unique id; a failed one leaves its id free again."""
    return call.books.one(
        "SELECT * FROM loyale_transactions WHERE scheme = ? AND unique_id = ? ORDER BY id DESC",
        call.scheme["guid"],
        unique_id,
    )


def require_sale(call: Call) -> Record:
    """Find the sale the path names."""
    if (sale := sale_by_id(call, call.unique_id)) is None:
        raise Refusal("not_found")
    return sale


def replayed(call: Call, unique_id: str | None, *, custom_return: bool = False) -> Answer | None:
    """Answer a duplicate as the first time, if that is the policy and the body is the same.

    A unique id names one thing in a scheme, be it a sale or a custom return.

    Raises:
        Refusal: the id is taken and nothing is replayed.
    """
    if unique_id is None:
        return None
    sale = sale_by_id(call, unique_id)
    if sale and sale["state"] == "FAILED":
        sale = None
    returned = call.books.one(
        "SELECT * FROM loyale_returns WHERE scheme = ? AND unique_id = ?",
        call.scheme["guid"],
        unique_id,
    )
    if sale is None and returned is None:
        return None
    same = returned if custom_return else sale
    replays = call.switches["duplicate"] == "replay"
    if replays and same and same["sent"] == canonical(call.body):
        return Answer(same["reply"], call.switches["accepted_status"] if same is sale else 200)
    raise Refusal("exists", unique_id=unique_id)
