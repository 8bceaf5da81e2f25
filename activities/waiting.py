"""A vendor's wish may lengthen the wait before the next attempt, and never shorten it."""

from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from tillsaga.domain.waiting import FOR_DAYS, backoff
from tillsaga.errors import Unavailable


class NoSooner(Interceptor):
    """For workers: `next_retry_delay` replaces Temporal's own wait, however many failed before.

    A vendor that is down for hours may answer each time that it is back in a second.
    """

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Wrap every activity."""
        return _NoSooner(next)


class _NoSooner(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        """Run it; what failed waits as long as the vendor asks for and Temporal would wait."""
        try:
            return await super().execute_activity(input)
        except Unavailable as failed:
            wish, info = failed.next_retry_delay, activity.info()
            # Not every server tells the policy; this is the one with many attempts.
            usual = backoff(info.retry_policy or FOR_DAYS, info.attempt)
            if wish is None or wish >= usual:
                raise
            slower = type(failed)(failed.message, code=failed.code, retry_after=usual)
            where = failed.__traceback__
        raise slower.with_traceback(where)
