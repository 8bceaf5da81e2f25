"""White Label Loyalty's Loyalty Engine; "sheet" and "trap" here are `vendors/wll.md`."""

from tillsaga.connectors.wll.connector import Wll

__all__ = ["Wll"]
