"""What watches the documentation notices what is wrong with it."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.docs.installation import bare_environ
from tests.docs.pages import Page
from tests.docs.program import wrong_in, wrong_in_targets, wrong_in_words
from tests.docs.shell import Addresses, Failed, Shell
from tillsaga.dev.ports import HOST

Written = Callable[[str], Page]
pytestmark = pytest.mark.xdist_group("documentation")


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(text: str) -> Page:
        (tmp_path / "page.md").write_text(text)
        return Page.at(tmp_path / "page.md", tmp_path)

    return write


@pytest.fixture
def at() -> Addresses:
    return Addresses()


@pytest.fixture
def shell(tmp_path: Path, at: Addresses) -> Iterator[Shell]:
    for name in ("reader", "keep"):
        (tmp_path / name).mkdir()
    with Shell(tmp_path / "reader", tmp_path / "keep", bare_environ(tmp_path), at) as opened:
        yield opened


def test_a_failing_command_is_named_with_its_place(written: Written, shell: Shell) -> None:
    [block] = written("# Page\n\n```sh\necho so far\nfalse\necho never\n```\n").blocks

    with pytest.raises(Failed, match=r"(?s)page\.md:3: exit code 1.*so far.*Try: correct the page"):
        shell.run(block)


@pytest.mark.parametrize("line", ["cat nowhere | sort", 'echo "$NEVER_SET"', "no-such-program"])
def test_what_a_reader_would_stumble_over_fails(written: Written, shell: Shell, line: str) -> None:
    [block] = written(f"```sh\n{line}\n```\n").blocks

    with pytest.raises(Failed):
        shell.run(block)


def test_a_block_finds_what_the_one_before_has_left(written: Written, shell: Shell) -> None:
    first, second = written(
        "```sh\nNAME='two\nwords'; greet() { echo \"hello $1\"; }\nmkdir there; cd there\n```\n"
        '```sh\ngreet "$NAME"; basename "$PWD"\n```\n'
    ).blocks

    shell.run(first)

    assert shell.run(second) == "hello two\nwords\nthere\n"


def test_of_a_console_only_what_is_typed_is_run(written: Written, shell: Shell) -> None:
    [block] = written("```console\n$ echo typed\nanswered\n```\n").blocks

    assert shell.run(block) == "typed\n"


def test_marks_and_scenes_are_read(written: Written) -> None:
    page = written(
        "<!-- given: sale, case -->\n\n```sh deploy\nx\n```\n\n```sh serves 8600\nx\n```\n"
    )
    deploy, serves = page.blocks

    assert page.given == ["sale", "case"]
    assert (deploy.is_run, serves.is_run, serves.serves, serves.port) == (False, True, True, 8600)


def test_ports_that_are_taken_stand_for_others(at: Addresses) -> None:
    said = at.translated("run --port 8600; curl http://127.0.0.1:8600/x localhost:8000 A_PORT=8000")

    sandbox, api = at.ports[8600], at.ports[8000]
    assert said == (
        f"run --port {sandbox}; curl http://127.0.0.1:{sandbox}/x localhost:{api} A_PORT={api}"
    )


def test_what_dev_says_is_believed(at: Addresses) -> None:
    at.learn(
        "  API               http://127.0.0.1:20001\n  Worker            http://127.0.0.1:20002/x\n"
        "  Temporal UI       http://127.0.0.1:20004\n"
        "  Vendor sandbox    http://127.0.0.1:20005/_sandbox/books\n  API key           ts_1:2\n"
    )

    assert at.ports == {8000: 20001, 8001: 20002, 8233: 20004, 8600: 20005}


def test_what_serves_is_there_for_the_page_and_gone_after_it(
    written: Written, shell: Shell, at: Addresses
) -> None:
    serves, asks = written(
        "```sh serves 8600\nAT=127.0.0.1:8600\npython3 -m http.server --bind 127.0.0.1 ${AT#*:}\n"
        "```\n```sh\ncurl -sS http://127.0.0.1:8600/\n```\n"
    ).blocks

    with shell:
        shell.run(serves)
        assert "Directory listing" in shell.run(asks)

    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://{HOST}:{at.real(8600)}/")


def test_what_should_serve_and_ends_fails(written: Written, shell: Shell) -> None:
    [block] = written("```sh serves 8600\necho cannot\n```\n").blocks

    with pytest.raises(Failed, match=r"(?s)ended with exit code 0.*cannot"):
        shell.run(block)


@pytest.mark.parametrize(
    ("script", "wrong"),
    [
        ("tillsaga keyz list", "tillsaga has no command keyz"),
        ("tillsaga keys list --jsn", "tillsaga keys list has no option --jsn"),
        ("X=1 .venv/bin/tillsaga worker --port 1", "tillsaga worker has no option --port"),
        ("id=$(tillsaga checkout shwo chk_1)", "tillsaga checkout has no command shwo"),
        ("kubectl exec d/api -- tillsaga db upgrad", "tillsaga db has no command upgrad"),
        ("docker compose exec api tillsaga swep", "tillsaga has no command swep"),
        ("true && tillsaga audit chk_1 --verfy", "tillsaga audit show has no option --verfy"),
        ("tillsaga keys create \\\n  --scop pos", "tillsaga keys create has no option --scop"),
        ("make dmo", "the Makefile has no target dmo"),
    ],
)
def test_a_command_that_is_not_there_is_named(script: str, wrong: str) -> None:
    assert wrong_in(script) == [wrong]


@pytest.mark.parametrize(
    "script",
    [
        "tillsaga audit chk_1 --verify",
        'tillsaga keys create --scope pos --store ams-1 --expires-in=90d > "key file"',
        "kubectl --namespace tillsaga get pods",
        "helm install tillsaga ./chart",
        "docker build --tag tillsaga .",
        "temporal worker deployment describe-version --deployment-name tillsaga --build-id 1",
        'make demo ARGS="--exit"',
    ],
)
def test_what_is_there_is_left_alone(script: str) -> None:
    assert wrong_in(script) == []


def test_words_in_passing_are_looked_at() -> None:
    assert wrong_in_words("tillsaga keys list [--json]") == []
    assert wrong_in_words("tillsaga attention resolve CHECKOUT ITEM --action ...") == []
    assert wrong_in_words("tillsaga doctr") == ["tillsaga has no command doctr"]
    assert wrong_in_words("make demoo") == ["the Makefile has no target demoo"]


def test_a_long_block_is_followed_into_the_makefile() -> None:
    assert wrong_in_targets('make demo ARGS="--exit"\nmake bench ARGS="--quick"\n') == []
    assert wrong_in_targets('make demo ARGS="--exti"') == ["tillsaga demo has no option --exti"]
    assert wrong_in_targets('make bench ARGS="--quik"') == ["bench does not take --quik"]
    [other] = wrong_in_targets("rm -r .")
    assert "make alone" in other


def test_a_free_port_is_free(at: Addresses) -> None:
    with socket.create_server((HOST, at.real(8000))):
        pass
