"""Loyale, Transaction API; "sheet" and "trap" in this package are `vendors/loyale.md`."""

from tillsaga.connectors.loyale.connector import Loyale

__all__ = ["Loyale"]
