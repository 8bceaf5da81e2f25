"""The API as a process."""

import sys
from types import FrameType

import structlog
import uvicorn

from api import connection
from api.app import create_app
from api.services import Services, open_services
from tillsaga.logs import configure_logs
from tillsaga.records.personal import tell_of_keys
from tillsaga.settings import Settings

# Longer than an answer budget; event streams end at once.
DRAIN_SECONDS = 10


_log = structlog.get_logger("tillsaga.api")


class Server(uvicorn.Server):
    """Ends the event streams when it is told to stop, so that it need not wait for them."""

    def __init__(self, config: uvicorn.Config, services: Services) -> None:
        super().__init__(config)
        self._services = services

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop on SIGTERM and SIGINT; a second one does not wait for answers under way.

        Uvicorn's own would raise the signal once more at the end, before the records are closed.
        """
        self._services.stopping.set()
        self.force_exit = self.should_exit
        self.should_exit = True


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
            timeout_graceful_shutdown=DRAIN_SECONDS,
        )
        await Server(config, services).serve()
