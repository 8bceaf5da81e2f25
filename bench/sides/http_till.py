"""The till of the yardsticks that speak HTTP: one POST a message, answered when it is done."""

import httpx

from bench.reference import CheckoutFailed, Json, Sale


class HttpTill:
    """A till at a service with `POST /checkouts` and `POST /checkouts/{id}/{message}`."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        """Take connections to the service."""
        self._http = http

    async def play(self, sale: Sale) -> None:
        """Send the till's messages one after another."""
        customer = sale.customer
        with sale.lap("open"):
            await self.open(sale)
        with sale.lap("voucher"):
            await self.say(sale, "voucher", voucher=customer.voucher, code=customer.voucher_code)
        with sale.lap("reward"):
            await self.say(sale, "reward")
        with sale.lap("gift card"):
            await self.say(sale, "giftcard", code=customer.giftcard_code)
        with sale.lap("ready"):
            await self.say(sale, "ready")
        with sale.lap("pay"):
            paid = await self.say(sale, "pay")
        sale.points = paid["points"]

    async def settle(self, sale: Sale) -> None:
        """Nothing goes on in the background: the payment's answer is the end."""

    async def open(self, sale: Sale) -> None:
        """Open the checkout."""
        opened = await self._post("/checkouts", card=sale.customer.card)
        sale.checkout_id = opened["id"]

    async def say(self, sale: Sale, message: str, **said: str) -> Json:
        """Send one message of an open checkout."""
        return await self._post(f"/checkouts/{sale.checkout_id}/{message}", **said)

    async def _post(self, path: str, **said: str) -> Json:
        answer = await self._http.post(path, json=said)
        if not answer.is_success:
            raise CheckoutFailed(f"{path}: {answer.status_code} {answer.text[:200]}")
        told: Json = answer.json()
        return told
