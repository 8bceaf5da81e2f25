"""The stores file of a test shop: any mix of vendors, all of them in one sandbox."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from tillsaga.sandbox import world as leat
from tillsaga.sandbox.koupon import world as koupon
from tillsaga.sandbox.letstrade import world as letstrade
from tillsaga.sandbox.loyale import world as loyale
from tillsaga.sandbox.wll import world as wll

STORE = "ams-1"
ENVIRON = {
    "LEAT_TOKEN": leat.TOKEN,
    "LEAT_SECRET": leat.ACCOUNT_SECRET,
    "LETSTRADE_TOKEN": letstrade.TOKEN,
    "LETSTRADE_CALLBACK": letstrade.CALLBACK_SECRET,
    "WLL_KEY": wll.API_KEY,
    "WLL_CLIENT": wll.CLIENT_ID,
    "WLL_SECRET": wll.CLIENT_SECRET,
    "LOYALE_SCHEME": loyale.SCHEME,
    "LOYALE_KEY": loyale.API_KEY,
    "KOUPON_ID": koupon.IDENTIFIER,
    "KOUPON_SECRET": koupon.SECRET,
}
DISCOUNTS: dict[str, Any] = {
    "CPN-COFFEE": {
        "type": "absolute",
        "amount": 100,
        "skus": [leat.COFFEE],
        "title": "1.00 off coffee",
    },
    koupon.BARCODE: {"type": "absolute", "amount": 150, "title": "1.50 off cola"},
    koupon.BARCODE_MULTI: {"type": "absolute", "amount": 100, "title": "1.00 off cola"},
    koupon.BARCODE_REDEEMED: {"type": "absolute", "amount": 100, "title": "Gone cola"},
    koupon.SNACK: {"type": "absolute", "amount": 50, "title": "0.50 off a snack"},
    loyale.COUPON: {"type": "absolute", "amount": 200, "title": "2.00 off"},
    loyale.COUPON_USED: {"type": "absolute", "amount": 200, "title": "2.00 off"},
    wll.STATIC_CODE: {"type": "absolute", "amount": 100, "title": "Welcome"},
}


def stores_yaml(
    sandbox: str,
    kinds: Sequence[str],
    policy: dict[str, Any],
    settings: Mapping[str, dict[str, Any]] | None = None,
    webhooks: Sequence[Mapping[str, Any]] = (),
    **more: Any,
) -> str:
    """Write the file for one store; dollars where Koupon is among its vendors."""
    american = "koupon" in kinds
    providers = [provider(kind, sandbox) for kind in kinds]
    for described in providers:
        described["settings"] |= (settings or {}).get(described["kind"], {})
    store = {
        "id": STORE,
        "name": "Amsterdam Centraal",
        "currency": "USD" if american else "EUR",
        "timezone": "America/New_York" if american else "Europe/Amsterdam",
        "providers": providers,
        "discounts": DISCOUNTS,
        "policy": {"answer_budget": "20s"} | policy,
    }
    told = {"webhooks": [dict(hook) for hook in webhooks]} if webhooks else {}
    return yaml.safe_dump({"stores": [store | more]} | told, sort_keys=False)


def provider(kind: str, sandbox: str) -> dict[str, Any]:
    """Describe one vendor without a limit: quick to believe, yet waited for on a busy machine."""
    described = _PROVIDERS[kind](sandbox)
    described["settings"] |= {"http_timeout": "5s", "settle_after": "300ms"}
    described["settings"] |= {"circuit_open_for": "1ms", "rate_per_second": 1000}
    return {"name": kind, "kind": kind} | described


def _leat(sandbox: str) -> dict[str, Any]:
    return {
        "base_url": f"{sandbox}/leat",
        "credentials": {"token": "env:LEAT_TOKEN", "loyalty_token_secret": "env:LEAT_SECRET"},
        "settings": {
            "shop_uuid": leat.SHOP,
            "portal_domain": "portal.leat.test",
            "giftcard_program_uuid": leat.PROGRAM,
        },
    }


def _letstrade(sandbox: str) -> dict[str, Any]:
    return {
        "base_url": f"{sandbox}/letstrade",
        "credentials": {
            "token": "env:LETSTRADE_TOKEN",
            "callback_secret": "env:LETSTRADE_CALLBACK",
        },
        "settings": {"store_id": letstrade.STORE, "terminals": {"till-1": letstrade.TERMINAL}},
    }


def _wll(sandbox: str) -> dict[str, Any]:
    return {
        "base_url": f"{sandbox}/wll/api/v1",
        "credentials": {
            "api_key": "env:WLL_KEY",
            "client_id": "env:WLL_CLIENT",
            "client_secret": "env:WLL_SECRET",
        },
        "settings": {
            "auth_url": f"{sandbox}/wll/auth/oauth/token",
            "receipts_base_url": f"{sandbox}/wll/receipts/v1",
            "location_id": wll.VENUE,
            "redeem_event": wll.SPEND_TYPE,
            "refund_event": wll.REFUND_TYPE,
            "points_per_unit": 100,
        },
    }


def _loyale(sandbox: str) -> dict[str, Any]:
    return {
        "base_url": f"{sandbox}/loyale",
        "credentials": {"scheme_id": "env:LOYALE_SCHEME", "api_key": "env:LOYALE_KEY"},
        "settings": {"outlet_id": loyale.OUTLET},
    }


def _koupon(sandbox: str) -> dict[str, Any]:
    return {
        "base_url": f"{sandbox}/koupon",
        "credentials": {"identifier": "env:KOUPON_ID", "secret": "env:KOUPON_SECRET"},
        "settings": {"koupon_store_id": "1001"},
    }


_PROVIDERS = {
    "leat": _leat,
    "letstrade": _letstrade,
    "wll": _wll,
    "loyale": _loyale,
    "koupon": _koupon,
}
