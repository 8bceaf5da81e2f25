"""Write what the API says about itself: the OpenAPI document and the page about its errors."""

from pathlib import Path

from fastapi import FastAPI

from api import error_pages
from api.app import create_app
from api.services import Services
from tests.api.fakes import FakeGateway
from tests.support import contract
from tests.support.compatibility import canonical
from tillsaga.records.database import open_database
from tillsaga.stores import StoresFile

ERRORS_PAGE = Path(__file__).parents[2] / "docs" / "errors.md"


def bare_app() -> FastAPI:
    """The application over nothing: only its routes are of interest."""
    database = open_database("sqlite:////nowhere/records.db")
    nothing = StoresFile.model_construct(stores=())
    return create_app(Services(stores=nothing, database=database, gateway=FakeGateway()))


if __name__ == "__main__":
    contract.PATH.write_text(canonical(bare_app().openapi()))
    ERRORS_PAGE.write_text(error_pages.errors_page())
