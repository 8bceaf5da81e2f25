"""What a stack on one machine keeps secret, made once and kept in the data folder."""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tillsaga.dev.home import Home
from tillsaga.keyring import new_key
from tillsaga.settings import KEY_FILES


@dataclass(frozen=True)
class StackSecrets:
    """What encrypts the histories, opens the codec endpoint to the UI, and signs the audit."""

    encryption_keys: str
    codec_token: str
    audit_keys: str


def stack_secrets(home: Home) -> StackSecrets:
    """Read the folder's secrets; those that are not there yet are made."""
    return StackSecrets(
        encryption_keys=kept(home.folder / KEY_FILES["encryption_keys"], _first_key),
        codec_token=kept(home.folder / "codec-token", secrets.token_urlsafe),
        audit_keys=kept(home.folder / KEY_FILES["audit_keys"], _first_key),
    )


def kept(path: Path, make: Callable[[], str]) -> str:
    """Read a secret; make it if there is none."""
    if not path.exists():
        write_private(path, make())
    return path.read_text().strip()


def write_private(path: Path, secret: str) -> None:
    """Write a file that only its owner reads, from its first byte on."""
    path.unlink(missing_ok=True)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w") as opened:
        opened.write(f"{secret}\n")


def _first_key() -> str:
    return new_key(f"dev-{datetime.now(UTC):%Y%m%d}")
