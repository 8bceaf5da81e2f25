"""The API as a process."""

import math
import sys
import time
from datetime import timedelta
from types import FrameType

import structlog
import uvicorn

from api import connection
from api.app import create_app
from api.services import Services, open_services
from tillsaga.logs import configure_logs
from tillsaga.records.personal import tell_of_keys
from tillsaga.settings import Settings

# For what is in hand at the end. Longer than an answer budget; event streams end at once.
LAST_ANSWERS_SECONDS = 10

_log = structlog.get_logger("tillsaga.api")


class Server(uvicorn.Server):
    """Leaves in two steps: for a while it only says that it will, then it takes no more calls.

    In between it serves on, while whoever balances the load reads `/readyz` and turns elsewhere.
    """

    def __init__(
        self, config: uvicorn.Config, services: Services, drain: timedelta = timedelta()
    ) -> None:
        super().__init__(config)
        self._services = services
        self._drain_seconds = drain.total_seconds()
        self._leaves_at = math.inf

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to leave on SIGTERM and SIGINT; a second one waits for nothing any more.

        Uvicorn's own would raise the signal once more at the end, before the records are closed.
        """
        self.force_exit = self._services.draining.is_set()
        self._services.draining.set()
        drain = 0 if self.force_exit else self._drain_seconds
        self._leaves_at = time.monotonic() + drain

    async def on_tick(self, counter: int) -> bool:
        """Look, ten times a second, whether it is time to leave; event streams end with that."""
        if time.monotonic() >= self._leaves_at:
            self._services.stopping.set()
            self.should_exit = True
        return await super().on_tick(counter)


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; run it with uvloop (`uvloop.run(serve(settings))`)."""
    configure_logs(settings.log_level, sys.stdout)
    async with open_services(settings) as services:
        await tell_of_keys(_log, services.vault, settings.key_ring)
        config = uvicorn.Config(
            create_app(services),
            host=settings.api_host,
            port=settings.api_port,
            log_config=None,  # its lines go the way of all others
            log_level=settings.log_level.lower(),
            access_log=False,
            server_header=False,
            **connection.OPTIONS,
            timeout_graceful_shutdown=LAST_ANSWERS_SECONDS,
        )
        await Server(config, services, settings.drain).serve()
