"""A return without a sale: the checkout that carries it, under a name of its own."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.view import StartCheckout

from workflows.checkout import CheckoutWorkflow


@workflow.defn(name="Return")
class ReturnWorkflow(CheckoutWorkflow):
    """Takes goods back; its one loop, records and recovery are those of every checkout."""

    @workflow.init
    def __init__(self, start: StartCheckout) -> None:
        """Set the stage as for a checkout."""
        super().__init__(start)

    @workflow.run
    async def run(self, start: StartCheckout) -> str:
        """Serve the till until all vendors have answered; answers the final status."""
        return await super().run(start)
