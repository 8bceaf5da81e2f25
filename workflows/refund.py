"""A completed checkout that is woken up to give back: the same owner under a name of its own."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.view import StartCheckout

from workflows.checkout import CheckoutWorkflow


@workflow.defn(name="Refund")
class RefundWorkflow(CheckoutWorkflow):
    """Runs under the checkout's own id, so that nobody else changes the checkout meanwhile."""

    @workflow.init
    def __init__(self, start: StartCheckout) -> None:
        """Set the stage as for the checkout itself."""
        super().__init__(start)

    @workflow.run
    async def run(self, start: StartCheckout) -> str:
        """Serve the till until all refunds are settled; answers the checkout's final status."""
        return await super().run(start)
