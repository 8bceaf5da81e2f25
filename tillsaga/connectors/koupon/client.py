"""Koupon's two calls, each try under a signature of its own (sheet 2, 3)."""

from collections.abc import Callable
from datetime import datetime

from pydantic import JsonValue, ValidationError

from tillsaga.connectors.config import ConnectorConfig
from tillsaga.connectors.http import VendorHttp
from tillsaga.connectors.koupon.refusals import FAILED_WITHIN, KouponNo, error_code, rejection
from tillsaga.connectors.koupon.settings import KouponCredentials, KouponSettings
from tillsaga.connectors.koupon.signing import signed_url
from tillsaga.connectors.koupon.wire import Redeemed, Results, Written, encoded
from tillsaga.errors import AnswerLost

KIND = "koupon"
VERSION = "/v1"


class KouponClient:
    """Calls of one store. They raise `KouponNo`, `NotSent` and `AnswerLost`."""

    def __init__(self, config: ConnectorConfig, now: Callable[[], datetime]) -> None:
        """Take the store, and the time that signatures are made at."""
        self._secrets = KouponCredentials.model_validate(config.credentials)
        settings = KouponSettings.model_validate(config.settings)
        store = settings.koupon_store_id
        self._parameters = {"storeId": store} if store else {}
        # The documented base URL ends with the version (sheet 1); it is taken with or without.
        self._root = config.base_url.rstrip("/").removesuffix(VERSION) + VERSION
        self._now = now
        self._http = VendorHttp(
            KIND,
            config.base_url,
            {"Content-Type": "application/json"},
            config.timing.http_timeout,
            rejection,
            config.circuit,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def redeem(self, redemptions: Written) -> tuple[Redeemed, ...]:
        """Redeem; the answer says only what became of each line (trap 5)."""
        answer = await self._post("redeem", {"redemptions": redemptions})
        # Outside the `except`: a ValidationError quotes what it read.
        try:
            return Results.model_validate(answer).results
        except ValidationError:
            pass
        raise AnswerLost("koupon's answer does not say what became of the redemptions")

    async def report(self, body: Written) -> None:
        """Report a sale; `code` comes as a number or as text, or not at all (sheet 3.2)."""
        answer = await self._post("report", body)
        said = answer.get("code") if isinstance(answer, dict) else None
        code = "200" if said is None else str(said)
        if code.startswith("5"):
            raise AnswerLost("koupon failed within")
        if not code.startswith("2"):
            raise KouponNo(code)

    async def _post(self, name: str, body: Written) -> JsonValue:
        url = signed_url(
            f"{self._root}/transaction/{name}",
            self._secrets.identifier.get_secret_value(),
            self._secrets.secret.get_secret_value(),
            self._now(),
            self._parameters,
        )
        answer = await self._http.send("POST", url, changes=True, content=encoded(body))
        # The failure body is documented without a status (seed).
        said = error_code(answer)
        if said in FAILED_WITHIN:
            raise AnswerLost("koupon failed within")
        if said is not None:
            raise KouponNo(said)
        return answer
