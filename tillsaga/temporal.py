"""The one place that connects to Temporal, as the SDK's own variables and profiles say.

`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, `TEMPORAL_TLS*` and their kin, or a
profile (`TEMPORAL_PROFILE`) of a TOML file (`TEMPORAL_CONFIG_FILE`): docs/configuration.md.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import ClassVar, Literal

from temporalio.client import Client, Interceptor
from temporalio.common import HeaderCodecBehavior
from temporalio.converter import DataConverter
from temporalio.envconfig import ClientConfigProfile, ClientConnectConfig
from temporalio.runtime import Runtime
from temporalio.service import GrpcCompression, RPCError, RPCStatusCode

ADDRESS, NAMESPACE = "localhost:7233", "default"
CONFIG_FILE, PROFILE = "TEMPORAL_CONFIG_FILE", "TEMPORAL_PROFILE"
CONNECT_TIMEOUT = timedelta(seconds=5)

Source = Literal["environment", "profile", "default"]

_UNKNOWN_FIELD = re.compile(r"unknown field `(\w+)`")
_PLACE = re.compile(r"line \d+, column \d+")


class TemporalTrouble(Exception):
    """Temporal cannot be used; `hint` says what to do about it. Neither carries a secret."""

    hint: ClassVar[str]

    def __init__(self, message: str) -> None:
        """Say what happened, and where."""
        super().__init__(message)
        self.message = message


class BadConnection(TemporalTrouble):
    """What the connection is made from cannot be used: a profile, a variable, a certificate."""

    hint = "correct the TEMPORAL_ variables or the profile; see docs/configuration.md"


class Away(TemporalTrouble):
    """Nobody answers at the address, or somebody else does."""

    hint = "start Temporal there, set TEMPORAL_ADDRESS, or use tillsaga dev"


class NotLetIn(TemporalTrouble):
    """Temporal answers, and does not accept who we are."""

    hint = "give the TEMPORAL_API_KEY or client certificate of who may use the namespace"


class Failing(TemporalTrouble):
    """Temporal answers with an error of its own."""

    hint = "look at Temporal's log, and try again"


class NamespaceUnknown(TemporalTrouble):
    """Temporal answers, and has no such namespace."""

    hint = (
        "temporal operator namespace create --retention 7d --namespace NAME, or TEMPORAL_NAMESPACE"
    )


@dataclass(frozen=True)
class Connection:
    """Where Temporal is. `config` is what the SDK connects by, and holds secrets.

    `sources` tells of each of `address`, `namespace`, `api_key` and `tls` who has set it;
    `profile` names the profile and its file.
    """

    address: str
    namespace: str
    profile: str
    sources: Mapping[str, Source]
    config: ClientConnectConfig = field(repr=False)

    @property
    def is_encrypted(self) -> bool:
        """Whether the connection is by TLS."""
        return bool(self.config.get("tls"))

    @property
    def has_api_key(self) -> bool:
        """Whether an API key is shown."""
        return bool(self.config.get("api_key"))


def connection(environ: Mapping[str, str] = os.environ) -> Connection:
    """Read where Temporal is; connects to nobody.

    Raises:
        BadConnection: a variable or the profile is not what it should be.
    """
    # An empty variable counts as absent, as in our own settings.
    given = {name: value for name, value in environ.items() if value}
    file = given.get(CONFIG_FILE)
    if file and not Path(file).exists():
        # The SDK would pass over it, and connect to its default address.
        raise BadConnection(f"{CONFIG_FILE}: {file} is not there")
    profile = _profile(given, file)
    try:
        config = profile.to_client_connect_config()
    except OSError as unreadable:
        words = f"{unreadable.filename} cannot be read: {unreadable.strerror}"
        raise BadConnection(f"Temporal's certificates: {words}") from None
    address = config.setdefault("target_host", ADDRESS)
    if not re.fullmatch(r"[^\s/]+:\d{1,5}", address):
        raise BadConnection(f"Temporal's address must be HOST:PORT, and is {_shown(address)}")
    named = given.get(PROFILE, "default")
    return Connection(
        address=address,
        namespace=config.setdefault("namespace", NAMESPACE),
        profile=f"{named} of {file or 'the default file'}",
        sources=_sources(profile, given),
        config=config,
    )


async def connect(
    converter: DataConverter,
    *,
    lazy: bool = False,
    interceptors: Sequence[Interceptor] = (),
    runtime: Runtime | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Client:
    """Connect to Temporal.

    Args:
        converter: How values get in and out: `tillsaga.codec.data_converter`.
        lazy: Connect on first use instead, so that a process starts without Temporal.
        interceptors: What is called around the SDK's calls.
        runtime: Where the SDK's own metrics go.
        environ: Instead of the process's environment.

    Raises:
        TemporalTrouble: the class says what is wrong; `Away` and `NotLetIn` not where `lazy`.
    """
    there = connection(environ)
    try:
        return await Client.connect(
            **there.config,
            data_converter=converter,
            header_codec_behavior=HeaderCodecBehavior.CODEC,
            interceptors=interceptors,
            runtime=runtime,
            lazy=lazy,
            connect_timeout=CONNECT_TIMEOUT,
            # What is encrypted does not get smaller, and the rest is small.
            grpc_compression=GrpcCompression.NONE,
        )
    except (RuntimeError, ValueError) as failed:
        # The SDK has no class of its own for a connection that failed.
        raise trouble(failed, there) from failed


def trouble(failed: Exception, there: Connection | None = None) -> TemporalTrouble:
    """Name what the SDK has raised. Its own words are not repeated: they may carry secrets."""
    where = there or connection()
    if isinstance(failed, RPCError):
        return _named(failed, where)
    if any(word in str(failed).lower() for word in ("permission", "unauthenticated")):
        return NotLetIn(f"Temporal at {where.address} does not let us in")
    if isinstance(failed, ValueError):
        return BadConnection(f"Temporal's address is none: {_shown(where.address)}")
    return away_from(where)


def _named(failed: RPCError, where: Connection) -> TemporalTrouble:
    match failed.status:
        case RPCStatusCode.UNAUTHENTICATED | RPCStatusCode.PERMISSION_DENIED:
            return NotLetIn(f"Temporal at {where.address} does not let us in")
        case RPCStatusCode.NOT_FOUND if "namespace" in failed.message.lower():
            words = f"Temporal at {where.address} has no namespace {where.namespace}"
            return NamespaceUnknown(words)
        case RPCStatusCode.UNAVAILABLE | RPCStatusCode.DEADLINE_EXCEEDED | RPCStatusCode.CANCELLED:
            return away_from(where)
    return Failing(f"Temporal at {where.address} answers {failed.status.name}")


def away_from(where: Connection) -> Away:
    """Say that nobody answers there."""
    by = " by TLS" if where.is_encrypted else ""
    return Away(f"Temporal does not answer{by} at {where.address}")


def _profile(given: Mapping[str, str], file: str | None) -> ClientConfigProfile:
    try:
        # A file of our own is held to its names; the one in the home folder is the CLI's, too.
        return ClientConfigProfile.load(
            override_env_vars=given, config_file_strict=file is not None
        )
    except RuntimeError as wrong:
        said = str(wrong)
    # Out here, and without the parser's text: it quotes the line, which may hold the API key.
    raise BadConnection(_why(said, given, file or "the default file"))


def _why(said: str, given: Mapping[str, str], file: str) -> str:
    if said.startswith("Profile"):
        return f"{PROFILE}: {_shown(given.get(PROFILE, 'default'))} is no profile of {file}"
    if "Cannot specify both" in said:
        return said.partition(": ")[2]
    place, unknown = _PLACE.search(said), _UNKNOWN_FIELD.search(said)
    where = f"{CONFIG_FILE}: {file}" + (f", {place[0]}" if place else "")
    return f"{where}: {unknown[1]} is not a known name" if unknown else f"{where}: cannot be read"


def _sources(profile: ClientConfigProfile, given: Mapping[str, str]) -> dict[str, Source]:
    values = {name: getattr(profile, name) for name in ("address", "namespace", "api_key", "tls")}
    return {name: _source(name, value, given) for name, value in values.items()}


def _source(name: str, value: object, given: Mapping[str, str]) -> Source:
    variable = f"TEMPORAL_{name.upper()}"
    # TLS is a family of variables: TEMPORAL_TLS_SERVER_NAME and others.
    if variable in given or (name == "tls" and any(n.startswith(variable) for n in given)):
        return "environment"
    return "default" if value is None else "profile"


def _shown(text: str) -> str:
    """Quote a name or an address, but nothing long: it may be a secret in the wrong place."""
    return repr(text) if re.fullmatch(r"[\w.:/-]{1,80}", text) else "something else"
