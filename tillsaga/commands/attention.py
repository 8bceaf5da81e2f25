"""`tillsaga attention`: what waits for a person, with its evidence, and settling it."""

import asyncio
from datetime import timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

import typer

from tillsaga.commands.trouble import ExitCode, Trouble

if TYPE_CHECKING:
    from api.temporal import Answer
    from tillsaga.domain.messages import ResolveAttention
    from tillsaga.settings import Settings

attention = typer.Typer(help="What waits for a person.", invoke_without_command=True)
ANSWER_SECONDS = 10.0


class Does(StrEnum):
    """How a case is settled."""

    RETRY = "retry"
    ACCEPT_LOSS = "accept_loss"
    SETTLED_BY_HAND = "settled_by_hand"


CheckoutId = Annotated[str, typer.Argument(metavar="CHECKOUT", help="chk_...")]
Item = Annotated[str, typer.Argument(metavar="ITEM", help="att_...")]
Stores = Annotated[list[str] | None, typer.Option("--store", help="A store's id; repeatable.")]
OlderThan = Annotated[str | None, typer.Option(help="A duration: 30m, 2h, 1d.")]
AsJson = Annotated[bool, typer.Option("--json", help="Everything, for programs.")]
Action = Annotated[Does, typer.Option("--action", help="One of the case's allowed actions.")]
Actor = Annotated[str, typer.Option(help="Who decides.")]
Reason = Annotated[str, typer.Option(help="Why; kept for the audit.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(attention, name="attention")


@attention.callback()
def listing(
    context: typer.Context,
    store: Stores = None,
    older_than: OlderThan = None,
    as_json: AsJson = False,
) -> None:
    """List what waits for a person, oldest first; show and resolve look at one case."""
    if context.invoked_subcommand is not None:
        return
    from tillsaga.commands.cases import as_document, read_queue, show_queue
    from tillsaga.commands.loading import load_settings

    cases = asyncio.run(read_queue(load_settings(), store, _duration(older_than)))
    if as_json:
        typer.echo(as_document(cases))
    else:
        show_queue(cases)


def _duration(text: str | None) -> timedelta | None:
    from tillsaga.durations import parse_duration

    if text is None:
        return None
    try:
        return parse_duration(text)
    except ValueError as wrong:
        raise Trouble(f"--older-than {wrong}", code=ExitCode.WRONG_USAGE) from None


@attention.command()
def show(checkout_id: CheckoutId, item: Item) -> None:
    """Show a case: what was asked, what was answered, what the vendor's books say now."""
    from tillsaga.commands.cases import as_document, read_case
    from tillsaga.commands.loading import load_settings

    typer.echo(as_document(asyncio.run(read_case(load_settings(), checkout_id, item))))


@attention.command()
def resolve(
    checkout_id: CheckoutId, item: Item, action: Action, actor: Actor, reason: Reason
) -> None:
    """Settle a case, also of a checkout that ended long ago."""
    from pydantic import ValidationError

    from tillsaga.commands.loading import load_settings
    from tillsaga.domain.messages import ResolveAttention

    said = {"item": item, "action": action.value, "actor": actor, "reason": reason}
    try:
        message = ResolveAttention.model_validate(said)
    except ValidationError as wrong:
        fields = ", ".join(str(error["loc"][0]) for error in wrong.errors())
        words = f"empty or too long: {fields}"
        raise Trouble(words, code=ExitCode.WRONG_USAGE) from None
    answer = asyncio.run(_tell(load_settings(), checkout_id, message))
    if answer.refusal is not None:
        raise Trouble(answer.refusal.detail, hint="tillsaga attention lists what is open")
    goes_on = answer.status == HTTPStatus.ACCEPTED
    typer.echo(f"{item} is settled; the work goes on" if goes_on else f"{item} is settled")


async def _tell(settings: "Settings", checkout_id: str, message: "ResolveAttention") -> "Answer":
    """Send the message as the door does: to the running checkout, or to one that is woken up."""
    from time import monotonic
    from uuid import uuid4

    from api.deadline import Deadline
    from api.delivery import send
    from api.temporal import Crowded, HandlerFailed, Letter, NoAnswer, Unreachable
    from tillsaga.commands.cases import checkout_opened
    from tillsaga.commands.temporal import away
    from tillsaga.domain.messages import Context

    async with checkout_opened(settings, checkout_id) as (services, bill):
        name, update_id = "resolve_attention", f"cli-{uuid4().hex}"
        letter = Letter(checkout_id, name, message, Context(), update_id)
        try:
            return await send(
                services, letter, Deadline(monotonic(), ANSWER_SECONDS), bill.store_id
            )
        except Unreachable:
            raise away() from None
        except NoAnswer:
            words = "the checkout has not answered; what was said may still be carried out"
            raise Trouble(words, hint="look again, or start a worker: tillsaga worker") from None
        except (Crowded, HandlerFailed):
            hint = "look at the checkout in the Temporal UI"
            raise Trouble("the checkout cannot take it now", hint=hint) from None
