"""Orders and answers of the activities that only read."""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from tillsaga.domain.basket import Basket
from tillsaga.domain.model import Instant, Json, Model
from tillsaga.domain.offers import Identifier, Member, Offer, Tender, TenderType
from tillsaga.domain.ports import FoundTender, Identified, Quote, Selection
from tillsaga.domain.view import RefusalBody


class ReadFailure(Model):
    """Why a vendor gave no answer: our code, and words for people."""

    code: str
    detail: str


class Asked(Model):
    """A read while a till waits; a vendor that takes longer than `patience` is left out."""

    store_id: str
    terminal_id: str | None = None
    patience: timedelta = timedelta(milliseconds=1500)


class Visit(Asked):
    """Ask one vendor who the customer is and what they could use.

    `persistent`: nobody waits, so it is asked again until it answers.
    """

    checkout_id: str
    provider: str
    basket: Basket
    member: Member | None = None
    identifiers: tuple[Identifier, ...] = ()
    applied: tuple[Offer, ...] = ()
    tenders: tuple[Tender, ...] = ()
    persistent: bool = False


class VisitAnswer(Model):
    """`identified` is None when nobody was asked for; `failure` leaves the rest empty.

    `slip` is the QR code by which the vendor's app finds the bill that was just quoted.
    """

    identified: Identified | None = None
    quote: Quote | None = None
    slip: str | None = None
    failure: ReadFailure | None = None


class FindOffer(Asked):
    """Ask one vendor for a scanned code."""

    checkout_id: str = ""
    provider: str
    code: str
    member: Member | None = None
    basket: Basket | None = None


class OfferAnswer(Model):
    """The offer behind a code, if the vendor knows it."""

    offer: Offer | None = None
    failure: ReadFailure | None = None


class ScanCodes(Asked):
    """Ask one vendor what scanned strings are to it."""

    provider: str
    codes: tuple[str, ...]
    member: Member | None = None
    basket: Basket | None = None


class CheckOffer(Asked):
    """Ask whether an offer that no vendor holds still stands."""

    checkout_id: str = ""
    offer: Offer


class CheckAnswer(Model):
    """`lost` says why it is gone."""

    lost: str | None = None
    failure: ReadFailure | None = None


class FindTender(Asked):
    """Ask one vendor for a stored value."""

    checkout_id: str
    provider: str
    type: TenderType
    reference: str | None = None
    member: Member | None = None
    basket: Basket | None = None
    due_amount: int = 0


class TenderAnswer(Model):
    """The stored value, and what this checkout's records say was charged to it by generation.

    After a reset the balance already lacks our own charge; the records then give the amount.
    """

    found: FoundTender | None = None
    charged: dict[int, int] = Field(default_factory=dict)
    failure: ReadFailure | None = None


class ClaimOrder(Model):
    """Ask for the URL where an unidentified customer may claim a sale's points."""

    store_id: str
    provider: str
    checkout_id: str
    amount: int
    at: Instant


class ReadSelection(Model):
    """Read what a vendor says its customer picked for an open bill."""

    store_id: str
    provider: str
    terminal_id: str
    basket: Basket
    body: Json


class SelectionAnswer(Model):
    """The selection, or why it is not one for this bill."""

    selection: Selection | None = None
    failure: ReadFailure | None = None


class LookUpOrder(Asked):
    """A look-up, or a portal session, without changing a checkout."""

    providers: tuple[str, ...]
    kind: Literal["member", "giftcard", "voucher", "portal", "sold_card"]
    type: str | None = None
    value: str = ""
    member: Member | None = None


class LookUpAnswer(Model):
    """What the vendors know, as JSON for the till, or the refusal."""

    status: int = 200
    body: Json = Field(default_factory=dict)
    refusal: RefusalBody | None = None


class ScanOrder(Asked):
    """Ask all vendors of a store whose a scanned string is."""

    providers: tuple[str, ...]
    value: str
    members: dict[str, Member] = Field(default_factory=dict)
    basket: Basket | None = None


class Candidate(Model):
    """One answer to a scan: what the till may do with it, and with which body.

    `operation` is the last part of the checkout's address to post `body` to. `assumed`: the
    vendor cannot be asked.
    """

    provider: str
    kind: str
    operation: Literal["identifiers", "offers", "tenders"]
    body: Json
    assumed: bool = False


class ScanAnswer(Model):
    """Whose the code may be; `absent` names the vendors that gave no answer."""

    candidates: tuple[Candidate, ...] = ()
    absent: tuple[str, ...] = ()


class CodesAnswer(Model):
    """The scan of each code at one vendor, in the order in which they were asked."""

    scans: tuple[ScanAnswer, ...] = ()
    failure: ReadFailure | None = None
