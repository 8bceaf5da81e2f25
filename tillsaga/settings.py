"""Every knob of the processes, read from the environment as `TILLSAGA_*`.

Temporal's connection is not among them: it has variables of its own (`tillsaga.temporal`).
"""

import os
from collections.abc import Collection
from datetime import time, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from tillsaga.audit_keys import AuditKeys
from tillsaga.durations import Duration
from tillsaga.keyring import KeyRing

DATA_DIR = Path(".tillsaga")
SECRETS_DIR = Path("/run/secrets")
"""Where a container finds its secrets, a file each."""

KEY_FILES = {"encryption_keys": "encryption-keys", "audit_keys": "audit-keys"}
"""The secrets that `tillsaga dev` keeps in its data folder, by what they are set as."""

PREFIX = "TILLSAGA_"
BESIDES = {"TILLSAGA_TEMPORAL_BIN": "The `temporal` program that `dev` and `demo` start."}
"""Variables that are read where they are needed, and are no field below."""

# The scheme an operator writes, and the driver that we run it with.
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}


def _database_url(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    # Three slashes at least: `sqlite://NAME` would name a host, which SQLite has not.
    is_path = rest.startswith("/") and len(rest) > 1
    if not separator or scheme not in _DRIVERS or (scheme == "sqlite" and not is_path):
        raise ValueError("must be sqlite:///PATH or postgresql://USER@HOST/NAME")
    return url


def _moment(value: object) -> object:
    """Read `04:00`; `off` is never."""
    return None if isinstance(value, str) and value.lower() == "off" else value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _key_ring(keys: SecretStr) -> SecretStr:
    KeyRing.parse(keys.get_secret_value())
    return keys


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError as wrong:
        raise _unreadable(file, wrong) from None


def _unreadable(path: Path, wrong: OSError) -> ValueError:
    # A secret's file keeps its owner and mode when it is mounted into a container.
    return ValueError(f"{path} cannot be read by user {os.getuid()}: {wrong.strerror}")


def _in_secrets_dir(fields: Collection[str], given: dict[str, Any]) -> dict[str, str]:
    """Read the files `tillsaga_FIELD`; some write a variable's name in capitals."""
    folder = Path(given.get("secrets_dir", SECRETS_DIR))
    if "secrets_dir" not in given and not folder.is_dir():
        return {}
    try:
        files = {file.name.lower(): file for file in folder.iterdir() if file.is_file()}
    except OSError as wrong:
        raise _unreadable(folder, wrong) from None
    named = {field: files[f"tillsaga_{field}"] for field in fields if f"tillsaga_{field}" in files}
    return {field: _read(file) for field, file in named.items() if field not in given}


def _in_data_dir(given: dict[str, Any]) -> dict[str, str]:
    """Whoever uses the records of `tillsaga dev` needs the keys that it made for them."""
    if "database_url" in given:
        return {}
    folder = Path(given.get("data_dir", DATA_DIR))
    files = {field: folder / name for field, name in KEY_FILES.items() if field not in given}
    return {field: _read(file) for field, file in files.items() if file.is_file()}


def _wait(value: object) -> object:
    return timedelta() if value == "0s" else value


DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
Wait = Annotated[Duration, BeforeValidator(_wait)]
"""A duration, or `0s`."""
TimeOfDay = Annotated[time | None, BeforeValidator(_moment)]
LogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)
]


class Settings(BaseSettings):
    """One process's settings; values are never shown in its errors, since some are secret."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, hide_input_in_errors=True
    )

    config: Path = Field(default=Path("stores.yaml"), description="The stores file.")
    database_url: DatabaseUrl | None = Field(
        default=None,
        repr=False,
        description="Where the records are: `sqlite:///PATH` or `postgresql://USER@HOST/NAME`.",
    )
    data_dir: Path = Field(default=DATA_DIR, description="What an embedded run keeps.")
    api_host: str = Field(default="127.0.0.1", description="Where the API listens.")
    api_port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=8000, description="Its port; 0 picks a free one."
    )
    drain: Wait = Field(
        default=timedelta(),
        description="How long an API that was told to stop serves on while `/readyz` says 503.",
    )
    worker_host: str = Field(
        default="127.0.0.1", description="Where a worker tells how it is, if it has a port."
    )
    worker_port: Annotated[int | None, Field(ge=1, le=65535)] = Field(
        default=None, description="Its port: `/healthz`, `/readyz` and `/metrics`."
    )
    temporal_metrics_port: Annotated[int | None, Field(ge=1, le=65535)] = Field(
        default=None,
        description="Where Temporal's SDK tells what it does in a process, for Prometheus.",
    )
    sweep_interval: Duration = Field(
        default=timedelta(minutes=5),
        description="How often ended workflows with open effects are looked for.",
    )
    reconcile_at: TimeOfDay = Field(
        default=time(4),
        description="When, by each store's clocks, the day before is compared with the vendors' "
        "books; `off` for never.",
    )
    task_queue: str = Field(
        default="tillsaga", description="Temporal's task queue for workflows; others begin with it."
    )
    deployment: Annotated[str, Field(pattern=r"^[^.:]+$")] = Field(
        default="tillsaga", description="What a worker is a version of."
    )
    build_id: str | None = Field(
        default=None, description="The version of a worker; without one workers have no versions."
    )
    temporal_ui: str = Field(
        default="http://localhost:8233", description="Where people look at workflows; for links."
    )
    encryption_keys: Annotated[SecretStr, AfterValidator(_key_ring)] | None = Field(
        default=None,
        description="What encrypts Temporal's histories and the values behind tokens: `id:base64 "
        "of 32 bytes`, comma-separated; the first one encrypts.",
    )
    audit_keys: Annotated[SecretStr, AfterValidator(_key_ring)] | None = Field(
        default=None,
        description="What signs the audit's daily roots (Ed25519): `id:base64 of 32 bytes`, "
        "comma-separated; the first one signs.",
    )
    codec_token: Annotated[SecretStr, Field(min_length=16)] | None = Field(
        default=None,
        description="Opens the codec endpoint to the Temporal UI; 16 characters at least.",
    )
    key_requests_per_minute: Annotated[int, Field(ge=1)] = Field(
        default=6000, description="What one API key may ask of one API process."
    )
    dev_control: Path | None = Field(
        default=None,
        description="The socket by which the till's page has `dev` kill a process; set by `dev` "
        "for its API alone.",
    )
    log_level: LogLevel = Field(
        default="INFO", description="`DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`."
    )
    secrets_dir: Path | None = Field(
        default=None,
        description="Settings as files, `tillsaga_NAME`; default: /run/secrets where it exists.",
    )

    @model_validator(mode="before")
    @classmethod
    def _from_files(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Take the environment's word before a secret's file, and both before a data folder's."""
        given = _in_secrets_dir(cls.model_fields, given) | given
        return _in_data_dir(given) | given

    @property
    def sqlalchemy_url(self) -> str:
        """The database with the async driver that serves it."""
        url = self.database_url or f"sqlite:///{self.data_dir / 'tillsaga.db'}"
        scheme, _, rest = url.partition("://")
        return f"{_DRIVERS[scheme]}://{rest}"

    @property
    def key_ring(self) -> KeyRing | None:
        """What encrypts the payloads in Temporal; nothing does without keys."""
        keys = self.encryption_keys
        return KeyRing.parse(keys.get_secret_value()) if keys else None

    @property
    def audit_signer(self) -> AuditKeys | None:
        """What signs the audit's daily roots; nobody does without keys."""
        keys = self.audit_keys
        return AuditKeys(KeyRing.parse(keys.get_secret_value())) if keys else None


@cache
def settings() -> Settings:
    """Read once, on first use: importing this module never needs an environment.

    Raises:
        pydantic.ValidationError: A variable is not what it should be.
    """
    return Settings()
