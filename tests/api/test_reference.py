"""The pages that the API serves by itself, in a store without a way out."""

import re

import httpx
import pytest
from fastapi import FastAPI

from api.problems import REGISTRY

PAGES = ["/docs", "/problems", *(f"/problems/{code}" for code in REGISTRY)]


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_needs_nothing_from_elsewhere(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert not re.search(r"<script|<style|<iframe|<img|style=|\son\w+=|url\(", answer.text)
    # The one style sheet is all that a browser fetches by itself.
    assert re.findall(r'<link [^>]*href="([^"]+)"', answer.text) == ["/docs/style.css"]
    assert "src=" not in answer.text


async def test_every_link_leads_somewhere_here(http: httpx.AsyncClient) -> None:
    page = (await http.get("/docs")).text
    places = set(re.findall(r'id="([^"]+)"', page))
    links = {*re.findall(r'href="([^"]+)"', page)}
    assert {link[1:] for link in links if link.startswith("#")} <= places
    for link in sorted(link for link in links if not link.startswith("#")):
        assert link.startswith("/")
        assert (await http.get(link)).status_code == 200, link


async def test_the_reference_shows_every_operation(
    http: httpx.AsyncClient, shared_app: FastAPI
) -> None:
    page = (await http.get("/docs")).text
    for methods in shared_app.openapi()["paths"].values():
        for operation in methods.values():
            assert f'<details id="{operation["operationId"]}">' in page
    assert "HT123ABC" in page


async def test_the_style_sheet_is_served(http: httpx.AsyncClient) -> None:
    style = await http.get("/docs/style.css")
    assert style.headers["Content-Type"] == "text/css; charset=utf-8"
    assert not re.search(r"url\(|@import|//", style.text)


async def test_a_problems_type_explains_it(http: httpx.AsyncClient) -> None:
    problem = (await http.get("/v1/checkouts")).json()
    page = await http.get(problem["type"])
    assert (problem["code"], page.status_code) == ("unauthorized", 200)
    assert "<code>unauthorized</code>" in page.text
    assert "A valid API key is needed" in page.text


async def test_a_code_that_is_none_has_no_page(http: httpx.AsyncClient) -> None:
    answer = await http.get("/problems/%3Cscript%3E")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_the_document_is_served_without_a_key(http: httpx.AsyncClient) -> None:
    assert (await http.get("/openapi.json")).json()["info"]["title"] == "Tillsaga"
