"""What the doctor looks at: the settings of this place, and connections that are made once."""

import asyncio
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from tillsaga.dev.home import Home
from tillsaga.dev.ports import Ports
from tillsaga.dev.stack import Stack
from tillsaga.doctor.knocking import Knocker
from tillsaga.doctor.stores import StoresRead, read_stores
from tillsaga.records.database import Database, open_database, utc_now
from tillsaga.setting_names import variable
from tillsaga.settings import DATA_DIR, Settings
from tillsaga.temporal import Connection, connect, connection

OF_AN_INSTALLATION = (
    "TILLSAGA_CONFIG",
    "TEMPORAL_ADDRESS",
    "TEMPORAL_CONFIG_FILE",
    "TEMPORAL_PROFILE",
)
"""Whoever sets one of these has an installation of their own."""


class Kind(StrEnum):
    """What there is to look at."""

    NOTHING = "nothing is configured here, and nothing is kept"
    STOPPED = "`tillsaga dev` keeps its data here, and does not run"
    DEV = "`tillsaga dev` runs here"
    OWN = "as the environment says"


class Installation:
    """One place and its environment; everything is read or connected to on first use."""

    def __init__(
        self, kind: Kind, environ: Mapping[str, str], now: Callable[[], datetime] = utc_now
    ) -> None:
        """Take what kind it is, its environment, and the time."""
        self.kind = kind
        self.environ = environ
        self.now = now
        self._client: asyncio.Task[Client] | None = None

    @cached_property
    def settings(self) -> Settings:
        """Read the settings.

        Raises:
            pydantic.ValidationError: a variable is not what it should be.
        """
        upper = {name.upper(): value for name, value in self.environ.items() if value}
        names = {field: variable(field) for field in Settings.model_fields}
        return Settings.model_validate(
            {f: upper[name] for f, name in names.items() if name in upper}
        )

    @cached_property
    def stores(self) -> StoresRead:
        """Read the stores file as far as it can be read."""
        return read_stores(self.settings.config, self.environ)

    @cached_property
    def connection(self) -> Connection:
        """Read where Temporal is.

        Raises:
            BadConnection: nobody can tell.
        """
        return connection(self.environ)

    async def client(self) -> Client:
        """Connect to Temporal, once. Payloads are not read, so no key is needed.

        Raises:
            TemporalTrouble: it cannot be used.
        """
        if self._client is None:
            made = connect(pydantic_data_converter, environ=self.environ)
            self._client = asyncio.create_task(made)
        return await asyncio.shield(self._client)

    @cached_property
    def database(self) -> Database:
        """The records; connects on first use."""
        return open_database(self.settings.sqlalchemy_url)

    @cached_property
    def knock(self) -> Knocker:
        """Who asks addresses for a sign of life."""
        return Knocker(self.now)

    async def aclose(self) -> None:
        """Close what was opened, and end what is still under way."""
        if self._client is not None:
            self._client.cancel()
            await asyncio.gather(self._client, return_exceptions=True)
        if "knock" in self.__dict__:
            await self.knock.aclose()
        if "database" in self.__dict__:
            await self.database.close()


def find_installation(environ: Mapping[str, str] = os.environ) -> Installation:
    """Find out what there is to look at in this folder, under this environment."""
    own = Installation(Kind.OWN, environ)
    if Path("stores.yaml").exists() or any(environ.get(name) for name in OF_AN_INSTALLATION):
        return own
    try:
        if own.settings.database_url is not None:
            return own
    except ValidationError:
        return own
    home = Home(Path(environ.get("TILLSAGA_DATA_DIR") or DATA_DIR))
    if not home.stores_file.exists():
        return Installation(Kind.NOTHING, environ)
    stack = Stack(home, Ports.read(home.ports_file), environ=environ)
    return Installation(Kind.DEV if home.is_taken else Kind.STOPPED, stack.environ_for_ours())
