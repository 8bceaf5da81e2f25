"""What a person at a terminal is told when a command cannot do its work."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes that scripts can tell apart."""

    FAILED = 1
    WRONG_USAGE = 2


class Trouble(Exception):
    """A command failed for a reason that its user can do something about."""

    def __init__(
        self, message: str, *, hint: str | None = None, code: ExitCode = ExitCode.FAILED
    ) -> None:
        """Say what happened, and what to try."""
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code

    def __str__(self) -> str:
        return f"{self.message}\nTry: {self.hint}" if self.hint else self.message
