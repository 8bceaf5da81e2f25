"""Let'sTrade's credentials and settings of one store."""

from pydantic import Field, SecretStr

from tillsaga.domain.model import Model


class LetstradeSettings(Model):
    """Let'sTrade's names for the store and, by our terminal id, its terminals.

    `refund_enabled`: the announced refund endpoint may be called (sheet 5).
    """

    store_id: str
    terminals: dict[str, str] = Field(default_factory=dict)
    refund_enabled: bool = False

    def terminal(self, ours: str | None = None) -> str:
        """Say the vendor's name for a terminal.

        The field is required also where no till asks: then the first terminal stands in.
        """
        if ours is not None:
            return self.terminals.get(ours, ours)
        return next(iter(self.terminals.values()), self.store_id)


class LetstradeCredentials(Model):
    """Our token; the one that the vendor's callbacks show us is the door's."""

    token: SecretStr
