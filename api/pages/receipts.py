"""The receipt as a page of 80 mm: the bill with its slip, the sale, what came back, the end."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.dependencies import ServicesDep
from api.pages.frame import HEADERS, render
from api.pages.local import Local
from api.pages.own_api import Call
from api.pages.signing import PageRoute, ReadingVisitor, Visitor
from api.receipts import as_qr, in_words, items_in, to_scan, total_of
from api.refund_receipts import STANDING
from api.services import Services
from tillsaga.domain.model import Json
from tillsaga.errors import Refusal

router = APIRouter(prefix="/receipts", route_class=PageRoute, include_in_schema=False)

_UNSOLD = ("cancelled", "expired")


@router.get("/{checkout_id}.txt", operation_id="showReceiptText")
async def show_text(visitor: ReadingVisitor, checkout_id: str) -> Response:
    """Answer the API's text: 40 columns fit paper of 80 mm and of 42 columns alike."""
    return await _as_text(visitor, f"{_of(checkout_id)}/receipt")


@router.get("/{checkout_id}", operation_id="showReceipt")
async def show(
    request: Request, services: ServicesDep, visitor: ReadingVisitor, checkout_id: str
) -> Response:
    """Show the receipt, or what there is in its place."""
    view = _said(await visitor.api.get(_of(checkout_id)))
    shop = _local(services, view)
    if view["status"] in _UNSOLD:
        return _page(request, visitor, "unsold", shop, view, view=view)
    answer = await visitor.api.get(f"{_of(checkout_id)}/receipt")
    if answer.body.get("code") == "receipt_not_ready":
        return _page(request, visitor, "waiting", shop, view, view=view)
    receipt = _said(answer)
    refunds = items_in(_said(await visitor.api.get(f"{_of(checkout_id)}/refunds")), "data")
    return _page(
        request,
        visitor,
        "receipt",
        shop,
        view,
        receipt=receipt,
        total=total_of(receipt),
        refunds=refunds,
        standing=_standing(receipt, refunds),
        scan=_scan(receipt),
    )


@router.get("/{checkout_id}/refunds/{refund_id}", operation_id="showRefundReceipt")
async def show_refund(
    request: Request,
    services: ServicesDep,
    visitor: ReadingVisitor,
    checkout_id: str,
    refund_id: str,
) -> Response:
    """Show what came back, and to whom."""
    receipt = await _refund(visitor, checkout_id, refund_id)
    shop = _local(services, receipt)
    return _page(request, visitor, "refund", shop, receipt, receipt=receipt, words=STANDING)


@router.get("/{checkout_id}/refunds/{refund_id}/text", operation_id="showRefundReceiptText")
async def show_refund_text(visitor: ReadingVisitor, checkout_id: str, refund_id: str) -> Response:
    """Answer the API's text. Not `.txt`, with which a till's own id of a refund may end."""
    await _refund(visitor, checkout_id, refund_id)
    return await _as_text(visitor, f"/v1/refunds/{quote(refund_id, safe='')}/receipt")


async def _refund(visitor: Visitor, checkout_id: str, refund_id: str) -> Json:
    """Read a refund's receipt.

    Raises:
        Refusal: `refund_not_found`, of another sale's refund too.
    """
    receipt = _said(await visitor.api.get(f"/v1/refunds/{quote(refund_id, safe='')}/receipt"))
    if receipt["checkout_id"] != checkout_id:
        raise Refusal("refund_not_found", "no refund of this sale has this id")
    return receipt


async def _as_text(visitor: Visitor, path: str) -> Response:
    answer = await visitor.api.get(path, accept="text/plain")
    return Response(str(_said(answer)["text"]), media_type="text/plain", headers=HEADERS)


def _of(checkout_id: str) -> str:
    return f"/v1/checkouts/{quote(checkout_id, safe='')}"


def _said(call: Call) -> Json:
    """Take a good answer.

    Raises:
        Refusal: what the API refused.
    """
    if not call.is_ok:
        raise Refusal(str(call.body.get("code")), str(call.body.get("detail")))
    return call.body


def _local(services: Services, said: Json) -> Local:
    store_id = str(said["store_id"])
    return Local(services.stores.store(store_id), store_id, str(said["currency"]))


def _page(
    request: Request, visitor: Visitor, name: str, shop: Local, said: Json, **context: Any
) -> Response:
    return render(
        request,
        f"receipt/{name}.html",
        language=shop.language,
        shop=shop,
        checkout_id=said.get("checkout_id") or said["id"],
        terminal_id=said["terminal_id"],
        attention=bool(said.get("attention")) and visitor.may("support"),
        may_sell=visitor.may("pos", "support"),
        may_audit=visitor.may("audit", "support"),
        in_words=_in_words,
        **context,
    )


def _in_words(name: object) -> str:
    return "Gift card" if name == "giftcard" else in_words(name)


def _scan(receipt: Json) -> tuple[str, str, str] | None:
    """Say what may be scanned, what for, and draw it: SVG of lines alone."""
    code = to_scan(receipt)
    return code and (*code, as_qr(code[1]).decode())


def _standing(receipt: Json, refunds: list[Json]) -> tuple[str, str]:
    """Say how the sale stands, as a badge's kind and words."""
    if receipt.get("slip"):
        return "busy", "Not paid yet"
    if not refunds:
        return "good", "Paid"
    back = sum(refund["amount"] for refund in refunds if isinstance(refund["amount"], int))
    return "warn", "Refunded" if back >= total_of(receipt) else "Refunded in part"
