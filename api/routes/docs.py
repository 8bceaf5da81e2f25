"""Pages for people who integrate a till; they work in a store without a way out."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from api import error_pages, html, reference
from api.problems import REGISTRY, TYPES
from tillsaga.errors import Refusal

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def get_docs(request: Request) -> Response:
    """Show the API's reference."""
    return _shown(reference.reference_page(request.app.openapi()))


@router.get(html.STYLE_PATH)
async def get_style() -> Response:
    """Answer the one style sheet."""
    return Response(html.STYLE, media_type="text/css", headers=html.HEADERS)


@router.get(TYPES)
async def get_problems() -> Response:
    """List every code."""
    return _shown(error_pages.problems_page())


@router.get(f"{TYPES}/{{code}}")
async def get_problem(code: str) -> Response:
    """Explain one code: this is what a problem's `type` leads to."""
    if code not in REGISTRY:
        raise Refusal("not_found", "there is no such code")
    return _shown(error_pages.problem_page(code))


def _shown(page: str) -> Response:
    return HTMLResponse(page, headers=html.HEADERS)
