"""What a page's commands take as given: `<!-- given: sale -->` stands for one of these.

A page says in words what its variables are, so that a reader can put in their own.
"""

import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from tests.docs.installation import Installation
from tillsaga.demo.stories.building import LINES
from tillsaga.demo.till import Json, Till, TillRefused
from tillsaga.demo.vendors import leat

Variables = dict[str, str]
GIFTCARD = 5_00
PATIENCE_SECONDS = 30.0

NOTHING = "nothing"
"""The reader has a terminal and the program, and nothing runs."""
SOURCE = "source"
"""The same, at the top of a checkout of the source that `make setup` has set up."""
VERSIONS = "versions"
"""An installation of its own, whose worker is a version that is current; `$OPEN` runs with it."""
POSTGRES = "postgres"
"""A PostgreSQL with the records in it, `$POSTGRES`, and its tools."""
OLD_VERSION = "2026.11.1"


def sale(there: Installation) -> Variables:
    """`$CHECKOUT`: a completed sale with a voucher, a gift card and the customer's card."""
    with there.till() as till:
        opened = _opened(there, till)
        paid = till.pay(till.pay(till.ready(opened), "authorized"), "captured")
        return {"CHECKOUT": str(till.wait_for_end(paid)["id"])}


def open_checkout(there: Installation) -> Variables:
    """`$OPEN`: a checkout that is still open."""
    with there.till() as till:
        return {"OPEN": str(_opened(there, till)["id"])}


def hold(there: Installation) -> Variables:
    """`$HOLD`: the lock of a voucher in an open checkout."""
    with there.till() as till:
        opened = _opened(there, till)
    locks = (each["id"] for each in opened["effects"] if each["operation"] == "lock_voucher")
    return {"HOLD": f"{opened['id']}:{next(locks)}"}


def case(there: Installation) -> Variables:
    """`$CASE` and `$ITEM`: a checkout, and what of it waits for a person."""
    with there.till() as till:
        ready = till.ready(till.open(LINES))
        # Refused, as it is too little; that it was taken is a fact all the same.
        with suppress(TillRefused):
            till.pay(ready | {"totals": {"due_amount": 1}}, "captured")
        waiting = till.wait_until(till.read(ready), lambda now: bool(now["attention"]))
    return {"CASE": str(waiting["id"]), "ITEM": str(waiting["attention"][0]["id"])}


SCENES: Mapping[str, Callable[[Installation], Variables]] = {
    "sale": sale,
    "open": open_checkout,
    "hold": hold,
    "case": case,
}
PLACES = (NOTHING, SOURCE, VERSIONS, POSTGRES)


def make_current(there: Installation, build_id: str) -> None:
    """Let new runs begin with a version, as an operator does, once its worker has been seen."""
    command = ["temporal", "worker", "deployment", "set-current-version", "--yes"]
    command += ["--deployment-name", "tillsaga", "--build-id", build_id]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (said := subprocess.run(command, env=there.environ, capture_output=True)).returncode:
        assert time.monotonic() < deadline, said.stderr.decode()


def _opened(there: Installation, till: Till) -> Json:
    """Open a checkout for a customer whom nobody else is, and take what they have."""
    ann = leat.new_customer(there.sandbox)
    opened = till.open(LINES, ann.identifier)
    opened = till.offer(opened, code=ann.voucher_code)
    return till.tender(opened, "giftcard", GIFTCARD, ann.giftcard_code)
