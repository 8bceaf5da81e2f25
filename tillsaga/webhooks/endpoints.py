"""The endpoints as deliveries know them, from the stores file."""

import hashlib
import json
from collections.abc import Iterable
from urllib.parse import urlsplit

from tillsaga.domain.webhooks import Endpoint
from tillsaga.webhooks.config import Webhook
from tillsaga.webhooks.sender import Target


def endpoint_of(hook: Webhook) -> Endpoint:
    """Name an endpoint by its address; everything else about it may change."""
    told = {
        "url": hook.url,
        "secrets": hook.secrets,  # long and random, so that their digest gives nothing away
        "stores": hook.stores,
        "allow_private": hook.allow_private,
    }
    return Endpoint(
        id=f"whe_{_digest(hook.url)[:16]}", url=hook.url, config=_digest(json.dumps(told))
    )


def shown_url(url: str) -> str:
    """Show where it is, without a query, which may have a token in it.

    >>> shown_url("https://pos.example/hooks?token=hunter2")
    'https://pos.example/hooks'
    """
    return urlsplit(url)._replace(query="", fragment="").geturl()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class ConfiguredEndpoints:
    """Fills the port `Endpoints`."""

    def __init__(self, hooks: Iterable[Webhook]) -> None:
        """Take the file's webhooks."""
        self._hooks = [(endpoint_of(hook), hook) for hook in hooks]

    @property
    def all(self) -> list[Endpoint]:
        """List them."""
        return [endpoint for endpoint, _ in self._hooks]

    @property
    def targets(self) -> list[Target]:
        """List them with their secrets, for the sender alone."""
        return [
            Target(endpoint=endpoint, secrets=hook.secrets, allow_private=hook.allow_private)
            for endpoint, hook in self._hooks
        ]

    def of_store(self, store_id: str) -> list[Endpoint]:
        """List those that hear of a store."""
        return [endpoint for endpoint, hook in self._hooks if hook.hears(store_id)]

    def find(self, endpoint_id: str, store_id: str) -> Endpoint | None:
        """Find one, if it still hears of the store."""
        own = (endpoint for endpoint in self.of_store(store_id) if endpoint.id == endpoint_id)
        return next(own, None)
