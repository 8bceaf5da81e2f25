"""A workflow that is asked while it works; in a module of its own, as the sandbox imports it."""

from datetime import timedelta

from temporalio import workflow

LONG = timedelta(minutes=1)


@workflow.defn
class Asked:
    """Takes two messages, each of which calls an activity on another worker's queue."""

    def __init__(self) -> None:
        self._done: list[str] = []

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: len(self._done) == 2)
        await workflow.wait_condition(workflow.all_handlers_finished)

    @workflow.update
    async def take(self, name: str, queue: str) -> None:
        await workflow.execute_activity(name, task_queue=queue, start_to_close_timeout=LONG)
        self._done.append(name)

    @workflow.query
    def done(self) -> list[str]:
        return self._done
