"""`tillsaga audit`: what was done for a checkout, proof that nobody changed it, and evidence."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from tillsaga.commands.trouble import ExitCode, Trouble

if TYPE_CHECKING:
    from tillsaga.audit_keys import PublicKeys
    from tillsaga.commands.auditing import Verdict
    from tillsaga.records.audit import RootWithLeaves
    from tillsaga.settings import Settings


class _ShowsByDefault(TyperGroup):
    """`tillsaga audit chk_...` is `tillsaga audit show chk_...`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["show", *args]
        return list(super().parse_args(ctx, args))


audit = typer.Typer(
    cls=_ShowsByDefault,
    help="What was done for a checkout, whether it was changed since, and evidence.",
    no_args_is_help=True,
)

CheckoutId = Annotated[str, typer.Argument(metavar="ID", help="chk_...")]
Verify = Annotated[bool, typer.Option("--verify", help="Exit code 1 if an entry was changed.")]
AsJson = Annotated[bool, typer.Option("--json", help="Everything, for programs.")]
Bundle = Annotated[
    Path | None, typer.Option("--bundle", metavar="FILE.zip", help="Write the evidence here.")
]
RootsFile = Annotated[
    Path | None,
    typer.Option("--roots", exists=True, dir_okay=False, help="Roots exported before: JSON lines."),
]
KeysFile = Annotated[
    Path | None,
    typer.Option("--keys", exists=True, dir_okay=False, help="Public keys: `id:base64` a line."),
]
Since = Annotated[int, typer.Option(min=1, help="The first root's number.")]
Source = Annotated[str, typer.Argument(metavar="FILE.zip|ID", help="A bundle, or a checkout's id.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(audit, name="audit")


@audit.callback()
def _audit() -> None:
    """What was done for a checkout, whether it was changed since, and evidence.

    `tillsaga audit chk_...` shows a checkout's timeline; `--verify` checks it.
    """


@audit.command()
def show(
    checkout_id: CheckoutId,
    verify: Verify = False,
    as_json: AsJson = False,
    bundle: Bundle = None,
    roots: RootsFile = None,
) -> None:
    """Show a checkout's timeline (the default command); check it; write its evidence."""
    from tillsaga.commands.auditing import read_trail, show_findings, show_trail
    from tillsaga.commands.bundle import write_bundle
    from tillsaga.commands.loading import load_settings
    from tillsaga.evidence.documents import trail_document
    from tillsaga.records.audit import witnesses_by_checkout

    settings = load_settings()
    trail = asyncio.run(read_trail(settings, checkout_id))
    seen = witnesses_by_checkout(_exported(roots)).get(checkout_id, [])
    findings = trail.verified(seen)
    if trail.head is None and not findings:
        hint = "check the id; TILLSAGA_DATABASE_URL says where the records are"
        raise Trouble(f"the audit knows no checkout {checkout_id}", hint=hint)
    if bundle is not None:
        asyncio.run(write_bundle(settings, checkout_id, seen, bundle))
        typer.echo(f"{bundle}: the evidence for {checkout_id}", err=True)
    elif as_json:
        typer.echo(trail_document(trail, findings))
    else:
        show_trail(trail)
    if verify or findings:
        show_findings(trail, findings)
    if findings and verify:
        raise typer.Exit(ExitCode.FAILED)


@audit.command()
def verify(roots: RootsFile = None, keys: KeysFile = None) -> None:
    """Check all chains and all roots, also against roots that were exported before."""
    from tillsaga.commands.auditing import show_verdict, verify_all
    from tillsaga.commands.loading import load_settings

    settings = load_settings()
    exported = _exported(roots)
    verdict: Verdict = asyncio.run(verify_all(settings, exported, _public_keys(settings, keys)))
    show_verdict(verdict)
    if not verdict.is_whole:
        raise typer.Exit(ExitCode.FAILED)


@audit.command("roots")
def print_roots(since: Since = 1) -> None:
    """Print the daily roots with the heads that they cover, one JSON document a line."""
    from tillsaga.commands.loading import load_settings, records
    from tillsaga.records.audit import SqlAuditBook

    async def export(settings: "Settings") -> None:
        async with records(settings) as database:
            async for root in SqlAuditBook(database).roots(since):
                sys.stdout.write(root.model_dump_json() + "\n")

    asyncio.run(export(load_settings()))


@audit.command()
def close() -> None:
    """Make the root of yesterday (UTC) now, as the schedule does at 00:05."""
    from tillsaga.commands.loading import load_settings, records
    from tillsaga.domain.audit_roots import DailyRoot
    from tillsaga.records.audit import SqlAuditBook

    async def made(settings: "Settings") -> DailyRoot | None:
        async with records(settings) as database:
            return await SqlAuditBook(database).close_days(settings.audit_signer)

    root = asyncio.run(made(load_settings()))
    if root is None:
        typer.echo("yesterday is closed already", err=True)
        return
    by = f"signed by {root.key_id}" if root.signature else "UNSIGNED: set TILLSAGA_AUDIT_KEYS"
    typer.echo(f"root {root.number} of {root.day} over {root.leaves} chains, {by}")


@audit.command("keys")
def print_keys() -> None:
    """Print the public keys that auditors check roots with: `id:base64`, one a line."""
    from tillsaga.commands.loading import load_settings

    signer = load_settings().audit_signer
    if signer is None:
        raise Trouble("there are no keys, so roots are unsigned", hint="set TILLSAGA_AUDIT_KEYS")
    typer.echo(str(signer.public))


@audit.command()
def replay(source: Source) -> None:
    """Run a stored history against this version: exit code 0 if it decides the same."""
    from tillsaga.commands.loading import load_settings
    from tillsaga.commands.replaying import histories_of, replayed, show_replay

    settings = load_settings()
    results = asyncio.run(replayed(settings, asyncio.run(histories_of(settings, source))))
    if not show_replay(settings, source, results):
        raise typer.Exit(ExitCode.FAILED)


def _exported(path: Path | None) -> "list[RootWithLeaves]":
    from pydantic import ValidationError

    from tillsaga.records.audit import RootWithLeaves

    if path is None:
        return []
    lines = path.read_text().splitlines()
    try:
        return [RootWithLeaves.model_validate_json(line) for line in lines if line.strip()]
    except ValidationError:
        hint = "give what tillsaga audit roots has printed"
        raise Trouble(f"{path} holds no roots", hint=hint, code=ExitCode.WRONG_USAGE) from None


def _public_keys(settings: "Settings", path: Path | None) -> "PublicKeys | None":
    from tillsaga.audit_keys import PublicKeys
    from tillsaga.keyring import KeyRingError

    if path is None:
        return settings.audit_signer.public if settings.audit_signer else None
    try:
        return PublicKeys.parse(path.read_text())
    except KeyRingError as wrong:
        hint = "give what tillsaga audit keys has printed"
        raise Trouble(f"{path}: {wrong}", hint=hint, code=ExitCode.WRONG_USAGE) from None
