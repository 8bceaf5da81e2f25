"""Records that were restored: tills wait until the vendors' books were read."""

from tillsaga.domain.restoring import REPEATED_FOR, Restoration
from tillsaga.errors import Refusal
from tillsaga.records.database import utc_now
from tillsaga.records.restorations import SqlRestorations

CODE = "restored_not_reconciled"
WHY = (
    "the records were restored from a backup and are being compared with the vendors' books; "
    "send the same request again"
)


class Restored:
    """What the door knows of restores. They happen while no process runs, so it looks up once."""

    def __init__(self, book: SqlRestorations) -> None:
        self._book = book
        self._is_reconciled = False
        self._latest: Restoration | None = None

    async def is_reconciled(self) -> bool:
        """Whether tills may be served."""
        if not self._is_reconciled:
            self._is_reconciled = await self._book.unreconciled() is None
            self._latest = await self._book.latest()
        return self._is_reconciled

    async def insist(self) -> None:
        """Let nobody change anything before the vendors' books were read.

        Raises:
            Refusal: `restored_not_reconciled`.
        """
        if not await self.is_reconciled():
            raise Refusal(CODE, WHY)

    async def unknown_checkout(self) -> Refusal:
        """Say that a checkout is not known, and after a restore what to do about it.

        The same is said of another store's checkout, so that nobody learns whether it exists.
        """
        await self.is_reconciled()
        restored = self._latest
        if restored is None or utc_now() > restored.restored_at + REPEATED_FOR:
            return Refusal("checkout_not_found", "no such checkout for this API key")
        since = restored.backed_up_at.isoformat(timespec="seconds").replace("+00:00", "Z")
        words = (
            f"what was opened after {since} is lost here: open it again with the same basket.id "
            "and send its messages again; what vendors have done already is found there, not "
            "repeated"
        )
        return Refusal("checkout_not_restored", words)
