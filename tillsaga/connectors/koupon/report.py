"""Report a sale: analytics only, nothing is redeemed or earned by it (sheet 3.2)."""

from datetime import datetime

from tillsaga.connectors.koupon.client import KouponClient
from tillsaga.connectors.koupon.refusals import KouponNo, refused
from tillsaga.connectors.koupon.wire import Written
from tillsaga.domain.basket import Line
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.money import to_major
from tillsaga.domain.sale import Sale
from tillsaga.errors import Refused

USD = "USD"


class ReportSale:
    """`Done.data`: `posted`, False where no coupon of Koupon's was redeemed in the sale."""

    def __init__(self, client: KouponClient) -> None:
        """Take the calls."""
        self._client = client

    async def do(self, order: EffectOrder) -> Done:
        """Report it with the time of its completion, the same bytes each time."""
        sale = order.sale
        if sale is None:
            raise Refused("there is no sale to report", code="invalid_request")
        assets = redeemed_assets(sale, order.provider)
        if not assets:  # the field is required: there is nothing to report
            return Done(data={"posted": False})
        if sale.currency != USD:
            raise Refused("koupon takes reports in USD only", code="currency_mismatch")
        try:
            await self._client.report(report_of(sale, assets))
        except KouponNo as no:
            said = no.said
        else:
            return Done(reference=sale.basket_id, data={"posted": True})
        raise refused(said, "vendor_refused")

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Nothing can be asked, and a second equal report does little harm (sheet 4)."""
        return None

    async def undo(self, order: EffectOrder, done: Done) -> Done:
        """Refuse: the report stays."""
        raise Refused("koupon cannot take a report back", code="vendor_refused")

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Done | None:
        """Nothing can have been taken back."""
        return None


def redeemed_assets(sale: Sale, provider: str) -> list[str]:
    """List each barcode and loyalty id that an offer of this sale was redeemed with, once."""
    redeemed = (
        offer.data.get("discount_asset")
        for offer in sale.offers
        if offer.provider == provider and offer.redemption_reference is not None
    )
    return list(dict.fromkeys(asset for asset in redeemed if isinstance(asset, str)))


def report_of(sale: Sale, assets: list[str]) -> Written:
    """Write the report; the till's own vouchers are discounts without a name.

    So are goods taken back: a report knows only what is sold.
    """
    given = sum(voucher.amount for voucher in sale.external_vouchers)
    gross = sale.basket_amount + given + sale.returned_amount
    total = max(0, sale.total_amount)
    numbered = enumerate((sold.line for sold in sale.lines), 1)
    return {
        "timestamp": f"{sale.paid_at:%Y-%m-%dT%H:%M:%SZ}",
        "currency": USD,
        "products": [_product(index, line) for index, line in numbered if _is_scanned(line)],
        "summary": {
            "subTotal": to_major(gross, USD),
            "totalDiscounts": to_major(gross + sale.tax_amount - total, USD),
            "total": to_major(total, USD),
        },
        "discountAssets": assets,
    }


def _is_scanned(line: Line) -> bool:
    """Returns cannot be written (a quantity is not negative), nor stored value without a code."""
    return line.quantity > 0 and bool(line.barcode or line.sku)


def _product(index: int, line: Line) -> dict[str, Written]:
    parts = sum(part.amount for part in (*line.modifiers, *line.add_ons))
    return {
        "index": index,
        "description": line.title,
        "scanCode": line.barcode or line.sku,
        "price": to_major(line.unit_amount + parts, USD),
        "quantity": line.quantity,
        "discounts": [],
    }
