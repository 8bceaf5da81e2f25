"""The key ring as an operator writes it."""

import pytest
from pydantic import ValidationError

from tillsaga.keyring import KeyRing, KeyRingError, new_key
from tillsaga.settings import Settings

ZEROS = f"a:{'A' * 43}="


def test_the_first_key_encrypts_and_all_are_known() -> None:
    ring = KeyRing.parse(f"{new_key('b')}, {new_key('a')}")

    assert (ring.newest, sorted(ring.keys)) == ("b", ["a", "b"])
    assert "keys" not in repr(ring)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "key 1 must be `id:base64 of 32 bytes`"),
        ("abc", "key 1 must be `id:base64 of 32 bytes`"),
        (f"{ZEROS},", "key 2 must be `id:base64 of 32 bytes`"),
        ("a b:AAAA", "key 1 must be `id:base64 of 32 bytes`"),
        ("a:not base64!", "the key 'a' is not base64"),
        ("a:c2hvcnQ=", "the key 'a' has 5 bytes instead of 32"),
        (f"{ZEROS},{ZEROS}", "the key id 'a' is there twice"),
    ],
)
def test_a_malformed_ring_says_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(KeyRingError, match=says):
        KeyRing.parse(text)


def test_a_malformed_ring_stops_the_process_without_showing_a_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TILLSAGA_ENCRYPTION_KEYS", "a:c2hvcnQ=")

    with pytest.raises(ValidationError) as refused:
        Settings()

    assert "the key 'a' has 5 bytes instead of 32" in str(refused.value)
    assert "c2hvcnQ" not in str(refused.value)
