"""The till's messages, one after another, each with its answer."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain import origin
    from tillsaga.domain.messages import Context, TillMessage
    from tillsaga.domain.origin import Origin
    from tillsaga.domain.view import Reply


@dataclass(eq=False)
class Letter:
    """One message on its way to the loop, and the answer on its way back."""

    message: TillMessage
    context: Context
    reply: asyncio.Future[Reply] = field(default_factory=asyncio.Future)
    creates: bool = False
    """It opened the checkout, so its answer says so."""
    number: int = 0
    """Its place among the messages of this run, once it was taken up."""
    on_answer: "Callable[[Letter, Reply], None] | None" = None
    """Who is told what it was answered."""
    origin: Origin = field(default_factory=origin.current)
    """On whose behalf it was sent."""

    def answer(self, reply: Reply) -> None:
        """Answer once; a second answer changes nothing."""
        if not self.reply.done():
            self.reply.set_result(reply)
            if self.on_answer is not None:
                self.on_answer(self, reply)


class Inbox:
    """Messages wait here for the one loop, so that none needs a lock."""

    def __init__(self) -> None:
        """Start empty."""
        self._letters: deque[Letter] = deque()

    def __bool__(self) -> bool:
        """Whether something waits."""
        return bool(self._letters)

    def post(self, message: TillMessage, context: Context) -> Letter:
        """Leave a message for the loop."""
        letter = Letter(message, context)
        self._letters.append(letter)
        return letter

    def put_back(self, letters: list[Letter]) -> None:
        """Put messages that had to wait before those that came later."""
        self._letters.extendleft(reversed(letters))

    def take(self) -> Letter:
        """Take the oldest message; what the loop does now, it does on its behalf."""
        letter = self._letters.popleft()
        origin.follow(letter.origin)
        return letter
