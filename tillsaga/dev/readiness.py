"""How one sees from outside that a process of the stack can be used."""

import httpx

from tillsaga.dev.ports import HOST, Ports

TASK_QUEUE = "tillsaga"
_WORKFLOW, _ACTIVITY = 1, 2
_TIMEOUT_SECONDS = 2.0


class Readiness:
    """Asks the processes of one stack over HTTP."""

    def __init__(self, ports: Ports) -> None:
        """Take the stack's ports."""
        self._ports = ports

    def temporal(self, _: int) -> bool:
        """Whether the frontend serves the namespace."""
        return _answer(self._temporal("")) is not None

    def sandbox(self, _: int) -> bool:
        """Whether the vendors are there."""
        return _answer(f"http://{HOST}:{self._ports.sandbox}/_sandbox/") is not None

    def api(self, _: int) -> bool:
        """Whether the API reaches Temporal and the records."""
        return _answer(f"http://{HOST}:{self._ports.api}/readyz") is not None

    def worker(self, pid: int) -> bool:
        """Whether this very process polls for work; a killed one stays listed for minutes."""
        return all(self._polls(pid, kind) for kind in (_WORKFLOW, _ACTIVITY))

    def _polls(self, pid: int, kind: int) -> bool:
        queue = _answer(self._temporal(f"/task-queues/{TASK_QUEUE}?taskQueueType={kind}"))
        pollers = (queue or {}).get("pollers", [])
        return any(poller["identity"].startswith(f"{pid}@") for poller in pollers)

    def _temporal(self, path: str) -> str:
        # The UI passes this on to the frontend, which is what must be up.
        ui = f"http://{HOST}:{self._ports.temporal_ui}"
        return f"{ui}/api/v1/namespaces/default{path}"


def _answer(url: str) -> dict[str, list[dict[str, str]]] | None:
    try:
        answer = httpx.get(url, timeout=_TIMEOUT_SECONDS)
    except httpx.TransportError:
        return None
    return answer.json() if answer.is_success else None
