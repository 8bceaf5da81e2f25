"""The `webhooks` of the stores file."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    SecretStr,
    Tag,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from tillsaga.config_types import HttpAddress, Secret, Section
from tillsaga.marked_yaml import Path
from tillsaga.webhooks.guard import literal
from tillsaga.webhooks.signing import LONGEST, SHORTEST, is_secret

MOST_SECRETS = 2
_FORMS = ("one", "list")


def _signing(secret: SecretStr) -> SecretStr:
    if is_secret(secret.get_secret_value()):
        return secret
    message = f"must be whsec_ and {SHORTEST} to {LONGEST} bytes in base64"
    raise PydanticCustomError(
        "webhook_secret", message, {"hint": 'echo "whsec_$(openssl rand -base64 32)"'}
    )


def _few(secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    if not 1 <= len(secrets) <= MOST_SECRETS:
        raise ValueError("must be one secret, or two while one follows the other")
    return secrets


def _form(value: object) -> str:
    return "list" if isinstance(value, list | tuple) else "one"


SigningSecret = Annotated[Secret, AfterValidator(_signing)]
SigningSecrets = Annotated[
    Annotated[SigningSecret, Tag("one")]
    | Annotated[tuple[SigningSecret, ...], AfterValidator(_few), Tag("list")],
    Discriminator(_form),
]


class Webhook(Section):
    """An endpoint to tell; without `stores` it hears of all of them.

    `secret`: two while one follows the other, and both sign. `allow_private`: the address may
    lead into a private network, and need not be https.
    """

    allow_private: Annotated[bool, Field(strict=True)] = False
    url: HttpAddress
    secret: SigningSecrets
    stores: tuple[str, ...] = ()

    @field_validator("url")
    @classmethod
    def _is_safe(cls, url: str, others: ValidationInfo) -> str:
        if others.data.get("allow_private") or url.startswith("https://"):
            return url
        host = literal(urlsplit(url).hostname or "")
        if host is None or not host.is_loopback:
            raise PydanticCustomError(
                "webhook_url",
                "must be https://, unless it stays within a private network",
                {"hint": "allow_private: true"},
            )
        return url

    @property
    def secrets(self) -> tuple[str, ...]:
        """All that sign, the first one first."""
        own = self.secret if isinstance(self.secret, tuple) else (self.secret,)
        return tuple(secret.get_secret_value() for secret in own)

    def hears(self, store_id: str) -> bool:
        """Whether it is told of a store."""
        return not self.stores or store_id in self.stores


def without_form(loc: Path) -> Path:
    """Find the secret in the file: pydantic's location says, too, whether it is a list."""
    return tuple(step for place, step in enumerate(loc) if place != 3 or step not in _FORMS)
