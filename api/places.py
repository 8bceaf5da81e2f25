"""Where a checkout belongs. That never changes, so it is read once and remembered."""

from collections import OrderedDict

from api.ids import is_checkout_id
from api.restored import Restored
from tillsaga.records.apikeys import KeyHolder
from tillsaga.records.checkouts import SqlCheckoutBook

_REMEMBERED = 20_000


class Places:
    """Knows the store of each checkout."""

    def __init__(self, checkouts: SqlCheckoutBook, restored: Restored) -> None:
        self._checkouts = checkouts
        self._restored = restored
        self._stores: OrderedDict[str, str] = OrderedDict()

    def note(self, checkout_id: str, store_id: str) -> None:
        """Remember a checkout that was just opened or read."""
        self._stores[checkout_id] = store_id
        if len(self._stores) > _REMEMBERED:
            self._stores.popitem(last=False)

    async def store_of(self, holder: KeyHolder, checkout_id: str) -> str:
        """Say where a checkout belongs; another store's is as unknown as one that is not there.

        Raises:
            Refusal: `checkout_not_found`, or `checkout_not_restored`.
        """
        store_id = self._stores.get(checkout_id)
        if store_id is None and is_checkout_id(checkout_id):
            bill = await self._checkouts.find(checkout_id)
            if bill is not None and bill.pruned_at is None:
                store_id = bill.store_id
                self.note(checkout_id, store_id)
        if store_id is None or store_id not in holder.stores:
            raise await self._restored.unknown_checkout()
        return store_id
