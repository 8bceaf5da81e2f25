"""Serves one customer: does what is scanned and pressed, and says what came of it."""

from typing import Any

from api.pages.own_api import Call
from api.pages.pos import basket
from api.pages.pos.actions import Asked, LastLine, Step, picked, step_of
from api.pages.pos.bill import Bill
from api.pages.pos.catalogue import article
from api.pages.pos.desk import Desk
from api.pages.pos.forms import Fields
from api.pages.pos.scene import Choice, Place, Scene, panel_named
from api.pages.pos.waiting import Waiting
from api.pages.words import translator
from tillsaga.errors import Refusal

Json = dict[str, Any]
MOST_OF_A_CODE = 255


async def serve_nobody(desk: Desk, fields: Fields, action: str) -> Scene:
    """Open a bill for what is sold first, and for whom was scanned before."""
    place = desk.place(fields.optional("store"), fields.optional("terminal"))
    scene = Scene(place, waiting=Waiting.of(fields), calls=desk.calls)
    try:
        if action == "panel":
            scene.panel = panel_named(fields.optional("panel"))
            return scene
        if action == "identify":
            scene.said = scene.waiting.person(fields.text("value"))
            return scene
        lines = _first_lines(place, fields, action)
        # The same form sent twice is the same basket, and so the same bill.
        sold = basket.basket(lines, place.store.currency, fields.optional("key"))
        call = await desk.open(place, sold, scene.waiting.identifiers, scene.waiting.codes)
    except Refusal as refusal:
        scene.panel = panel_named(fields.optional("panel"))
        return scene.refused(refusal)
    if not call.is_ok:
        scene.panel = panel_named(fields.optional("panel"))
        return scene.answered_no(call)
    bill = Bill(dict(call.body))
    secrets = basket.secrets_of(lines)
    said = "The bill is open."
    return Scene(place, bill, said=said, secrets=secrets, calls=desk.calls, opened=True)


def _first_lines(place: Place, fields: Fields, action: str) -> list[Json]:
    t, currency = translator(place.store.language), place.store.currency
    match action:
        case "add":
            return basket.with_article([], fields.text("sku"), currency, t)
        case "gift-card":
            return basket.with_gift_card([], fields, currency, t)
        case "top-up":
            return basket.with_top_up([], fields, currency, t)
    raise Refusal("not_found", "the till has no such button")


async def serve(desk: Desk, bill: Bill, fields: Fields, action: str) -> Scene:
    """Do what a form says with an open bill."""
    place = desk.place_of(bill)
    scene = Scene(place, bill, calls=desk.calls)
    if action == "panel":
        scene.panel = panel_named(fields.optional("panel"))
        return scene
    try:
        step = step_of(action, Asked(fields, bill, place.store, translator(place.store.language)))
    except LastLine:
        scene.panel, scene.said = "cancel", "A bill needs a line. Is it to be cancelled?"
        return scene
    except Refusal as refusal:
        scene.panel = panel_named(fields.optional("panel"))
        return scene.refused(refusal)
    return await _done(desk, scene, bill, step, fields)


async def _done(desk: Desk, scene: Scene, bill: Bill, step: Step, fields: Fields) -> Scene:
    """Send it, and show the bill as it is then."""
    # A basket is put as it is to be: sent twice, it says the same, and a key would say no more.
    key = None if step.method == "PUT" else fields.optional("key")
    call = await desk.do(bill.id, step, key)
    if not call.is_ok:
        scene.bill = await desk.bill(bill.id)
        scene.panel = panel_named(fields.optional("panel"))
        return scene.answered_no(call)
    scene.bill = _bill_in(call) or await desk.bill(bill.id)
    scene.said, scene.secrets = step.said, step.secrets
    if "refund_id" in call.body:
        scene.refund = dict(call.body)
    return scene


def _bill_in(call: Call) -> Bill | None:
    """The checkout that an operation answers; a refund is another document."""
    return Bill(dict(call.body)) if "effects" in call.body and "basket" in call.body else None


async def serve_scan(desk: Desk, fields: Fields) -> Scene:
    """Do what a scanned code stands for, or ask which of several things it is."""
    checkout_id = fields.optional("checkout")
    value = (fields.optional("value") or "")[:MOST_OF_A_CODE]
    if checkout_id is None:
        return await _scan_first(desk, fields, value)
    bill = await desk.bill(checkout_id)
    scene = Scene(desk.place_of(bill), bill, calls=desk.calls)
    if not value:
        return scene.refused(Refusal("invalid_request", "nothing was scanned"))
    if article(value, scene.place.store.currency):
        if bill.is_final:  # the next customer has come
            here = fields.but(sku=value, store=bill.store_id, terminal=bill.terminal_id)
            return await serve_nobody(desk, here, "add")
        return await serve(desk, bill, fields.but(sku=value), "add")
    if "@" in value:
        return await serve(desk, bill, fields.but(value=value), "identify")
    call = await desk.scan(value, scene.place, bill)
    if not call.is_ok:
        return scene.answered_no(call)
    found = _candidates(call)
    if len(found) == 1:
        return await _done(desk, scene, bill, picked(found[0], bill.status == "completed"), fields)
    scene.choices = tuple(Choice.of(one) for one in found)
    scene.said = "This code has several meanings. Which one is meant?"
    return scene


async def _scan_first(desk: Desk, fields: Fields, value: str) -> Scene:
    """Keep what is scanned before anything is sold."""
    place = desk.place(fields.optional("store"), fields.optional("terminal"))
    scene = Scene(place, waiting=Waiting.of(fields), calls=desk.calls)
    if not value:
        return scene.refused(Refusal("invalid_request", "nothing was scanned"))
    if article(value, place.store.currency):
        return await serve_nobody(desk, fields.but(sku=value), "add")
    if "@" in value:
        return await serve_nobody(desk, fields.but(value=value), "identify")
    call = await desk.scan(value, place, None)
    if not call.is_ok:
        return scene.answered_no(call)
    try:
        scene.said = scene.waiting.scanned(value, _candidates(call))
    except Refusal as refusal:
        return scene.refused(refusal)
    return scene


def _candidates(call: Call) -> list[Json]:
    found = call.body.get("candidates")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
