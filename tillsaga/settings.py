"""Every knob of the processes, read from the environment as `TILLSAGA_*`.

Temporal's connection is not among them: the SDK reads `TEMPORAL_ADDRESS` and the rest itself.
"""

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
KEY_FILES = {"encryption_keys": "encryption-keys", "audit_keys": "audit-keys"}
"""The secrets that `tillsaga dev` keeps in its data folder, by what they are set as."""

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
        raise ValueError(f"{file} cannot be read: {wrong.strerror}") from None


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
        env_prefix="TILLSAGA_", env_ignore_empty=True, frozen=True, hide_input_in_errors=True
    )

    config: Path = Field(default=Path("stores.yaml"), description="The stores file.")
    database_url: DatabaseUrl | None = Field(
        default=None, repr=False, description="Where the records are; default: in data_dir."
    )
    data_dir: Path = Field(default=DATA_DIR, description="What an embedded run keeps.")
    api_host: str = "127.0.0.1"
    api_port: Annotated[int, Field(ge=0, le=65535, description="0 picks a free one.")] = 8000
    drain: Wait = Field(
        default=timedelta(),
        description="How long an API that was told to stop serves on while /readyz says so.",
    )
    worker_host: str = "127.0.0.1"
    worker_port: Annotated[
        int | None, Field(ge=1, le=65535, description="Where a worker tells how it is.")
    ] = None
    sweep_interval: Duration = timedelta(minutes=5)
    reconcile_at: TimeOfDay = Field(
        default=time(4), description="When, by a store's clocks, its day is compared; or off."
    )
    task_queue: str = "tillsaga"
    deployment: Annotated[
        str, Field(pattern=r"^[^.:]+$", description="The workers' name; versions are of it.")
    ] = "tillsaga"
    build_id: str | None = Field(
        default=None,
        description="The version of a worker's code. Without one workers have no versions.",
    )
    temporal_ui: str = Field(
        default="http://localhost:8233", description="Where people look at workflows; for links."
    )
    encryption_keys: Annotated[SecretStr, AfterValidator(_key_ring)] | None = Field(
        default=None,
        description="The codec's keys, `id:base64 of 32 bytes`, comma-separated, newest first.",
    )
    audit_keys: Annotated[SecretStr, AfterValidator(_key_ring)] | None = Field(
        default=None,
        description="What signs the audit's daily roots: `id:base64 of 32 bytes`, newest first.",
    )
    codec_token: Annotated[SecretStr, Field(min_length=16)] | None = Field(
        default=None, description="Opens the codec endpoint to the Temporal UI, in its path."
    )
    key_requests_per_minute: Annotated[
        int, Field(ge=1, description="What one API key may ask of one API process.")
    ] = 6000
    dev_control: Path | None = Field(
        default=None, description="The socket of `tillsaga dev`, by which a page kills processes."
    )
    log_level: LogLevel = "INFO"

    @model_validator(mode="before")
    @classmethod
    def _keys_of_the_records(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Whoever uses the records of `tillsaga dev` needs the keys that it made for them."""
        if "database_url" in given:
            return given
        folder = Path(given.get("data_dir", DATA_DIR))
        files = {field: folder / name for field, name in KEY_FILES.items() if field not in given}
        return given | {field: _read(file) for field, file in files.items() if file.is_file()}

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
