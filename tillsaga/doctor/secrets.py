"""Every secret that an installation knows, so that none of them is said."""

from collections.abc import Iterator

from pydantic import SecretStr, ValidationError
from sqlalchemy import make_url

from tillsaga.doctor.installation import Installation
from tillsaga.settings import PREFIX
from tillsaga.temporal import TemporalTrouble

_TELLING = ("SECRET", "TOKEN", "PASSWORD", "KEY")
"""Variables with such a name hold secrets, whoever reads them."""


def known_secrets(at: Installation) -> Iterator[str]:
    """List them: of the environment, the settings, the connection to Temporal, the stores file."""
    for name, value in at.environ.items():
        is_setting = name.upper().startswith(PREFIX)
        if not is_setting and any(word in name.upper() for word in _TELLING):
            yield value
    try:
        yield from _of_settings(at)
    except ValidationError:
        return  # without settings there is no stores file either
    yield from _of_connection(at)
    for one in at.stores.vendors:
        yield from (secret.get_secret_value() for secret in one.provider.secrets.values())
    stores = at.stores.stores
    for hook in stores.webhooks if stores else ():
        yield from hook.secrets


def _of_settings(at: Installation) -> Iterator[str]:
    for _, value in at.settings:
        if isinstance(value, SecretStr):
            yield from _parts(value.get_secret_value())
    url = make_url(at.settings.sqlalchemy_url)
    yield url.password or ""
    yield from (str(value) for name, value in url.query.items() if "password" in name)


def _parts(value: str) -> Iterator[str]:
    """A key ring is many secrets, each behind its name."""
    yield value
    yield from (entry.strip().partition(":")[2] for entry in value.split(","))


def _of_connection(at: Installation) -> Iterator[str]:
    try:
        config = at.connection.config
    except TemporalTrouble:
        return
    yield config.get("api_key") or ""
    yield from map(str, config.get("rpc_metadata", {}).values())
