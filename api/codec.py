"""The endpoint that lets the Temporal UI show, and send, what is encrypted in the histories.

It is no part of `/v1`: the UI fixes paths and bodies, which are protobuf's JSON of `Payloads`.
Who asks shows an API key with the scope `support` or `audit`, or, since the UI sends no key of
ours, the secret `TILLSAGA_CODEC_TOKEN` in the path. Only the UI's own pages may read the answers.
"""

import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog
from google.protobuf.json_format import MessageToDict, Parse, ParseError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from temporalio.api.common.v1 import Payloads
from temporalio.converter import PayloadCodec

from api import problems
from api.access import Access, require_scope
from tillsaga.codec import CannotDecrypt
from tillsaga.errors import Refusal

_HEADERS = ("authorization", "content-type", "x-namespace")
_log = structlog.get_logger("tillsaga.codec")


@dataclass(frozen=True)
class CodecEndpoint:
    """Decodes and encodes for people. Without a token only API keys open it."""

    codec: PayloadCodec
    access: Access
    ui: str
    token: str | None = None

    def app(self) -> Starlette:
        """Build the application to mount."""
        routes = [
            Route(f"{prefix}/{name}", serve, methods=["POST"])
            for prefix in ("", "/{token}")
            for name, serve in (("decode", self._decode), ("encode", self._encode))
        ]
        cors = Middleware(
            CORSMiddleware,
            allow_origins=_origins(self.ui),
            allow_methods=["POST"],
            allow_headers=_HEADERS,
        )
        app = Starlette(routes=routes, middleware=[cors])
        problems.install(app)
        return app

    async def _decode(self, request: Request) -> Response:
        return await self._translated(request, "decodePayloads")

    async def _encode(self, request: Request) -> Response:
        return await self._translated(request, "encodePayloads")

    async def _translated(self, request: Request, operation: str) -> Response:
        request.state.operation = operation
        who = await self._admitted(request)
        payloads = _read(await request.body())
        translate = self.codec.decode if operation == "decodePayloads" else self.codec.encode
        try:
            translated = await translate(payloads.payloads)
        except CannotDecrypt as cannot:
            raise Refusal("invalid_request", str(cannot)) from None
        _log.info(
            operation,
            by=who,
            payloads=len(translated),
            request_id=request.state.request_id,
        )
        return JSONResponse(MessageToDict(Payloads(payloads=translated)))

    async def _admitted(self, request: Request) -> str:
        """Say who asks.

        Raises:
            Refusal: `unauthorized` or `forbidden`.
        """
        shown = request.path_params.get("token")
        if shown is not None:
            if self.token and hmac.compare_digest(shown.encode(), self.token.encode()):
                return "the codec token"
            raise Refusal("unauthorized", "the codec token in the path is wrong")
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Refusal("unauthorized", "send Authorization: Bearer with an API key")
        holder = await self.access.holder(key.strip())
        request.state.api_key = holder.id
        require_scope(holder, ("support", "audit"))
        return holder.id


def _read(body: bytes) -> Payloads:
    try:
        return Parse(body, Payloads(), ignore_unknown_fields=True)
    except (ParseError, UnicodeDecodeError):
        raise Refusal("malformed_request", "send Temporal's payloads as JSON") from None


def _origins(ui: str) -> list[str]:
    """Say where the UI's pages come from; this machine goes by two names."""
    scheme, host = urlsplit(ui)[:2]
    twins = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}
    name, colon, port = host.partition(":")
    hosts = [host, f"{twins[name]}{colon}{port}"] if name in twins else [host]
    return [f"{scheme}://{host}" for host in hosts]
