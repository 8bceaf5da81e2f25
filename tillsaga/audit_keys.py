"""The keys that sign the audit's daily roots: `TILLSAGA_AUDIT_KEYS`, Ed25519.

The ring has the form of the encryption keys' ring; each 32 bytes are a private key's seed. An
auditor needs only the public keys, written in the same form: `id:base64`.
"""

import base64
from collections.abc import Mapping
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tillsaga.keyring import KeyRing


class AuditKeys:
    """Signs with the newest key of a ring."""

    def __init__(self, ring: KeyRing) -> None:
        """Take the ring."""
        self._newest = ring.newest
        self._keys = {
            name: Ed25519PrivateKey.from_private_bytes(k) for name, k in ring.keys.items()
        }

    @property
    def key_id(self) -> str:
        """Name the key that signs."""
        return self._newest

    def sign(self, message: bytes) -> str:
        """Sign; base64."""
        return base64.b64encode(self._keys[self._newest].sign(message)).decode()

    @property
    def public(self) -> "PublicKeys":
        """The public keys, for whoever checks."""
        return PublicKeys({name: key.public_key() for name, key in self._keys.items()})


class PublicKeys:
    """Checks signatures."""

    def __init__(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        """Take the keys by their ids."""
        self._keys = keys

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `id:base64`, one a line or comma-separated.

        Raises:
            KeyRingError: an entry is malformed.
        """
        ring = KeyRing.parse(",".join(text.replace(",", "\n").split()))
        return cls({n: Ed25519PublicKey.from_public_bytes(key) for n, key in ring.keys.items()})

    def __str__(self) -> str:
        """Write them, one a line."""
        return "\n".join(
            f"{name}:{base64.b64encode(key.public_bytes_raw()).decode()}"
            for name, key in self._keys.items()
        )

    def is_signed(self, key_id: str, message: bytes, signature: str) -> bool | None:
        """Say whether the key has signed this; None if the key is not known here."""
        key = self._keys.get(key_id)
        if key is None:
            return None
        try:
            key.verify(base64.b64decode(signature), message)
        except (InvalidSignature, ValueError):
            return False
        return True
