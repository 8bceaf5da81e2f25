"""Where a page of bills ended; opaque to the caller."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Self

from pydantic import ValidationError
from sqlalchemy import ColumnElement
from sqlmodel import and_, col, or_

from tillsaga.domain.model import Instant, Model
from tillsaga.errors import Refusal
from tillsaga.records.tables import Bill


def encoded(at: datetime, name: str) -> str:
    """Write down a place in a list that goes by time."""
    # Python's isoformat: our JSON form drops the microseconds that tell rows apart.
    return urlsafe_b64encode(f"{at.isoformat()} {name}".encode()).decode()


class Cursor(Model):
    """The last bill of a page. Bills that come later are newer, so the next page stands still."""

    created_at: Instant
    checkout_id: str

    @classmethod
    def at(cls, bill: Bill) -> str:
        """Write down where a page ended."""
        return encoded(bill.created_at, bill.checkout_id)

    @classmethod
    def decode(cls, word: str) -> Self:
        """Read it back.

        Raises:
            Refusal: `invalid_request`: it is not one of ours.
        """
        try:
            created_at, checkout_id = urlsafe_b64decode(word).decode().split(" ", 1)
            return cls.model_validate({"created_at": created_at, "checkout_id": checkout_id})
        except (ValueError, ValidationError) as error:
            raise Refusal("invalid_request", "the cursor is not one of ours") from error

    def after(self) -> ColumnElement[bool]:
        """Select what follows, newest first."""
        created_at, checkout_id = col(Bill.created_at), col(Bill.checkout_id)
        same_time = and_(created_at == self.created_at, checkout_id < self.checkout_id)
        return or_(created_at < self.created_at, same_time)
