"""Telling those who listen what has become of a checkout, beside what the till waits for."""

import asyncio

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.webhooks import WebhookActivities
    from tillsaga.domain.checkout import Checkout, Terms
    from tillsaga.domain.news import News, news_of

from workflows import queues


class Announcing:
    """The news of one run, told one after another in the order that they happened.

    What was told is a part of the checkout's state only once it stands in the records. So a run
    that is lost in between tells it again, and the records know it.
    """

    def __init__(self, terms: Terms) -> None:
        """Take the terms that the run was started with: an old sale's may be older."""
        self._is_heard = terms.webhooks
        self._turn: asyncio.Task[None] | None = None
        self._in_hand: set[str] = set()

    @property
    def unsettled(self) -> bool:
        """Whether something is still being told."""
        return self._turn is not None and not self._turn.done()

    def notice(self, checkout: Checkout) -> None:
        """Tell what has happened since the last time."""
        for news in news_of(checkout):
            if self._in_hand.issuperset(news.keys):
                continue
            if not self._is_heard:
                _remember(checkout, news)
                continue
            self._in_hand.update(news.keys)
            self._turn = asyncio.create_task(self._tell(checkout, news, after=self._turn))

    async def _tell(self, checkout: Checkout, news: News, after: asyncio.Task[None] | None) -> None:
        if after is not None:
            await after
        try:
            await workflow.execute_activity_method(
                WebhookActivities.announce,
                news.event,
                start_to_close_timeout=queues.RECORD,
                retry_policy=queues.RECORDS,
                summary=f"{news.event.type}, version {news.event.version}",
            )
        except ActivityError as failed:
            # No retry helps, and a sale does not fail for the sake of those who watch it.
            workflow.logger.error("%s was not announced: %r", news.event.type, failed.cause)
        _remember(checkout, news)
        self._in_hand.difference_update(news.keys)


def _remember(checkout: Checkout, news: News) -> None:
    checkout.announced += [key for key in news.keys if key not in checkout.announced]
