"""Write what the API says about itself: the OpenAPI document, and its pages in docs/."""

import json
import sys
from pathlib import Path

from fastapi import FastAPI

from api import error_pages
from api.app import create_app
from api.reference_markdown import reference_markdown
from api.services import Services
from tests.api.fakes import FakeGateway
from tests.support import contract
from tests.support.compatibility import canonical, shape
from tillsaga.records.database import open_database
from tillsaga.stores import StoresFile

RELEASED = contract.PATH.with_name("v1.released.json")
"""The shape of the document as of the last release; what follows may only add to it."""
DOCS = Path(__file__).parents[2] / "docs"
ERRORS_PAGE = DOCS / "errors.md"
API_PAGE = DOCS / "api.md"


def bare_app() -> FastAPI:
    """The application over nothing: only its routes are of interest."""
    database = open_database("sqlite:////nowhere/records.db")
    nothing = StoresFile.model_construct(stores=())
    return create_app(Services(stores=nothing, database=database, gateway=FakeGateway()))


if __name__ == "__main__":
    contract.PATH.write_text(canonical(bare_app().openapi()))
    if "--release" in sys.argv:
        RELEASED.write_text(canonical(shape(bare_app().openapi())))
    ERRORS_PAGE.write_text(error_pages.errors_page())
    API_PAGE.write_text(reference_markdown(json.loads(contract.PATH.read_text())))
