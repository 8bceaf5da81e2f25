"""Customers (sheet 3, trap 12). There is no look-up: a quote finds them, or creates them.

So nobody is named by phone or e-mail unless they agreed to be created. Their number or address
is kept in `Member.data["user"]`, as the vendor wants it with every bill: it learns no id of
theirs, since no reply has one. The member's id in our words is then a digest.
"""

import hashlib
import re

from tillsaga.domain.model import Json
from tillsaga.domain.offers import Identifier, Member
from tillsaga.domain.ports import Identified

VENDOR_ID = re.compile(r"[0-9a-f]{24}")
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
NOISE = re.compile(r"[\s()./-]")
PHONE = re.compile(r"\+?[0-9]{6,15}")
COUNTRY = re.compile(
    r"\+(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[0-9]{3})([0-9]+)"
)
"""ITU E.164 country codes: one or two digits where assigned so, otherwise three."""


class Members:
    """Says who a customer is at the vendor, without asking it."""

    def __init__(self, provider: str) -> None:
        """Take the provider's name in the store."""
        self._provider = provider

    def identify(self, identifier: Identifier) -> Identified:
        """Take the vendor's id as it is; a number or address only with consent."""
        if identifier.type == "member_id":
            return self._by_id(identifier)
        if identifier.type not in ("phone", "email") or not identifier.consent:
            return Identified()
        reads = {"phone": phone_user, "email": email_user}
        user = reads[identifier.type](identifier.value)
        if user is None:
            return Identified()
        material = f"{self._provider}:{sorted(user.items())}"
        digest = hashlib.sha256(material.encode()).hexdigest()
        return self._member(f"{identifier.type}-{digest[:20]}", user)

    def _by_id(self, identifier: Identifier) -> Identified:
        # An id that was not meant for this vendor alone must at least look like one of its own.
        meant = identifier.provider == self._provider
        if not meant and not VENDOR_ID.fullmatch(identifier.value):
            return Identified()
        return self._member(identifier.value, {"_id": identifier.value})

    def _member(self, member_id: str, user: Json) -> Identified:
        data: Json = {"user": user}
        return Identified(member=Member(provider=self._provider, member_id=member_id, data=data))


def phone_user(value: str) -> Json | None:
    """Write a phone number as the vendor splits it; None if it is none.

    >>> phone_user("+27 82 123-4567")
    {'cell_country_code': '+27', 'cell_number': '821234567'}
    """
    number = NOISE.sub("", value)
    if not PHONE.fullmatch(number):
        return None
    international = COUNTRY.fullmatch(number)
    if international is None:
        return {"cell_number": number.removeprefix("+")}
    country, rest = international.groups()
    return {"cell_country_code": f"+{country}", "cell_number": rest}


def email_user(value: str) -> Json | None:
    """Write an e-mail address; None if the vendor would find it malformed."""
    return {"email": value} if EMAIL.fullmatch(value) else None
