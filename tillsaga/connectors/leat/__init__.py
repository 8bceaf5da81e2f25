"""Leat (formerly Piggy), v3 API; "sheet" and "trap" in this package are `vendors/leat.md`."""

from tillsaga.connectors.leat.connector import Leat

__all__ = ["Leat"]
