"""Let'sTrade, POS integration; "sheet" and "trap" in this package are `vendors/letstrade.md`."""

from tillsaga.connectors.letstrade.connector import LetsTrade

__all__ = ["LetsTrade"]
