"""Every page with every kind of key: who may sees it, nobody else does, and no form is forged.

Pages are read from the app's own routes, with the scopes that they ask for, so that a new one is
tried without anybody remembering it.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any, NamedTuple

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from api import pages
from api.pages import frame
from api.pages.signing import CSRF_HEADER, SIGN_IN, PageRoute, SignedIn
from api.services import Services
from tests.api.fakes import FakeGateway
from tests.api.rows import rows
from tests.api.sold import REFUND_ID, sold_and_refunded
from tests.api.till import Till
from tests.support.publish import bare_app

SCOPES = ("pos", "support", "audit", "admin")
HOME, FOREIGN = "ams-1", "rtm-1"
NOWHERE = "chk_0000000000000000"
UNSIGNED = {"showSignIn", "signIn"}
"""What anybody may see, who has not signed in yet."""
DOCUMENTS = {"/openapi.json", "/docs", "/docs/style.css", "/problems", "/problems/{code}"}
"""What is open to all, and shows nothing of a shop."""
READS = {"GET", "HEAD"}
_SHOWN = {200, 204, 303, 422, 503}
"""It is shown, or says what else it would have to be told, or that there is no sandbox here."""


class Page(NamedTuple):
    """One page or form, and the scopes of which a key needs one."""

    method: str
    path: str
    scopes: frozenset[str]


def _with_all_pages() -> FastAPI:
    """The application with every page there is, those of `tillsaga dev` too."""
    app = bare_app()
    known = {context.operation_id for context in _page_routes(app)}
    for found in pkgutil.walk_packages(pages.__path__, f"{pages.__name__}."):
        router = getattr(importlib.import_module(found.name), "router", None)
        if isinstance(router, APIRouter):
            names = {context.operation_id for context in iter_route_contexts(router.routes)}
            if not names <= known:
                app.include_router(router)
    return app


def _page_routes(app: FastAPI) -> Iterator[Any]:
    for context in iter_route_contexts(app.router.routes):
        if isinstance(context.original_route, PageRoute):
            yield context


APP = _with_all_pages()


@pytest.fixture(scope="module")
def shared_app() -> FastAPI:
    return APP


def _pages() -> dict[str, Page]:
    found = {}
    for context in iter_route_contexts(APP.router.routes):
        if getattr(context, "include_in_schema", True) or context.path in DOCUMENTS:
            continue
        if context.methods is None:
            continue  # what is mounted: the assets
        # Only a PageRoute answers trouble as a page, and leads to the sign-in.
        assert isinstance(context.original_route, PageRoute), context.path
        for method in context.methods:
            asked = [set(one.scopes) for one in _signed_in(context.dependant)]
            scopes = frozenset(set.intersection(*asked) if asked else ())
            found[context.operation_id] = Page(method, str(context.path), scopes)
    return found


def _signed_in(dependant: Dependant) -> Iterator[SignedIn]:
    for inner in dependant.dependencies:
        if isinstance(inner.call, SignedIn):
            yield inner.call
        yield from _signed_in(inner)


PAGES = _pages()
CLOSED = {name: page for name, page in PAGES.items() if name not in UNSIGNED}
FORMS = {name: page for name, page in CLOSED.items() if page.method not in READS}
OF_A_SALE = {name: page for name, page in CLOSED.items() if "{checkout_id}" in page.path}
READING = {name: page for name, page in CLOSED.items() if page.method in READS}


class World:
    """A shop's open checkout and its archived sale, and somebody in front of the pages."""

    def __init__(self, http: httpx.AsyncClient, services: Services) -> None:
        self.http, self.services = http, services
        self.csrf = ""
        self.sale = ""

    async def build(self, secrets: SimpleNamespace, temporal: FakeGateway) -> None:
        """Sell, and make a key of every kind."""
        till = Till(self.http, secrets.pos, iter(range(1, 100)))
        self.sale = await sold_and_refunded(till, self.services, temporal)
        make = self.services.api_keys.create
        self.keys = {
            (scope, store): (await make(scope, [scope], [store]))[1]
            for scope in SCOPES
            for store in (HOME, FOREIGN)
        }
        self.services.stopping.set()  # so that event streams end at once

    async def sign_in(self, scope: str, store: str = HOME) -> None:
        """Be somebody else from now on."""
        self.http.cookies.clear()
        answer = await self.http.post(SIGN_IN, data={"key": self.keys[scope, store]})
        assert answer.status_code == 303
        # Any page of theirs carries the token, the one that says what they may not see, too.
        page = await self.http.get("/receipts/none")
        self.csrf = re.findall(r'name="csrf" value="([^"]+)"', page.text)[0]

    async def ask(self, name: str, csrf: str | None = None, **changes: Any) -> httpx.Response:
        """Go to a page, or send a form with nothing filled in but its token."""
        page = PAGES[name]
        names = {"checkout_id": self.sale, "refund_id": REFUND_ID, **changes.pop("names", {})}
        path = re.sub(r"{(\w+)[^}]*}", lambda found: names.get(found[1], "x"), page.path)
        headers = changes.pop("headers", {})
        if csrf is not None:
            headers = {CSRF_HEADER: csrf, **headers}
        return await self.http.request(page.method, path, headers=headers, **changes)


@pytest.fixture
async def world(
    http: httpx.AsyncClient, services: Services, temporal: FakeGateway, secrets: SimpleNamespace
) -> World:
    http.event_hooks = {}
    built = World(http, services)
    await built.build(secrets, temporal)
    return built


def test_every_page_says_who_may_see_it() -> None:
    assert len(PAGES) >= 8
    assert {name for name, page in PAGES.items() if not page.scopes} == UNSIGNED


@pytest.mark.parametrize("name", CLOSED)
async def test_a_page_is_for_who_has_signed_in(world: World, name: str) -> None:
    world.http.cookies.clear()

    page = await world.ask(name)
    part = await world.ask(name, headers={"HX-Request": "true"})
    stale = await world.ask(name, headers={"Cookie": "tillsaga_session=of-yesterday"})

    for answer in (page, stale):
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(f"{SIGN_IN}?next=/")
    assert part.headers["hx-redirect"] == SIGN_IN
    assert part.text == ""


@pytest.mark.parametrize("name", CLOSED)
async def test_a_page_is_for_exactly_the_scopes_that_it_names(world: World, name: str) -> None:
    page = CLOSED[name]
    for scope in SCOPES:
        await world.sign_in(scope)
        answer = await world.ask(name, csrf=world.csrf)
        assert answer.status_code != 500, answer.text
        assert not answer.headers.get("location", "").startswith(SIGN_IN) or name == "signOut"
        if scope not in page.scopes:
            assert answer.status_code == 403, (scope, answer.text)
            assert "text/html" in answer.headers["content-type"]
            assert world.sale not in re.sub(r'value="[^"]*"', "", answer.text)
        elif page.method in READS:
            assert answer.status_code != 403, (scope, answer.text)
            if set(re.findall(r"{(\w+)", page.path)) <= {"checkout_id", "refund_id"}:
                assert answer.status_code in _SHOWN, (scope, answer.text)


@pytest.mark.parametrize("name", CLOSED)
async def test_a_foreign_stores_sale_is_as_unknown_as_none(world: World, name: str) -> None:
    for scope in sorted(CLOSED[name].scopes):
        await world.sign_in(scope, FOREIGN)
        answer = await world.ask(name, csrf=world.csrf)
        if name not in OF_A_SALE:
            assert world.sale not in answer.text
            continue
        await world.sign_in(scope, FOREIGN)
        absent = await world.ask(name, csrf=world.csrf, names={"checkout_id": NOWHERE})
        assert answer.status_code == absent.status_code >= 400, (scope, answer.text)
        assert _said(world, answer) == _said(world, absent)


def _said(world: World, answer: httpx.Response) -> str:
    """What a visitor learns, without the token of their session and the id that they asked for."""
    said = re.sub(r'name="csrf" value="[^"]+"', "", answer.text)
    return said.replace(world.sale, "…").replace(NOWHERE, "…")


@pytest.mark.parametrize("scope", SCOPES)
async def test_whoever_has_signed_in_may_sign_out(world: World, scope: str) -> None:
    await world.sign_in(scope)

    out = await world.ask("signOut", csrf=world.csrf)

    assert (out.status_code, out.headers["location"]) == (303, SIGN_IN)
    assert (await world.ask("showHome")).headers["location"] == f"{SIGN_IN}?next=/"


@pytest.mark.parametrize("name", FORMS)
async def test_a_form_that_is_not_of_the_session_changes_nothing(world: World, name: str) -> None:
    await world.sign_in(sorted(FORMS[name].scopes)[-1])
    before = await rows(world.services.database)

    bare = await world.ask(name)
    guessed = await world.ask(name, csrf="x" * 43)
    filled = await world.ask(name, data={"csrf": "x" * 43})
    foreign = await world.ask(name, csrf=world.csrf, headers={"Sec-Fetch-Site": "cross-site"})
    sister = await world.ask(name, csrf=world.csrf, headers={"Sec-Fetch-Site": "same-site"})

    assert [one.status_code for one in (bare, guessed, filled, foreign, sister)] == [403] * 5
    assert await rows(world.services.database) == before


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_loads_nothing_from_elsewhere_and_runs_nothing_that_stands_in_it(
    world: World, name: str
) -> None:
    page = PAGES[name]
    for scope in sorted(page.scopes) or ["pos"]:
        await world.sign_in(scope)
        answer = await world.ask(name, csrf=world.csrf)
        headers = answer.headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        if answer.status_code == 303 or "content-type" not in headers:
            continue
        is_stream = headers["content-type"].startswith("text/event-stream")
        assert headers["cache-control"] in ("no-store", "no-cache" if is_stream else "no-store")
        if not headers["content-type"].startswith("text/html"):
            continue
        assert headers["content-security-policy"] == frame.HEADERS["Content-Security-Policy"]
        insist_on_clean(answer.text)


def test_the_policy_lets_nothing_in_from_elsewhere() -> None:
    policy = frame.HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    for never in ("unsafe", "http:", "https:", "*", "blob:", "eval"):
        assert never not in policy


TEMPLATES = sorted((frame.HERE / "templates").rglob("*.*"))
STATIC = sorted((frame.HERE / "static").rglob("*.*"))
VENDORED = {"htmx.min.js", "hx-sse.min.js"}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_script_and_no_style_in_it(path: Any) -> None:
    insist_on_clean(path.read_text())


@pytest.mark.parametrize("path", STATIC, ids=lambda path: path.name)
def test_a_file_of_ours_names_no_other_host(path: Any) -> None:
    if path.name in VENDORED:
        # As it was released: what it names is in its words, and the policy keeps it in.
        assert "htmx" in path.read_text()
        return
    text = path.read_text().replace("http://www.w3.org/", "")
    assert not re.search(r"https?:|[\"'(]//|@import", text)
    assert not re.search(r"\beval\(|\bnew Function\(|\.innerHTML\b|\bdocument\.write", text)


class _Clean(HTMLParser):
    """Hears what of a page the policy would stop, or should have been stopped before it."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("style", "base", "iframe", "object", "embed"):
            self.faults.append(tag)
        if tag == "script" and "src" not in given:
            self.faults.append("script without src")
        for name, value in given.items():
            shown = f"{tag} {name}={value}"
            if name == "style" or name.startswith(("on", "hx-on")):
                self.faults.append(shown)
            if re.match(r"\s*(javascript|js):", value or "", re.IGNORECASE):
                self.faults.append(shown)
            if _loads(tag, name) and not re.match(r"/(?!/)|data:image/|#|{|$", value or ""):
                self.faults.append(shown)


def _loads(tag: str, name: str) -> bool:
    """Whether a browser goes there by itself, or sends a form there."""
    if name in ("src", "srcset", "action", "formaction", "poster", "xlink:href"):
        return True
    return (name == "href" and tag in ("link", "use", "image")) or (
        name.startswith("hx-") and name.removeprefix("hx-") in ("get", "post", "put", "delete")
    )


def insist_on_clean(html: str) -> None:
    """Fail if a page has something of its own to run, or something of others to load."""
    reader = _Clean()
    # What a template says to itself is not what it says to a browser.
    bare = re.sub(r"{#.*?#}|{%.*?%}", "", html, flags=re.DOTALL)
    reader.feed(re.sub(r"{{.*?}}", "{}", bare, flags=re.DOTALL))
    assert reader.faults == []


@pytest.mark.parametrize(
    "html",
    [
        "<script>1</script>",
        '<script src="https://cdn.example/x.js"></script>',
        '<p style="color: red">',
        "<style>p {}</style>",
        '<button onclick="go()">',
        '<button hx-on:click="go()">',
        '<a href="javascript:go()">',
        '<img src="//cdn.example/x.png">',
        '<form action="https://evil.example">',
        '<p hx-get="https://evil.example">',
        '<p hx-vals="js:{a: 1}">',
        '<base href="/x">',
    ],
)
def test_what_the_policy_would_stop_is_found(html: str) -> None:
    with pytest.raises(AssertionError):
        insist_on_clean(html)
