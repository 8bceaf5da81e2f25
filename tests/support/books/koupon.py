"""What moved at Koupon: uses by barcode, or by loyalty id and coupon code."""

from typing import Any

Books = dict[str, Any]


def moved(before: Books, after: Books) -> dict[str, int]:
    """Every offer that was redeemed, how often."""
    old, new = _redeemed(before), _redeemed(after)
    return {name: times - old.get(name, 0) for name, times in new.items() if times != old.get(name)}


def _redeemed(books: Books) -> dict[str, int]:
    coupons = {
        f"{loyalty}/{code}": one["redeemed"]
        for loyalty, account in books["accounts"].items()
        for code, one in account["coupons"].items()
    }
    return coupons | {code: one["redeemed"] for code, one in books["barcodes"].items()}


def calls(books: Books) -> list[list[tuple[str, int, int]]]:
    """Each redeem call that was accepted: barcode or coupon code, asked, redeemed."""
    return [
        [
            (line["coupon_code"] or line["discount_asset"], line["qty"], line["redeemed_qty"])
            for line in call["lines"]
        ]
        for call in books["redeem_calls"]
    ]


def reports(books: Books) -> list[tuple[list[str], int]]:
    """Each report: the assets it names, and the total in cents."""
    return [
        (report["discount_assets"], report["summary"]["total_in_cents"])
        for report in books["reports"]
    ]
