"""What the parts of the stores file are made of: sections, secrets, addresses, ids."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from iso4217 import Currency as Iso4217
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from tillsaga.config_problems import closest
from tillsaga.domain.model import Model

# Bonds, metals and test codes have no minor unit: nothing is sold in them.
CURRENCY_CODES = {currency.code for currency in Iso4217 if currency.exponent is not None}


@dataclass(frozen=True)
class Secrets:
    """Where references to secrets are looked up: `env:NAME` and `file:PATH`."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    folder: Path = Path()

    def resolve(self, reference: object) -> SecretStr:
        """Fetch a secret; whatever is wrong, the reference's text is not repeated.

        Raises:
            PydanticCustomError: It is no reference, or there is nothing where it points.
        """
        scheme, _, name = reference.partition(":") if isinstance(reference, str) else ("", "", "")
        if scheme == "env" and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            return self._from_environment(name)
        if scheme == "file" and name:
            return self._from_file(self.folder / name)
        raise PydanticCustomError(
            "secret",
            "must be a reference to the secret, never the secret itself",
            {"hint": "env:NAME or file:PATH"},
        )

    def _from_environment(self, name: str) -> SecretStr:
        if value := self.environ.get(name):
            return SecretStr(value)
        reason = "the environment variable {name} is not set"
        raise PydanticCustomError("secret", reason, {"name": name, "hint": f"export {name}=..."})

    def _from_file(self, file: Path) -> SecretStr:
        try:
            value = file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise PydanticCustomError("secret", "the secret's file cannot be read") from error
        if not value:
            raise PydanticCustomError("secret", "the secret's file is empty")
        return SecretStr(value)


def _resolved(value: object, info: ValidationInfo) -> SecretStr:
    if isinstance(value, SecretStr):
        return value
    secrets = info.context if isinstance(info.context, Secrets) else Secrets()
    return secrets.resolve(value)


def _http_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        usable = usable and not re.search(r"\s", url)
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("must be an http:// or https:// address")
    if "@" in parts.netloc:
        raise ValueError("must not carry a user name or a password")
    return url.rstrip("/")


def _vendor_url(url: str) -> str:
    """Refuse what would end up in every address that is made of this one."""
    url = _http_url(url)
    if urlsplit(url).query or urlsplit(url).fragment or url.endswith(("?", "#")):
        raise ValueError("must not have a query or a fragment")
    return url


def _one_or_two(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


def _config_id(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name):
        raise ValueError("must be 1 to 64 letters, digits, - or _")
    return name


def _currency(code: str) -> str:
    if code in CURRENCY_CODES:
        return code
    hint = code.upper() if code.upper() in CURRENCY_CODES else None
    raise PydanticCustomError("currency", "must be an ISO 4217 currency", {"hint": hint})


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


def _timezone(name: str) -> str:
    if name in _timezones():
        return name
    hint = closest(name, _timezones())
    raise PydanticCustomError("timezone", "must be an IANA time zone", {"hint": hint})


Secret = Annotated[SecretStr, BeforeValidator(_resolved)]
TurningSecret = Annotated[
    tuple[Secret, ...], BeforeValidator(_one_or_two), Field(min_length=1, max_length=2)
]
"""A secret that others show us; while it is being replaced, the new one and the old one."""
HttpAddress = Annotated[str, AfterValidator(_http_url)]
VendorAddress = Annotated[str, AfterValidator(_vendor_url)]
"""Where a vendor's credentials are sent to."""
ConfigId = Annotated[str, AfterValidator(_config_id)]
"""Part of workflow ids, offer ids and effect keys, so without their separators `:`, `/`, `#`."""
CurrencyCode = Annotated[str, AfterValidator(_currency)]
TimeZoneName = Annotated[str, AfterValidator(_timezone)]
PositiveNumber = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Section(Model):
    """A part of the file; a name with nothing behind it counts as absent."""

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {name: value for name, value in data.items() if value is not None}
