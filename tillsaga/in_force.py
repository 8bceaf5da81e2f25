"""Which settings are in force, and where each comes from; secrets are never shown."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import (
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
)
from sqlalchemy import make_url

from tillsaga.config_problems import closest
from tillsaga.durations import format_duration
from tillsaga.settings import BESIDES, KEY_FILES, PREFIX, Settings
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
    came_from = _came_from()
    return [
        InForce(
            variable(field),
            shown(getattr(settings, field), field),
            came_from.get(field) or _unset(settings, field),
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


def variable(field: str) -> str:
    """Name the variable of a field: `api_port` is `TILLSAGA_API_PORT`."""
    return f"{PREFIX}{field.upper()}"


def unknown_names(environ: Mapping[str, str] = os.environ) -> dict[str, str | None]:
    """List the `TILLSAGA_*` names that are no setting, each with the nearest that is one."""
    known = [*map(variable, Settings.model_fields), *BESIDES]
    bare = {name.removeprefix(PREFIX): name for name in known}
    strange = sorted(n for n in environ if n.upper().startswith(PREFIX) and n.upper() not in known)
    # Without the prefix, which makes every name look a little like every other.
    nearest = {name: closest(name.upper().removeprefix(PREFIX), bare) for name in strange}
    return {name: bare[near] if near else None for name, near in nearest.items()}


def shown(value: object, field: str = "") -> str:
    """Write a value for people."""
    match value:
        case None:
            return "off" if field == "reconcile_at" else NOTHING
        case SecretStr():
            return SECRET
        case timedelta():
            return format_duration(value)
        case time():
            return value.isoformat("minutes")
        case str() if field == "database_url":
            return without_password(value)
    return str(value)


def without_password(url: str) -> str:
    """Show where a database is. A query may hold a password, too, so it is left out."""
    return make_url(url).set(query={}).render_as_string(hide_password=True)


def _unset(settings: Settings, field: str) -> str:
    is_kept = field in KEY_FILES and getattr(settings, field) is not None
    return f"file {settings.data_dir / KEY_FILES[field]}" if is_kept else "default"


def _came_from() -> dict[str, str]:
    """Ask each source which fields it has; the first one wins, as it does when they are read."""
    found: dict[str, str] = {}
    for source in _sources():
        for field in source():
            found.setdefault(field, _named(source, field))
    return found


def _sources() -> Iterator[PydanticBaseSettingsSource]:
    nothing = InitSettingsSource(Settings, {})
    yield from Settings.settings_customise_sources(
        Settings, nothing, EnvSettingsSource(Settings), nothing, SecretsSettingsSource(Settings)
    )


def _named(source: PydanticBaseSettingsSource, field: str) -> str:
    if not isinstance(source, SecretsSettingsSource):
        return "environment"
    folder = Path(str(source.secrets_dir))
    file = source.find_case_path(folder, variable(field).lower(), case_sensitive=False)
    return f"secret file {file}"
