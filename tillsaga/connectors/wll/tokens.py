"""Admin tokens: fetched once, kept for their life (sheet 1, trap 18)."""

import asyncio
from datetime import datetime, timedelta

from pydantic import ValidationError

from tillsaga.connectors.http import VendorHttp
from tillsaga.connectors.wll.refusals import StaleToken, WllNo
from tillsaga.connectors.wll.settings import WllCredentials
from tillsaga.connectors.wll.wire import Now, Token
from tillsaga.domain.model import Json
from tillsaga.errors import NotSent

MARGIN = timedelta(minutes=5)
"""How long before its end a token is no longer used; at most a tenth of its life."""


def token_address(auth_url: str) -> tuple[str, str]:
    """Split the address of tokens into base and path; the usual path may be left out.

    >>> token_address("https://auth.test/oauth/token"), token_address("https://auth.test/")
    (('https://auth.test/oauth', 'token'), ('https://auth.test/oauth', 'token'))
    """
    address = auth_url.rstrip("/")
    if not address.endswith("/token"):
        address += "/oauth/token"
    base, _, path = address.rpartition("/")
    return base, path


class AdminTokens:
    """The one token that all calls of a store share; it is kept in memory only."""

    def __init__(
        self, http: VendorHttp, path: str, secrets: WllCredentials, audience: str, now: Now
    ) -> None:
        """Take the way to the authorisation server, and who we are there."""
        self._http = http
        self._path = path
        self._secrets = secrets
        self._audience = audience
        self._now = now
        self._fetching = asyncio.Lock()
        self._token: str | None = None
        self._ends: datetime | None = None

    async def token(self) -> str:
        """Answer the token, fetching one if there is none.

        Raises:
            NotSent: there is none to be had.
        """
        async with self._fetching:
            if self._token is None or self._ends is None or self._now() >= self._ends:
                self._keep(await self._fetch())
            assert self._token is not None, "a token has just been kept"
            return self._token

    def forget(self, token: str) -> None:
        """Drop a token that was not accepted, unless another call has fetched a newer one."""
        if self._token == token:
            self._token = None

    def _keep(self, fetched: Token) -> None:
        life = timedelta(seconds=fetched.expires_in)
        self._token = fetched.access_token
        self._ends = self._now() + life - min(MARGIN, life / 10)

    async def _fetch(self) -> Token:
        body: Json = {
            "client_id": self._secrets.client_id.get_secret_value(),
            "client_secret": self._secrets.client_secret.get_secret_value(),
            "grant_type": "client_credentials",
            "audience": self._audience,
        }
        # Outside the `except`: what was read may hold a token.
        try:
            answer = await self._http.send("POST", self._path, changes=False, body=body)
            return Token.model_validate(answer)
        except (ValidationError, WllNo, StaleToken) as failed:
            name = type(failed).__name__
        raise NotSent(f"wll gave us no admin token ({name})")
