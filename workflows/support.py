"""Support's own workflows: evidence from a vendor's books, and a word to a checkout that ended."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from pydantic import ValidationError

    from activities.attention import AttentionActivities
    from activities.waking import WakingActivities, Word
    from tillsaga.domain.evidence import BooksAnswer, BooksQuestion, SupportWord
    from tillsaga.domain.messages import ResolveAttention
    from tillsaga.domain.model import Json
    from tillsaga.domain.view import StartCheckout

from workflows import queues
from workflows.checkout import CheckoutWorkflow
from workflows.till import field_errors

TELLING = timedelta(minutes=1)


@workflow.defn(name="Attention")
class AttentionWorkflow(CheckoutWorkflow):
    """An ended checkout that is woken up for a person: the same owner, under the same id."""

    @workflow.init
    def __init__(self, start: StartCheckout) -> None:
        """Set the stage as for the checkout itself."""
        super().__init__(start)

    @workflow.run
    async def run(self, start: StartCheckout) -> str:
        """Serve until what was decided is done; answers the checkout's final status."""
        return await super().run(start)


@workflow.defn(name="ReadBooks")
class ReadBooksWorkflow:
    """One question to one vendor about one effect; it changes nothing."""

    @workflow.run
    async def run(self, question: BooksQuestion) -> BooksAnswer:
        """Answer what the vendor's books say now."""
        try:
            return await workflow.execute_activity_method(
                AttentionActivities.read_books,
                question,
                task_queue=queues.vendor_queue(question.kind),
                start_to_close_timeout=queues.READ,
                schedule_to_close_timeout=queues.READ,
                retry_policy=queues.ONCE,
            )
        except ActivityError:
            late = "nobody asks this vendor now"
            return BooksAnswer(says="unreadable", detail=late, asked_at=workflow.now())


@workflow.defn(name="ResolveAttention")
class ResolveAttentionWorkflow:
    """For the Temporal UI: settle a case of any checkout, also of one whose workflow is gone."""

    @workflow.run
    async def run(self, word: Json) -> Json:
        """Tell the checkout, and answer what it said.

        Args:
            word: `checkout_id`, `item`, `action`, `actor` and `reason`.
        """
        try:
            said = SupportWord.model_validate(word)
            message = ResolveAttention.model_validate(said.model_dump(exclude={"checkout_id"}))
        except ValidationError as wrong:
            return {"code": "invalid_request", "errors": [{**e} for e in field_errors(wrong)]}
        told = Word(
            checkout_id=said.checkout_id, message=message, update_id=workflow.info().workflow_id
        )
        try:
            reply: Json | None = await workflow.execute_activity_method(
                WakingActivities.tell,
                told,
                start_to_close_timeout=queues.ATTEMPT,
                schedule_to_close_timeout=TELLING,
                retry_policy=queues.RECORDS,
                summary=f"{said.action} {said.item} of {said.checkout_id}",
            )
        except ActivityError:
            return {"code": "service_unavailable", "detail": "the checkout does not answer"}
        return _in_short(reply)


def _in_short(reply: Json | None) -> Json:
    if reply is None:
        return {"code": "checkout_not_found", "detail": "nobody has opened this checkout"}
    checkout = reply["checkout"]
    assert isinstance(checkout, dict), "a reply shows the checkout"
    left = {"status": checkout["status"], "attention": checkout["attention"]}
    refusal = reply.get("refusal")
    if isinstance(refusal, dict):
        return {"code": refusal["code"], "detail": refusal["detail"], **left}
    return {"code": "goes_on" if reply["status"] == 202 else "settled", **left}
