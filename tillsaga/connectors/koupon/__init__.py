"""Koupon, Store Connect Post Transaction API; "sheet", "trap" and "K" are `vendors/koupon.md`."""

from tillsaga.connectors.koupon.connector import Koupon

__all__ = ["Koupon"]
