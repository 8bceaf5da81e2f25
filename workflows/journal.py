"""What was said to a checkout and what it answered, kept until it is saved with the state.

No event of its own: the audit gets it with the next save, and what of it the door has seen stands
there already. Only a run that is lost before it saves anything takes a Signal with it.
"""

from collections.abc import Collection

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.audit import Heard
    from tillsaga.domain.journal import answered, heard
    from tillsaga.domain.messages import Heartbeat
    from tillsaga.domain.view import Reply

from workflows.inbox import Letter


class Journal:
    """Notes messages when they are taken up and when they are answered."""

    def __init__(self) -> None:
        """Start empty."""
        self._lines: list[Heard] = []
        self._count = 0

    def take_up(self, letter: Letter) -> None:
        """Note a message, once, also if it has to wait its turn; its answer follows by itself."""
        if letter.number:
            return
        self._count += 1
        letter.number = self._count
        self._note(heard(letter.message, letter.context, letter.number, workflow.now()))
        if not isinstance(letter.message, Heartbeat):
            letter.on_answer = self._answered

    def _answered(self, letter: Letter, reply: Reply) -> None:
        self._note(answered(letter.message, reply, letter.number, workflow.now()))

    def _note(self, line: Heard) -> None:
        run_id = workflow.info().run_id
        self._lines.append(line.model_copy(update={"run": run_id}))

    def unwritten(self) -> tuple[Heard, ...]:
        """List what is not in the audit yet."""
        return tuple(self._lines)

    def forget(self, written: Collection[Heard]) -> None:
        """Drop what is written; two saves may have been on their way with the same."""
        known = {(line.kind, line.number) for line in written}
        self._lines = [line for line in self._lines if (line.kind, line.number) not in known]
