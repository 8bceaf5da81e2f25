"""A sale over the fake Temporal that is archived, with a part of it given back."""

from copy import deepcopy
from decimal import Decimal
from typing import Any

from api import examples
from api.services import Services
from tests.api.fakes import FakeGateway
from tests.api.till import Till
from tillsaga.domain.checkout import Checkout
from tillsaga.domain.refunds import Refund, RefundedLine, Share
from tillsaga.records.database import utc_now
from tillsaga.terms import terms_of

REFUND_ID = "rfd-17"


async def sold_and_refunded(
    till: Till,
    services: Services,
    temporal: FakeGateway,
    basket_id: str = "basket-sold",
    **receipt: Any,
) -> str:
    """Sell at the first store, give 1.75 back in cash, and forget the history; answers the id."""
    checkout_id = (await till.opened(basket_id)).rpartition("/")[2]
    store, at = services.stores.stores[0], utc_now()
    back = Refund(
        refund_id=REFUND_ID,
        reason="cold",
        status="completed",
        lines=(RefundedLine(line_id="1", quantity=Decimal(1), amount=1_75),),
        amount=1_75,
        shares=(Share(type="cash", amount=1_75),),
        created_at=at,
    )
    sale = Checkout(
        id=checkout_id,
        terms=terms_of(store, "till-2"),
        terminal_id="till-2",
        status="completed",
        refunds=[back],
        created_at=at,
        updated_at=at,
        active_at=at,
    )
    printed: Any = {**deepcopy(examples.RECEIPT), "checkout_id": checkout_id, **receipt}
    state = {**sale.model_dump(mode="json"), "receipt": printed}
    view = temporal.change(checkout_id, status="completed")
    await services.refunds.note(store.id, REFUND_ID, checkout_id)
    await services.checkouts.save(checkout_id, state, view, ended=True)
    temporal.end(checkout_id)
    return checkout_id
