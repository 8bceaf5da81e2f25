"""The second line of defence for what the doctor says: known secrets are taken out of it.

The first one is that no check says one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tillsaga.doctor.finding import Found
from tillsaga.domain.tokens import MASK
from tillsaga.redaction import redacted

SHORTEST = 6
"""What is shorter is no secret, and would be found in every second line."""


@dataclass(frozen=True)
class Censor:
    """Knows what must not be said."""

    secrets: frozenset[str]

    @classmethod
    def of(cls, secrets: Iterable[str]) -> "Censor":
        """Take the secrets of an installation."""
        return cls(frozenset(secret for secret in secrets if len(secret) >= SHORTEST))

    def passed(self, found: Found) -> Found:
        """Take out secrets, and what looks like somebody's address, card or number."""
        finding = found.finding
        remedy = self._passed(finding.remedy) if finding.remedy else None
        return replace(
            found, finding=replace(finding, says=self._passed(finding.says), remedy=remedy)
        )

    def _passed(self, text: str) -> str:
        # The longest first: one secret may be a part of another.
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, MASK)
        return redacted(text)
