"""Which settings are in force, and where each comes from; secrets are never shown."""

from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import EnvSettingsSource
from sqlalchemy import make_url

from tillsaga.durations import format_duration
from tillsaga.setting_names import variable
from tillsaga.settings import KEY_FILES, SECRETS_DIR, Settings
from tillsaga.temporal import Connection

SECRET = "set, not shown"
NOTHING = "none"


@dataclass(frozen=True)
class InForce:
    """One setting: its variable, its value in words, and where that comes from."""

    name: str
    value: str
    source: str


def settings_in_force(settings: Settings) -> list[InForce]:
    """List all settings of this process, in the order of their fields."""
    set_here, files = EnvSettingsSource(Settings)(), _secret_files(settings)
    return [
        InForce(
            variable(field),
            shown(getattr(settings, field), field),
            "environment" if field in set_here else files.get(field) or _unset(settings, field),
        )
        for field in Settings.model_fields
    ]


def connection_in_force(there: Connection) -> list[InForce]:
    """List how Temporal is reached."""
    values = {
        "address": there.address,
        "namespace": there.namespace,
        "api_key": SECRET if there.has_api_key else NOTHING,
        "tls": "on" if there.is_encrypted else "off",
    }
    told = {"profile": f"profile {there.profile}"}
    return [
        InForce(f"TEMPORAL_{name.upper()}", value, told.get(source := there.sources[name], source))
        for name, value in values.items()
    ]


def shown(value: object, field: str = "") -> str:
    """Write a value for people."""
    match value:
        case None:
            return "off" if field == "reconcile_at" else NOTHING
        case SecretStr():
            return SECRET
        case timedelta():
            return format_duration(value) or "0s"
        case time():
            return value.isoformat("minutes")
        case str() if field == "database_url":
            return without_password(value)
    return str(value)


def without_password(url: str) -> str:
    """Show where a database is. A query may hold a password, too, so it is left out."""
    return make_url(url).set(query={}).render_as_string(hide_password=True)


def _secret_files(settings: Settings) -> dict[str, str]:
    folder = settings.secrets_dir or SECRETS_DIR
    files = {file.name.lower(): file for file in folder.iterdir()} if folder.is_dir() else {}
    named = {field: files.get(variable(field).lower()) for field in Settings.model_fields}
    return {field: f"secret file {file}" for field, file in named.items() if _is_file(file)}


def _is_file(file: Path | None) -> bool:
    return file is not None and file.is_file()


def _unset(settings: Settings, field: str) -> str:
    is_kept = field in KEY_FILES and getattr(settings, field) is not None
    return f"file {settings.data_dir / KEY_FILES[field]}" if is_kept else "default"
