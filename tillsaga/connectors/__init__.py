"""The vendors' APIs, each behind the port `Connector`."""
