"""Daily roots: one hash over the heads of all chains that moved, chained to the day before.

A Merkle tree (as in RFC 6962, section 2.1) and no flat hash, so that one checkout's evidence can
be proven by a short path, without showing the heads of all others.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, Literal, Protocol

from pydantic import computed_field, model_validator

from tillsaga.domain.audit import START, canonical, digest
from tillsaga.domain.model import Instant, Model

EMPTY = hashlib.sha256().hexdigest()
"""The tree of a day on which nothing moved."""


class Leaf(Model):
    """A chain's last entry when a root was made."""

    checkout_id: str
    number: int
    hash: str


class Step(Model):
    """One step of a path from a leaf to the root: what stands beside it, and on which side."""

    side: Literal["left", "right"]
    hash: str


class DailyRoot(Model):
    """One root. It covers whatever no root before it covers; `previous` is that one's hash.

    `key_id` and `signature` (base64, Ed25519 over `hash`) are None where there were no keys.
    """

    number: int
    day: str
    previous: str
    tree: str
    leaves: int
    made_at: Instant
    key_id: str | None = None
    signature: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _hashed_anew(cls, value: Any) -> Any:
        """An exported root comes with its hash, which is not believed."""
        return {n: v for n, v in value.items() if n != "hash"} if isinstance(value, dict) else value

    @computed_field  # type: ignore[prop-decorator]
    @property
    def hash(self) -> str:
        """What is signed, and what the next root follows."""
        return digest(self.model_dump(mode="json", exclude={"signature", "hash"}))


class Signer(Protocol):
    """Who signs roots."""

    @property
    def key_id(self) -> str:
        """Name the key that signs."""
        ...

    def sign(self, message: bytes) -> str:
        """Sign."""
        ...


class SignatureCheck(Protocol):
    """Who knows the public keys."""

    def is_signed(self, key_id: str, message: bytes, signature: str) -> bool | None:
        """Say whether the key has signed this; None if the key is not known here."""
        ...


class RootFinding(Model):
    """What is wrong with a root; what is `unsigned` or `unchecked` is only not proven."""

    number: int
    day: str
    wrong: Literal["changed", "missing", "unsigned", "unchecked"]
    detail: str

    @property
    def is_fault(self) -> bool:
        """Whether it proves that something was changed."""
        return self.wrong in ("changed", "missing")


def made(
    before: DailyRoot | None, day: str, leaves: Sequence[Leaf], at: Instant, signer: Signer | None
) -> DailyRoot:
    """Make the root that follows another; signed if somebody can."""
    root = DailyRoot(
        number=before.number + 1 if before else 1,
        day=day,
        previous=before.hash if before else START,
        tree=tree_of(leaves),
        leaves=len(leaves),
        made_at=at.replace(microsecond=at.microsecond // 1000 * 1000),  # as it is written
        key_id=signer.key_id if signer else None,
    )
    signature = signer.sign(signed_text(root)) if signer else None
    return root.model_copy(update={"signature": signature})


def signed_text(root: DailyRoot) -> bytes:
    """Say what a signature is over: no other use of the key signs the like."""
    return f"tillsaga audit root {root.hash}".encode()


def check_roots(
    roots: Sequence[tuple[DailyRoot, Sequence[Leaf]]], keys: SignatureCheck | None
) -> list[RootFinding]:
    """Say what is wrong with a run of roots that begins at number 1."""
    found: list[RootFinding] = []
    previous, expected = START, 1
    for root, leaves in sorted(roots, key=lambda each: each[0].number):
        for number in range(expected, root.number):
            found.append(_about(number, "?", "missing", "the root is gone"))
        if root.number == expected and root.previous != previous:
            words = "it does not follow the root before it: one of the two was changed"
            found.append(_about(root.number, root.day, "changed", words))
        if len(leaves) != root.leaves or tree_of(leaves) != root.tree:
            words = "its heads of chains do not make its tree"
            found.append(_about(root.number, root.day, "changed", words))
        found += _signature(root, keys)
        previous, expected = root.hash, root.number + 1
    return found


def _signature(root: DailyRoot, keys: SignatureCheck | None) -> list[RootFinding]:
    if root.key_id is None or root.signature is None:
        return [_about(root.number, root.day, "unsigned", "there was no key when it was made")]
    known = keys.is_signed(root.key_id, signed_text(root), root.signature) if keys else None
    if known is None:
        words = f"the public key {root.key_id} is not known here"
        return [_about(root.number, root.day, "unchecked", words)]
    words = f"the key {root.key_id} has not signed this"
    return [] if known else [_about(root.number, root.day, "changed", words)]


def _about(
    number: int, day: str, wrong: Literal["changed", "missing", "unsigned", "unchecked"], words: str
) -> RootFinding:
    return RootFinding(number=number, day=day, wrong=wrong, detail=words)


# --- the tree -------------------------------------------------------------------------------------


def tree_of(leaves: Sequence[Leaf]) -> str:
    """Hash the leaves into one, in the order of their checkouts."""
    hashes = _hashes(leaves)
    return _tree(hashes).hex() if hashes else EMPTY


def path_of(leaves: Sequence[Leaf], checkout_id: str) -> list[Step]:
    """Write the steps from a checkout's leaf up to the tree's hash."""
    place = sorted(leaf.checkout_id for leaf in leaves).index(checkout_id)
    return _path(_hashes(leaves), place)


def climbed(leaf: Leaf, path: Sequence[Step]) -> str:
    """Go up a path: what comes out must be the root's `tree`."""
    here = _leaf(leaf)
    for step in path:
        beside = bytes.fromhex(step.hash)
        here = _node(beside, here) if step.side == "left" else _node(here, beside)
    return here.hex()


def _hashes(leaves: Sequence[Leaf]) -> list[bytes]:
    return [_leaf(leaf) for leaf in sorted(leaves, key=lambda leaf: leaf.checkout_id)]


def _leaf(leaf: Leaf) -> bytes:
    return hashlib.sha256(b"\x00" + canonical(leaf.model_dump(mode="json"))).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _tree(hashes: Sequence[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    half = _half(len(hashes))
    return _node(_tree(hashes[:half]), _tree(hashes[half:]))


def _path(hashes: Sequence[bytes], place: int) -> list[Step]:
    if len(hashes) == 1:
        return []
    half = _half(len(hashes))
    if place < half:
        beside = Step(side="right", hash=_tree(hashes[half:]).hex())
        return [*_path(hashes[:half], place), beside]
    beside = Step(side="left", hash=_tree(hashes[:half]).hex())
    return [*_path(hashes[half:], place - half), beside]


def _half(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1
