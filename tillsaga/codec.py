"""What Temporal keeps is encrypted: AES-256-GCM under the newest key of a ring.

Any key of the ring decrypts, so keys change without downtime: put the new one behind the others
everywhere, then in front, and take an old one out when the last history that it encrypted is gone.
Payloads from the time before there was a ring stay readable.
"""

import os
import zlib
from collections.abc import Sequence
from dataclasses import replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import (
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
)

from tillsaga.keyring import KeyRing

ENCODING = b"binary/encrypted"
NONCE_BYTES = 12
# Half of what a history keeps is the checkout's views, which compress to a quarter.
_FAST = 1


class CannotDecrypt(Exception):
    """A payload is under a key that is not in the ring, or was tampered with."""


class EncryptionCodec(PayloadCodec):
    """Encrypts each payload whole, with its type; only the key's id can be read from outside."""

    def __init__(self, ring: KeyRing) -> None:
        """Take the ring."""
        self._newest = ring.newest
        self._ciphers = {key_id: AESGCM(key) for key_id, key in ring.keys.items()}

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt each payload."""
        return [self._encrypted(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt what is encrypted; the rest is from before the first key.

        Raises:
            CannotDecrypt: a key is missing, or a payload was changed.
        """
        return [
            self._decrypted(payload) if payload.metadata.get("encoding") == ENCODING else payload
            for payload in payloads
        ]

    def _encrypted(self, payload: Payload) -> Payload:
        nonce, key_id = os.urandom(NONCE_BYTES), self._newest.encode()
        plain = zlib.compress(payload.SerializeToString(), _FAST)
        sealed = self._ciphers[self._newest].encrypt(nonce, plain, key_id)
        metadata = {"encoding": ENCODING, "encryption-key-id": key_id}
        return Payload(metadata=metadata, data=nonce + sealed)

    def _decrypted(self, payload: Payload) -> Payload:
        key_id = payload.metadata.get("encryption-key-id", b"")
        cipher = self._ciphers.get(key_id.decode(errors="replace"))
        if cipher is None:
            raise CannotDecrypt(
                f"a payload needs the key {key_id.decode(errors='replace')!r};"
                " add it to TILLSAGA_ENCRYPTION_KEYS"
            )
        nonce, sealed = payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:]
        try:
            plain = zlib.decompress(cipher.decrypt(nonce, sealed, key_id))
        except (InvalidTag, ValueError):
            raise CannotDecrypt("a payload was changed after it was encrypted") from None
        return Payload.FromString(plain)


class NoKeys(PayloadCodec):
    """Without a ring: what others have encrypted is named, and not taken for garbage."""

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Leave all as they are."""
        return [*payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Leave them as they are.

        Raises:
            CannotDecrypt: one is encrypted.
        """
        for payload in payloads:
            if payload.metadata.get("encoding") == ENCODING:
                key_id = payload.metadata.get("encryption-key-id", b"").decode(errors="replace")
                raise CannotDecrypt(
                    f"a payload needs the key {key_id!r}, and this process has none;"
                    " set TILLSAGA_ENCRYPTION_KEYS"
                )
        return [*payloads]


def data_converter(ring: KeyRing | None) -> DataConverter:
    """How our values get into Temporal and out again; encrypted where there is a ring.

    Messages and stack traces of failures are encrypted with them.
    """
    if ring is None:
        return replace(pydantic_data_converter, payload_codec=NoKeys())
    return replace(
        pydantic_data_converter,
        payload_codec=EncryptionCodec(ring),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
