"""Events: report, find again, ask what came of them (sheet 3.6 to 3.8)."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

from pydantic import JsonValue

from tillsaga.connectors.http import Query
from tillsaga.connectors.wll.client import NOT_FOUND, WllClient, or_none, shaped
from tillsaga.connectors.wll.refusals import TABLE, WllNo
from tillsaga.connectors.wll.wire import Event, Now, points_in, stamp
from tillsaga.domain.model import Json
from tillsaga.errors import NotSent

EXECUTOR = "tillsaga"
OTHER_TEST_REACTION = "events/test_reaction"
"""Where the vendor's own document has the dry run; its guide has it under `commands`."""

PAGE = 200
MOST_PAGES = 50
LOOK_BACK = timedelta(minutes=10)
"""How far before `since` to look: the payload names our operation, so time only ends the list."""


class Events:
    """The events of one tenant. There is no idempotency key: a second report counts twice."""

    def __init__(self, client: WllClient, test_reaction_path: str, now: Now) -> None:
        """Take the client, the path of the dry run and the time."""
        self._client = client
        self._paths = list(dict.fromkeys((test_reaction_path, OTHER_TEST_REACTION)))
        self._now = now

    async def report(
        self, type_: str, subject: str | None, payload: Json, at: datetime | None = None
    ) -> Event:
        """Report an event, of now unless said otherwise; without a subject it is nobody's."""
        body = self._body(type_, subject, payload)
        if at is not None:
            body["occurredAt"] = stamp(at)
        return await self._client.change(Event, "events", body=body)

    def _body(self, type_: str, subject: str | None, payload: Json) -> Json:
        whose: Json = {"subject": subject} if subject else {}
        return {
            "type": type_,
            **whose,
            "executor": EXECUTOR,
            "occurredAt": stamp(self._now()),
            "payload": payload,
        }

    async def dry_run(self, type_: str, subject: str, payload: Json) -> int:
        """Ask how many points an event would give (+) or take (-); nothing is done."""
        body = self._body(type_, subject, payload)
        for path in tuple(self._paths):
            try:
                reactions = await self._client.ask(*path.split("/"), body=body)
            except WllNo as no:
                if no.status != NOT_FOUND or no.code in TABLE:
                    raise
            else:
                self._paths = [path]
                return points_in(reactions)
        raise NotSent("wll has no dry run of events where it should be")

    async def reactions(self, event_id: str) -> JsonValue:
        """Read what reactors made of an event; None where it cannot be read."""
        return await or_none(self._client.get("events", event_id, "reactions"))

    async def one(self, event_id: str) -> Event:
        """Read an event by its id."""
        return await self._client.read(Event, "events", event_id)

    async def find(
        self, type_: str, since: datetime, matches: Callable[[Event], bool]
    ) -> Event | None:
        """Find an event by its payload: what the list's filters mean is not published."""
        async for page in self.pages(type_, since - LOOK_BACK):
            for event in page:
                if event.type == type_ and matches(event):
                    return event
        return None

    async def listed(self, type_: str, since: datetime) -> list[Event]:
        """List the events of a type that were taken since then; an order may be older."""
        earliest = since - LOOK_BACK
        pages = [page async for page in self.pages(type_, earliest)]
        events = [event for page in pages for event in page if event.type == type_]
        return [e for e in events if e.created_at is None or e.created_at >= earliest]

    async def pages(
        self, type_: str, earliest: datetime, most: int = MOST_PAGES
    ) -> AsyncIterator[list[Event]]:
        """Read page after page, newest first where the vendor does as it is asked."""
        for number in range(most):
            page = await self._page(type_, number * PAGE)
            yield page
            times = [event.at for event in page if event.at]
            newest_first = times == sorted(times, reverse=True) and len(set(times)) > 1
            if len(page) < PAGE or (newest_first and times[-1] < earliest):
                return
        raise NotSent(f"wll lists more than {most} pages of events")

    async def _page(self, type_: str, skip: int) -> list[Event]:
        query: Query = {"type": type_, "order": "DESC", "limit": PAGE, "skip": skip}
        data = await self._client.get("events", params=query)
        if not isinstance(data, list):
            raise NotSent("wll's answer is not a list of events")
        return [shaped(Event, each, NotSent) for each in data]
