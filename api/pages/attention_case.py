"""One case: what was asked, answered and stands in the vendor's books; and settling it."""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request
from starlette.responses import Response

from api.dependencies import ServicesDep
from api.pages.desk import Result, insist, key_after, new_key, refused, show
from api.pages.own_api import Call
from api.pages.signing import PageRoute, SupportVisitor, Visitor
from api.services import Services
from tillsaga.domain.attention_words import ACTIONS, words_of
from tillsaga.domain.audit import digest
from tillsaga.domain.effects import OPERATIONS
from tillsaga.domain.model import Json
from tillsaga.records.settled import SqlSettledCases

router = APIRouter(prefix="/attention", route_class=PageRoute, include_in_schema=False)

CheckoutId = Annotated[str, Path(pattern=r"^chk_[0-9A-Za-z]{1,60}$")]
Item = Annotated[str, Path(pattern=r"^att_[0-9]{1,9}$")]
Text = Annotated[str, Form()]

NEXT_STEPS = {
    "attention_settled": "Somebody else was first: below is what they decided.",
    "action_not_allowed": "Choose one of the actions that are left.",
    "attention_not_found": "Go back to the queue: the case is not open any more.",
    "invalid_request": "Say why, in 500 characters at most, and who you are, in 100.",
    "service_unavailable": "Nothing is lost: press the same button again.",
    "request_in_progress": "Nothing is lost: press the same button again in a moment.",
}
DONE = {
    "retry": "It was tried again, and it worked.",
    "accept_loss": "The store bears it.",
    "settled_by_hand": "It is settled by hand.",
}
BOOKS = {
    "happened": ("good", "The vendor's books show it."),
    "not_found": ("warn", "The vendor's books do not show it (yet)."),
    "taken_back": ("busy", "The vendor's books show it, and that it was taken back."),
    "unreadable": ("bad", "The vendor's books could not be read."),
}

UNKNOWN: Json = {"code": "", "detail": "", "amount": None, "opened_at": None, "owner": None}
"""What is shown of a case that has just been closed, before the records tell of its end."""


@dataclass(frozen=True)
class Said:
    """What a person has filled in; `key` makes sending it twice do it once."""

    action: str = ""
    actor: str = ""
    reason: str = ""
    key: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether everything is there."""
        return bool(self.action in ACTIONS and self.actor and self.reason)

    @property
    def needs_a_second_word(self) -> bool:
        """Whether it closes the case for good."""
        return any(words.is_final for name, words in ACTIONS.items() if name == self.action)

    @property
    def body(self) -> Json:
        """What the API is told."""
        return {"action": self.action, "actor": self.actor, "reason": self.reason}

    @property
    def request_key(self) -> str:
        """The form's key for these very words: others on the same form are another request."""
        return f"{self.key}-{digest(self.body)[:16]}"


async def said_in_form(
    action: Text = "", actor: Text = "", reason: Text = "", key: Text = ""
) -> Said:
    """Read the form."""
    return Said(action, actor.strip(), reason.strip(), key or new_key())


@router.get("/{checkout_id}/{item}", operation_id="showCase")
async def show_case(
    request: Request,
    services: ServicesDep,
    visitor: SupportVisitor,
    checkout_id: CheckoutId,
    item: Item,
    books: str = "",
) -> Response:
    """Show a case at once; what the vendor's books say comes after, or with `books=now`."""
    return await _page(request, services, visitor, checkout_id, item, books=bool(books))


@router.get("/{checkout_id}/{item}/books", operation_id="showCaseBooks")
async def show_books(
    request: Request,
    services: ServicesDep,
    visitor: SupportVisitor,
    checkout_id: CheckoutId,
    item: Item,
) -> Response:
    """Ask the vendor, and answer that part of the page."""
    case = insist(await visitor.api.get(_address(checkout_id, item)))
    return show(request, services, visitor, "books.html", case=case, says=BOOKS)


@router.post("/{checkout_id}/{item}/resolve", operation_id="settleCase")
async def settle(
    request: Request,
    services: ServicesDep,
    visitor: SupportVisitor,
    checkout_id: CheckoutId,
    item: Item,
    said: Annotated[Said, Depends(said_in_form)],
    confirmed: Text = "",
) -> Response:
    """Settle it; what closes it for good is asked for twice."""
    if not said.is_whole:
        words = "The action, your name or the reason is missing."
        told = Result("bad", "Not yet", words, NEXT_STEPS["invalid_request"])
        return await _page(
            request, services, visitor, checkout_id, item, status=422, result=told, said=said
        )
    if said.needs_a_second_word and not confirmed:
        return await _page(
            request, services, visitor, checkout_id, item, said=said, template="confirm.html"
        )
    address = f"{_address(checkout_id, item)}/resolve"
    asked = await visitor.api.get(f"{_address(checkout_id, item)}?books=false")
    before = asked.body if asked.is_ok else None
    call = await visitor.api.send("POST", address, said.body, key=said.request_key)
    kept = replace(said, key=key_after(call, said.key))
    return await _page(
        request,
        services,
        visitor,
        checkout_id,
        item,
        status=call.status,
        result=_settled(call, said, before),
        before=before,
        said=None if call.is_ok else kept,
    )


@router.post("/{checkout_id}/{item}/owner", operation_id="ownCase")
async def own(
    request: Request,
    services: ServicesDep,
    visitor: SupportVisitor,
    checkout_id: CheckoutId,
    item: Item,
    owner: Text = "",
    give_back: Text = "",
    key: Text = "",
) -> Response:
    """Take a case on, hand it over, or give it back to the queue."""
    who = None if give_back else owner.strip() or None
    address = f"{_address(checkout_id, item)}/owner"
    call = await visitor.api.send("POST", address, {"owner": who}, key=key or None)
    taken, given_back = "It is looked after.", "It is back in the queue."
    done = Result("good", taken if who else given_back, who or "")
    result = done if call.is_ok else refused(call, NEXT_STEPS)
    return await _page(
        request, services, visitor, checkout_id, item, status=call.status, result=result
    )


def _work(case: Json) -> str | None:
    """Say whose work a case waits for, in whatever generation."""
    effect_id = case.get("effect_id")
    return effect_id.rpartition("#")[0] if isinstance(effect_id, str) else None


def _settled(call: Call, said: Said, before: Json | None) -> Result:
    if not call.is_ok:
        return refused(call, NEXT_STEPS)
    if call.status == 202:
        words = "The work goes on. Load the page again to see what came of it."
        return Result("busy", "It is being tried again.", words)
    if said.action == "retry" and before is None:
        # The form was sent twice: what its first answer said cannot be told any more.
        words = "What is still open in this checkout is listed below."
        return Result("good", "It has been tried again.", words)
    effect = _work(before) if before else None
    came_back = effect is not None and any(_work(c) == effect for c in _cases(call.body))
    if said.action == "retry" and came_back:
        words = "Why, and what to do, stands in the new case; it is listed below."
        return Result("bad", "It was tried again, and it did not work.", words)
    return Result("good", DONE[said.action], "The case is closed, and kept with your reason.")


async def _page(
    request: Request,
    services: Services,
    visitor: Visitor,
    checkout_id: str,
    item: str,
    *,
    status: int = 200,
    result: Result | None = None,
    said: Said | None = None,
    before: Json | None = None,
    books: bool = False,
    template: str = "case.html",
) -> Response:
    checkout = insist(await visitor.api.get(f"/v1/checkouts/{checkout_id}"))
    asked = await visitor.api.get(f"{_address(checkout_id, item)}?books={str(books).lower()}")
    case = asked.body if asked.is_ok else None
    settled: Json | None = None
    if case is None:
        settled = await _settled_before(services, checkout_id, item)
        if settled is None and (result is None or asked.body.get("code") != "attention_not_found"):
            insist(asked)
    known = case or (settled["case"] if settled else before or UNKNOWN)
    assert isinstance(known, dict), "a case is an object"
    return show(
        request,
        services,
        visitor,
        template if case else "case.html",
        status=status,
        result=result,
        said=said or Said(actor=str(known.get("owner") or visitor.holder.name)),
        key=said.key if said else None,
        checkout=checkout,
        case=case,
        settled=settled,
        known=known,
        item=item,
        words=words_of(str(known["code"])),
        others=[each for each in _cases(checkout) if each["id"] != item],
        words_of=words_of,
        actions=ACTIONS,
        operations=OPERATIONS,
        asks_now=books,
        currency=checkout["currency"],
        says=BOOKS,
    )


async def _settled_before(services: Services, checkout_id: str, item: str) -> Json | None:
    found = await SqlSettledCases(services.database).of(checkout_id)
    cases = [closed.settled for closed in found if closed.settled.case.id == item]
    # Cases that are settled together keep one decision each; a later one would be another case.
    return cases[-1].model_dump(mode="json") if cases else None


def _address(checkout_id: str, item: str) -> str:
    return f"/v1/checkouts/{checkout_id}/attention/{item}"


def _cases(checkout: Json) -> list[Json]:
    found = checkout.get("attention")
    return [case for case in found if isinstance(case, dict)] if isinstance(found, list) else []
