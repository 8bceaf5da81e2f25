"""The stores file as far as it can be read: one missing secret does not hide the rest of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from tillsaga.config_types import Secrets
from tillsaga.connectors.config import ConnectorConfig
from tillsaga.marked_yaml import Problem
from tillsaga.providers import Provider
from tillsaga.stores import StoresFile, StoresFileError, load_stores
from worker.wiring import connector_configs


class Placeholders(Secrets):
    """Stands in for secrets that cannot be read; what it answers is shown to nobody."""

    def resolve(self, reference: object) -> SecretStr:
        """Answer what passes for a secret of any kind."""
        return SecretStr("whsec_" + 40 * "A")


@dataclass(frozen=True)
class StoresRead:
    """What was read.

    `problems` are those of the file itself; without `stores` there is one at least. `unreadable`
    are those of secrets that it refers to: where there are any, all secrets are placeholders.
    """

    file: Path
    stores: StoresFile | None
    problems: tuple[Problem, ...] = ()
    unreadable: tuple[Problem, ...] = ()

    @property
    def vendors(self) -> "Iterator[StoresVendor]":
        """Go through every vendor of every store."""
        for store in self.stores.stores if self.stores else ():
            for provider, config in zip(store.providers, connector_configs(store), strict=True):
                yield StoresVendor(store.id, provider, config)


@dataclass(frozen=True)
class StoresVendor:
    """One vendor of one store."""

    store_id: str
    provider: Provider
    config: ConnectorConfig

    @property
    def name(self) -> str:
        """How people call it."""
        return f"{self.store_id}/{self.provider.name}"


def read_stores(file: Path, environ: Mapping[str, str]) -> StoresRead:
    """Read the file with its secrets or, where one cannot be had, without any."""
    try:
        return StoresRead(file, load_stores(file, environ))
    except StoresFileError as wrong:
        every = wrong.problems
    try:
        return StoresRead(file, load_stores(file, secrets=Placeholders()), (), tuple(every))
    except StoresFileError as wrong:
        problems = tuple(wrong.problems)
    return StoresRead(file, None, problems, tuple(p for p in every if p not in problems))
