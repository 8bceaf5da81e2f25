"""The ports that we listen on: free, or answered by us."""

import socket
from collections.abc import Callable
from contextlib import closing

import httpx

from tillsaga.doctor.finding import Finding, fault, ok, warning
from tillsaga.doctor.installation import Installation

SECONDS = 3
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
Ours = Callable[[object], bool]
"""Tells by the answer to `/readyz` whether we gave it."""


async def api_port(at: Installation) -> Finding:
    """See who has the API's port."""
    where = at.settings.api_host, at.settings.api_port
    return await _port(*where, "TILLSAGA_API_PORT", _is_api)


async def worker_port(at: Installation) -> Finding:
    """See who has the port by which a worker tells how it is."""
    port = at.settings.worker_port
    if port is None:
        return ok("none is set, so workers tell nobody how they are")
    return await _port(at.settings.worker_host, port, "TILLSAGA_WORKER_PORT", _is_worker)


async def _port(host: str, port: int, variable: str, is_ours: Ours) -> Finding:
    if port == 0:
        return ok("a free one is picked")
    local = EVERYWHERE.get(host, host)
    named = f"[{local}]" if ":" in local else local
    try:
        async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as http:
            answer = await http.get(f"http://{named}:{port}/readyz")
    except httpx.ConnectError:
        return _unanswered(host, port, variable)
    except httpx.HTTPError:
        return _taken(port, variable)
    if not is_ours(_json(answer)):
        return _taken(port, variable)
    if answer.is_success:
        return ok(f"{port} is answered by us")
    says = f"{port} is answered by us, and not ready (HTTP {answer.status_code})"
    return warning(says, "the other lines say why; its log says more")


def _unanswered(host: str, port: int, variable: str) -> Finding:
    """Nobody answers; still somebody may have it, or we may not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family)) as tried:
        # What a server that ended a moment ago leaves behind does not count as taken.
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError as refused:
            says = f"{host}:{port} cannot be listened on: {refused.strerror}"
            return fault(says, f"give {variable}, and the host beside it, what is ours to take")
    return ok(f"{port} is free")


def _taken(port: int, variable: str) -> Finding:
    remedy = f"stop what listens there (ss -ltnp 'sport = :{port}'), or set {variable}"
    return fault(f"{port} is taken by somebody else", remedy)


def _json(answer: httpx.Response) -> object:
    try:
        return answer.json()
    except ValueError:
        return None


def _is_api(said: object) -> bool:
    checks = said.get("checks") if isinstance(said, dict) else None
    asked = isinstance(checks, dict) and {"temporal", "records"} <= checks.keys()
    return asked and not _is_worker(said)


def _is_worker(said: object) -> bool:
    return isinstance(said, dict) and "vendors" in said
