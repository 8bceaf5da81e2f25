"""Customers (sheet 3.1, 3.2)."""

from tillsaga.connectors.wll.client import WllClient
from tillsaga.connectors.wll.refusals import WllNo
from tillsaga.connectors.wll.wire import User, Wallet
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Identifier, Member
from tillsaga.domain.ports import Identified

ASKABLE = frozenset({"member_id", "card", "qr"})
NOBODY = frozenset({400, 404})
THE_CALLER = "me"
"""An alias of the vendor's for whose token it is (sheet 3.1)."""


class Members:
    """Reads about customers."""

    def __init__(self, client: WllClient, provider: str) -> None:
        """Take the client and the provider's name in the store."""
        self._client = client
        self._provider = provider

    async def identify(self, identifier: Identifier) -> Identified:
        """Find the customer by WLL id or account number; a restricted one is nobody."""
        if identifier.type not in ASKABLE:
            return Identified()
        user = await self.find(identifier.value.strip())
        if user is None or user.is_restricted:
            return Identified()
        return Identified(member=self._member(user))

    async def find(self, value: str) -> User | None:
        """Read a customer by WLL id or account number; None: there is no such."""
        if value in ("", THE_CALLER):
            return None
        try:
            return await self.user(value)
        except WllNo as no:
            if no.status not in NOBODY or not no.code:
                raise
            return None

    async def user(self, wll_id: str) -> User:
        """Read a customer by WLL id."""
        return await self._client.read(User, "users", wll_id)

    async def wallet(self, wll_id: str) -> Wallet:
        """Read points, tier and vouchers."""
        return await self._client.read(Wallet, "users", wll_id, "wallet")

    async def points(self, wll_id: str) -> int:
        """Read the points; they may be below zero."""
        return (await self.wallet(wll_id)).points

    def _member(self, user: User) -> Member:
        data: Json = {
            "id": user.id,
            "authIdentifier": user.auth_identifier,
            "isRestricted": user.is_restricted,
        }
        return Member(provider=self._provider, member_id=user.id, data=data)


def overview(member: Member, wallet: Wallet) -> Member:
    """Add to a member what the wallet says."""
    return member.model_copy(update={"points": wallet.points, "tier": wallet.tier})
