"""The vendors' side of a demo through the sandbox's control plane: seeds, faults and books."""

from typing import Any

import httpx

Json = dict[str, Any]


class Sandbox:
    """All five vendors, as the sandbox plays them. Its calls raise `httpx.HTTPError`."""

    def __init__(self, sandbox_url: str) -> None:
        """Take where the sandbox is."""
        self._http = httpx.Client(base_url=f"{sandbox_url}/_sandbox", timeout=10)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def seed(self, vendor: str, wanted: Json) -> Json:
        """Add to a vendor's world; answers the ids."""
        return self._post(f"/seed/{vendor}", wanted)

    def books(self) -> dict[str, Json]:
        """Read every vendor's books, by its name."""
        return self._get("/books")

    def go_wrong(self, vendor: str, kind: str, operation: str | None = None, **more: Any) -> None:
        """Let the next call go wrong: of one operation, or of any."""
        self._post("/faults", {"vendor": vendor, "kind": kind, "operation": operation, **more})

    def mend(self) -> None:
        """Let nothing go wrong any more."""
        self._http.delete("/faults").raise_for_status()

    def times_applied(self, vendor: str, operation: str) -> int:
        """Count the calls of an operation that the vendor carried out."""
        log = self._get("/requests")["requests"]
        wanted = (vendor, operation)
        return sum(e["applied"] and (e["vendor"], e["operation"]) == wanted for e in log)

    def _get(self, path: str) -> Json:
        answer: Json = self._http.get(path).raise_for_status().json()
        return answer

    def _post(self, path: str, body: Json) -> Json:
        answer: Json = self._http.post(path, json=body).raise_for_status().json()
        return answer
