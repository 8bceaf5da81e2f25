"""How the till names vendors, operations and ways out of trouble, for a cashier."""

from collections.abc import Callable, Mapping

from api.pages.local import VENDORS
from tillsaga.domain.effects import OPERATIONS
from tillsaga.stores import Store

_FRESH_CODE = "Ask the customer for a fresh code and scan that; the basket stays as it is."
_BACK_FIRST = "Go back to the basket first (Esc)."

ADVICE: Mapping[str, str] = {
    "code_unknown": "Scan it again, or go on without it. To sell a gift card, use its button.",
    "code_expired": _FRESH_CODE,
    "code_ambiguous": "Scan it again and choose what it is.",
    "card_not_found": "Check the code, and scan it again.",
    "member_not_found": "Ask for another card, or sell without one.",
    "member_required": "Scan the customer's card first (F2).",
    "offer_held": "Another till uses it now. Try again in a moment.",
    "offer_refused": "Tell the customer, and go on without it.",
    "offer_lost": "It is gone meanwhile. Tell the customer the new amount, and go on to payment.",
    "discount_unknown": "The till does not know what this code is worth. Go on without it.",
    "insufficient_balance": "Take a smaller amount, and the rest in another way.",
    "nothing_due": "Nothing is left to pay: go on to payment (F9).",
    "tender_exists": "It is on the bill already: take it off first, then choose another amount.",
    "basket_frozen": _BACK_FIRST,
    "state_conflict": "Go on with what the page offers now.",
    "already_committed": "The sale stands: give it back with a refund.",
    "payment_mismatch": "Look at what is left to pay, and take that amount.",
    "request_in_progress": "It is still being done. Try again in a moment.",
    "vendor_unavailable": "Try again in a moment, or go on without it.",
    "service_unavailable": "Try again in a moment: nothing is done twice.",
    "rate_limited": "Wait a moment, then try again.",
    "too_many_guesses": "Wait a while before the next code, or call support.",
    "invalid_request": "Correct the field and send it again.",
    "refund_exceeds_sale": "Choose less: a part was given back before.",
    "line_not_divisible": "Give the whole line back.",
}
"""What a cashier does about a code; what is missing here says what a till's author does."""


def vendor_in_words(store: Store) -> Callable[[str], str]:
    """Answer a function that names a provider of the store."""
    kinds = {provider.name: provider.kind for provider in store.providers}

    def name(provider: str) -> str:
        kind = kinds.get(provider)
        return VENDORS[kind] if kind == provider else provider

    return name


_WORDS = {"giftcard": "gift card", "authorized": "authorised"}


def in_words(name: str) -> str:
    """Write a value of the contract as a word.

    >>> in_words("in_doubt"), in_words("giftcard")
    ('in doubt', 'gift card')
    """
    return _WORDS.get(name, name.replace("_", " "))


def operation_in_words(operation: str) -> str:
    """Say what a step of the plan does."""
    known = OPERATIONS.get(operation)
    return known.title if known else operation.replace("_", " ")


CASES: Mapping[str, str] = {
    "undo_failed": "Something could not be taken back at the vendor.",
    "refund_failed": "A part of the refund could not be given back at the vendor.",
    "effect_unknown": "Nobody knows yet whether the vendor has done its part.",
    "effect_in_doubt": "A vendor's answer was lost; it is still being asked.",
    "commit_failed": "A vendor refused its part after the customer had paid.",
    "goodwill": "Something is spent although its sale failed: make it good to the customer.",
    "offer_lost_after_payment": "An offer was gone when the customer had paid; the store bears it.",
    "tender_lost": "A stored value was gone when the customer had paid; the store bears it.",
    "earning_failed": "The points of this sale were not booked.",
    "delivery_failed": "What was sold was not loaded: the gift card or the credit.",
    "points_spent": "The points to take back are spent already.",
    "sold_value_spent": "A part of what was sold is spent already.",
    "payment_unknown": "The till fell silent in the middle of a payment: look at the terminal.",
    "payment_unmatched": "A payment does not fit what was due.",
    "payment_corrected": "A payment was corrected after the sale.",
    "payment_mismatch": "The payments do not add up.",
}
"""What a person has to know of a case, by its code."""
