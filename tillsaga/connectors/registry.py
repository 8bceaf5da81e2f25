"""Which vendors there are. A new one is its package and one line here."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from tillsaga.connectors.circuit import CircuitState
from tillsaga.connectors.config import ConnectorConfig, Owned, nobody_owns
from tillsaga.connectors.koupon import Koupon
from tillsaga.connectors.leat import Leat
from tillsaga.connectors.letstrade import LetsTrade
from tillsaga.connectors.loyale import Loyale
from tillsaga.connectors.wll import Wll
from tillsaga.domain.ports import Connector
from tillsaga.errors import Refused


class OpenConnector(Connector, Protocol):
    """A connector whose connections can be closed."""

    async def aclose(self) -> None:
        """Close the connections."""
        ...


Factory = Callable[[ConnectorConfig, Owned], OpenConnector]
Owner = Callable[[str, str], Awaitable[str | None]]
"""`EffectBook.owner`: vendor kind and transaction id to the key of the effect that owns it."""

KINDS: dict[str, Factory] = {
    "koupon": Koupon,
    "leat": Leat,
    "letstrade": LetsTrade,
    "loyale": Loyale,
    "wll": Wll,
}


def build_connector(config: ConnectorConfig, owner: Owner | None = None) -> OpenConnector:
    """Build one vendor's connector.

    Raises:
        KeyError: there is no such kind.
        ValueError: a credential or setting is missing or unknown.
    """
    return KINDS[config.kind](config, _owned(owner, config.kind) if owner else nobody_owns)


def _owned(owner: Owner, kind: str) -> Owned:
    async def owned(transaction_id: str) -> bool:
        return await owner(kind, transaction_id) is not None

    return owned


class ConnectorSet:
    """All vendors of all stores; fills the port `Connectors`."""

    def __init__(self, configs: Iterable[ConnectorConfig], owner: Owner | None = None) -> None:
        """Build every connector at once, so that a wrong setting shows at the start."""
        known = {(config.store_id, config.provider): config for config in configs}
        self._connectors = {name: build_connector(config, owner) for name, config in known.items()}
        self._circuits = {name: config.circuit for name, config in known.items()}

    def of(self, store_id: str, provider: str) -> Connector:
        """Find the connector.

        Raises:
            Refused: `provider_unknown`: the store has none such.
        """
        try:
            return self._connectors[store_id, provider]
        except KeyError:
            words = "the store has no such provider"
            raise Refused(words, code="provider_unknown") from None

    def circuits(self) -> dict[tuple[str, str], CircuitState]:
        """How the circuit to each vendor stands, by store and provider."""
        return {name: circuit.state for name, circuit in self._circuits.items()}

    async def aclose(self) -> None:
        """Close all connections."""
        await asyncio.gather(*(each.aclose() for each in self._connectors.values()))
