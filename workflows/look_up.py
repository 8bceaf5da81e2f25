"""Look-ups without a checkout: who is it, what is on the card, what is the voucher worth."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.reads import ReadActivities
    from activities.scanning import ScanActivities
    from tillsaga.domain.reads import LookUpAnswer, LookUpOrder, ScanAnswer, ScanOrder
    from tillsaga.domain.view import RefusalBody

from workflows import queues


@workflow.defn(name="LookUp")
class LookUpWorkflow:
    """One question to the store's vendors."""

    @workflow.run
    async def run(self, order: LookUpOrder) -> LookUpAnswer:
        """Answer what the vendors know."""
        try:
            return await workflow.execute_local_activity_method(
                ReadActivities.look_up,
                order,
                start_to_close_timeout=queues.READ,
                retry_policy=queues.ONCE,
            )
        except queues.UNANSWERED:
            late = "the vendor does not answer"
            return LookUpAnswer(refusal=RefusalBody(code="vendor_unavailable", detail=late))


@workflow.defn(name="Scan")
class ScanWorkflow:
    """Whose is a scanned string? Asked without a checkout, and changing nothing."""

    @workflow.run
    async def run(self, order: ScanOrder) -> ScanAnswer:
        """Answer every vendor that may know it."""
        try:
            return await workflow.execute_local_activity_method(
                ScanActivities.scan,
                order,
                start_to_close_timeout=queues.READ,
                retry_policy=queues.ONCE,
            )
        except queues.UNANSWERED:
            return ScanAnswer()
