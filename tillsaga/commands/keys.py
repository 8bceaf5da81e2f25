"""`tillsaga keys`: who may call the API."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from tillsaga.commands.trouble import ExitCode, Trouble

if TYPE_CHECKING:
    from tillsaga.records.apikeys import KeyHolder

keys = typer.Typer(help="API keys.", no_args_is_help=True)


class Scope(StrEnum):
    """What a key may be used for."""

    POS = "pos"
    SUPPORT = "support"
    AUDIT = "audit"
    ADMIN = "admin"


Scopes = Annotated[list[Scope], typer.Option("--scope", help="What it may do; repeatable.")]
Stores = Annotated[list[str], typer.Option("--store", help="A store's id; repeatable.")]
Name = Annotated[str, typer.Option(help="What people call it.")]
Live = Annotated[bool, typer.Option("--live", help="For real shops: ts_live_ instead of ts_test_.")]
ExpiresIn = Annotated[str | None, typer.Option(help="A duration such as 90d; without it, never.")]
Overlap = Annotated[str, typer.Option(help="How long the old key lives on: 24h, 7d.")]
KeyId = Annotated[str, typer.Argument(metavar="KEY", help="key_..., as `keys list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Everything, for programs.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(keys, name="keys")


@keys.callback()
def _group() -> None:
    """API keys."""


@keys.command()
def create(
    scope: Scopes,
    store: Stores,
    name: Name = "unnamed",
    live: Live = False,
    expires_in: ExpiresIn = None,
) -> None:
    """Make an API key; print it, and nothing else. It is never shown again."""
    lifetime = _duration("--expires-in", expires_in) if expires_in is not None else None
    typer.echo(asyncio.run(_create(scope, store, name, live, lifetime)))


@keys.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """List all keys, oldest first, without their secrets."""
    holders = asyncio.run(_all())
    if as_json:
        import json

        typer.echo(json.dumps([holder.model_dump(mode="json") for holder in holders], indent=2))
        return
    for line in _table(holders):
        typer.echo(line)


@keys.command()
def rotate(key: KeyId, overlap: Overlap = "24h") -> None:
    """Make a key's successor and print it, and nothing else; the old one ends after the overlap."""
    secret, ends = asyncio.run(_rotate(key, _duration("--overlap", overlap)))
    typer.echo(secret)
    typer.echo(f"{key} ends at {ends:%Y-%m-%d %H:%M} UTC", err=True)


@keys.command()
def revoke(key: KeyId) -> None:
    """End a key; processes that have just seen it take it for another five seconds."""
    if not asyncio.run(_revoke(key)):
        raise Trouble(f"no key that is not revoked yet has the id {key}", hint="tillsaga keys list")


def _duration(option: str, text: str) -> timedelta:
    from tillsaga.durations import parse_duration

    try:
        return parse_duration(text)
    except ValueError as wrong:
        raise Trouble(f"{option} {wrong}", code=ExitCode.WRONG_USAGE) from None


async def _create(
    scopes: list[Scope], stores: list[str], name: str, live: bool, lifetime: timedelta | None
) -> str:
    from tillsaga.commands.loading import load_settings, records
    from tillsaga.records.apikeys import SqlApiKeys
    from tillsaga.records.database import utc_now

    values = [scope.value for scope in dict.fromkeys(scopes)]
    ends = utc_now() + lifetime if lifetime is not None else None
    async with records(load_settings()) as database:
        book, named = SqlApiKeys(database), list(dict.fromkeys(stores))
        _, secret = await book.create(name, values, named, live=live, expires_at=ends)
    return secret


async def _rotate(key_id: str, overlap: timedelta) -> tuple[str, datetime]:
    from tillsaga.commands.loading import load_settings, records
    from tillsaga.records.apikeys import CannotRotate, SqlApiKeys

    async with records(load_settings()) as database:
        book = SqlApiKeys(database)
        try:
            _, secret = await book.rotate(key_id, overlap)
        except CannotRotate as cannot:
            raise Trouble(str(cannot), hint="tillsaga keys list") from None
        ends = [key.expires_at for key in await book.list_all() if key.id == key_id]
    assert ends[0] is not None, "a rotated key ends"
    return secret, ends[0]


async def _revoke(key_id: str) -> bool:
    from tillsaga.commands.loading import load_settings, records
    from tillsaga.records.apikeys import SqlApiKeys

    async with records(load_settings()) as database:
        return await SqlApiKeys(database).revoke(key_id)


async def _all() -> list["KeyHolder"]:
    from tillsaga.commands.loading import load_settings, records
    from tillsaga.records.apikeys import SqlApiKeys

    async with records(load_settings()) as database:
        return await SqlApiKeys(database).list_all()


def _table(holders: Iterable["KeyHolder"]) -> Iterable[str]:
    """One line per key, aligned; a key's first characters are no secret."""
    rows = [("KEY", "STARTS", "NAME", "SCOPES", "STORES", "STATE", "LAST USED")]
    rows += [
        (
            holder.id,
            holder.prefix,
            holder.name,
            ",".join(holder.scopes),
            ",".join(holder.stores) or "-",
            _state(holder),
            _moment(holder.last_used_at),
        )
        for holder in holders
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _state(holder: "KeyHolder") -> str:
    from tillsaga.records.database import utc_now

    if holder.revoked_at is not None:
        return f"revoked {_moment(holder.revoked_at)}"
    if holder.expires_at is None:
        return "live"
    over = holder.is_over(utc_now())
    return f"{'expired' if over else 'until'} {_moment(holder.expires_at)}"


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at is not None else "never"
