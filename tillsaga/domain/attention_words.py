"""What each case of attention means to a person: what happened, what to do, what a retry does.

The attention desk shows these words, and the table in docs/support.md is made of them.
"""

from collections.abc import Iterator

from tillsaga.domain.attention import Action
from tillsaga.domain.model import Model


class CaseWords(Model):
    """A code in words. `retry`: what sending it again does; None: there is nothing to send."""

    title: str
    happened: str
    to_do: str
    retry: str | None = None


class ActionWords(Model):
    """What a person may do about a case. `is_final`: it closes the case for good."""

    label: str
    does: str
    is_final: bool


ACTIONS: dict[Action, ActionWords] = {
    "retry": ActionWords(
        label="Try again",
        does="The vendor is asked first about whatever may have happened. If it fails once more, a "
        "new case opens for the same owner.",
        is_final=False,
    ),
    "accept_loss": ActionWords(
        label="The store bears it",
        does="Nothing is asked or sent any more; what the vendor's books show stays as it is.",
        is_final=True,
    ),
    "settled_by_hand": ActionWords(
        label="I settled it by hand",
        does="You have put the vendor's books right, or made it good to the customer. Nothing is "
        "asked or sent any more: your word is kept, not checked.",
        is_final=True,
    ),
}

WORDS: dict[str, CaseWords] = {
    "undo_failed": CaseWords(
        title="Not taken back",
        happened="The vendor refused to take something back, or nobody knows whether it did.",
        to_do="Find out from the vendor why, then try again. The customer may still be charged.",
        retry="Takes it back again; not where the sale was paid late and stands on it.",
    ),
    "refund_failed": CaseWords(
        title="Refund not given back",
        happened="A part of a refund was not given back.",
        to_do="Find out from the vendor why, then try again, or give it back by hand.",
        retry="Gives it back again; the refund follows.",
    ),
    "effect_unknown": CaseWords(
        title="Nobody knows whether it happened",
        happened="An answer was lost, and the vendor did not let us ask.",
        to_do="Look it up in the vendor's own system by the reference and time under Evidence.",
        retry="Asks again. Found, and the sale counts on it: done. Found, and it does not: taken "
        "back, or a goodwill case. Not found, and the paid sale counts on it: sent again. Not "
        "offered where the vendor has no way to be asked (Koupon), or where two effects claim one "
        "transaction.",
    ),
    "effect_in_doubt": CaseWords(
        title="Still being asked",
        happened="An answer was lost and we are still asking; the sale went on by the store's "
        "policy.",
        to_do="Wait: it closes by itself. What a person settles meanwhile, the answer no longer "
        "changes; it is only written down.",
    ),
    "commit_failed": CaseWords(
        title="Sold, and refused afterwards",
        happened="Sold on a doubt that turned out as a no, and refused when sent again.",
        to_do="Find out from the vendor why, then try again, or let the store bear it.",
        retry="Sends it again.",
    ),
    "earning_failed": CaseWords(
        title="Points are missing",
        happened="A vendor did not take the sale, so its points are missing.",
        to_do="Try again, or give the customer the points in the vendor's own system.",
        retry="Reports the sale again. Not for a customer who could not be created or a claim that "
        "was refused: the customer can claim again.",
    ),
    "delivery_failed": CaseWords(
        title="Sold value not delivered",
        happened="A sold card or top-up was not delivered, or its e-mail not sent.",
        to_do="Try again, or load the card in the vendor's own system: the customer has paid.",
        retry="Delivers from the failed step on.",
    ),
    "offer_lost_after_payment": CaseWords(
        title="Offer lost after the payment",
        happened="An offer that was paid for cannot be used up; the store bears its discount.",
        to_do="Try again, or accept the discount as the store's loss.",
        retry="Redeems it, if it was the redemption that failed; a lost hold, or an offer within a "
        "vendor's own sale, is a person's.",
    ),
    "tender_lost": CaseWords(
        title="Card or points not charged",
        happened="A card or points could not be charged for a sale that stands.",
        to_do="Try again, or accept that this part of the sale is not paid.",
        retry="Charges it, where the vendor charges outside its own sale.",
    ),
    "offer_charged_to_store": CaseWords(
        title="Offer charged to the store",
        happened="An offer of a closed bill was lost, and the store's policy is to bear it.",
        to_do="Book the discount as the store's.",
    ),
    "goodwill": CaseWords(
        title="Spent for good",
        happened="Something is spent for good although its sale failed or came back.",
        to_do="Make it good to the customer: a new voucher, points or a card at the vendor.",
    ),
    "points_spent": CaseWords(
        title="Points spent already",
        happened="Earned points that a refund should take back are spent already.",
        to_do="Accept it, or agree with the customer how the points come back.",
    ),
    "points_not_taken_back": CaseWords(
        title="Points not taken back",
        happened="Goods came back without their sale, and the vendor did not say what their points "
        "are.",
        to_do="Take the points back in the vendor's own system, or let the customer keep them.",
    ),
    "vendor_mismatch": CaseWords(
        title="Another amount at the vendor",
        happened="The vendor did it, but not to the amount that was asked.",
        to_do="Correct the amount in the vendor's own system.",
    ),
    "sale_changed": CaseWords(
        title="Vendor was told another price",
        happened="A vendor was told of another price, and cannot follow.",
        to_do="Tell the vendor, or accept the difference.",
    ),
    "sold_value_spent": CaseWords(
        title="Sold value spent before it came back",
        happened="A sold card or top-up was refunded, and some of it had been spent already.",
        to_do="Ask the customer for the amount, or let the store bear it.",
    ),
    "payment_unknown": CaseWords(
        title="The till fell silent",
        happened="A payment was authorised or captured, and the till said nothing more.",
        to_do="Look at the till and its terminal: have it report the payment captured or voided.",
    ),
    "payment_unmatched": CaseWords(
        title="Payment fits no sale",
        happened="A payment was captured that does not fit what was due.",
        to_do="Compare with the terminal's journal, and give back what was taken too much.",
    ),
    "payment_corrected": CaseWords(
        title="Payment was corrected",
        happened="A payment was reported wrong; as corrected, it is not what the sale came to.",
        to_do="Collect or give back the difference.",
    ),
    "payment_mismatch": CaseWords(
        title="Payments do not add up",
        happened="The payments of a closed bill do not add up to what it came to.",
        to_do="Compare the bill with the terminal's journal.",
    ),
    "refund_exceeds_payment": CaseWords(
        title="More given back than paid",
        happened="As a payment was corrected, more was given back than it brought in.",
        to_do="Ask the customer for the difference, or let the store bear it.",
    ),
    "discount_mismatch": CaseWords(
        title="More discount than the bill takes",
        happened="A closed bill was given more off than its lines take.",
        to_do="Let the store bear the difference, or correct the till's offers.",
    ),
    "bill_differs": CaseWords(
        title="The bill came twice, and differs",
        happened="A closed bill came again with other content. The first one stands.",
        to_do="Ask the store which of the two is right, and refund or sell the difference.",
    ),
    "offer_not_given": CaseWords(
        title="Offer was due and not given",
        happened="What a vendor gives by itself was not given on a closed bill: the customer paid "
        "for it.",
        to_do="Give the customer the amount, or make it good otherwise.",
    ),
    "code_not_taken": CaseWords(
        title="Code not taken",
        happened="A closed bill came with a code that its vendor did not take.",
        to_do="Check the code with the store, and book it in the vendor's own system.",
    ),
    "member_not_found": CaseWords(
        title="Customer not found",
        happened="Goods came back without their sale, and no vendor knows the customer.",
        to_do="Find the customer at the vendor and take the points back, or let it be.",
    ),
}
"""Every code that a checkout opens cases with."""


def words_of(code: str) -> CaseWords:
    """Say what a code means; one that a newer version wrote is shown as it is."""
    unknown = CaseWords(
        title=code.replace("_", " "),
        happened="This version does not know the code; the detail says what it is.",
        to_do="Read the detail.",
    )
    return WORDS.get(code, unknown)


def table() -> Iterator[str]:
    """Write the lines of the table in docs/support.md."""
    yield "| code | what happened | what to do | `retry` |"
    yield "|---|---|---|---|"
    for code, words in WORDS.items():
        yield f"| `{code}` | {words.happened} | {words.to_do} | {words.retry or 'no'} |"
