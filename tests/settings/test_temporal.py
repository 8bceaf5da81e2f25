"""Where Temporal is, and what is said when it cannot be used."""

from pathlib import Path

import pytest
from temporalio.api.common.v1 import GrpcStatus
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode

from tillsaga.dev.ports import Ports
from tillsaga.temporal import (
    Away,
    BadConnection,
    Failing,
    NamespaceUnknown,
    NotLetIn,
    TemporalTrouble,
    connect,
    connection,
    trouble,
)

ROOT = Path(__file__).parents[2]
NOWHERE = {"HOME": "/nowhere"}
PROFILES = """\
[profile.default]
address = "temporal.internal:7233"
namespace = "tills"
[profile.cloud]
address = "tills.a1b2c.tmprl.cloud:7233"
namespace = "tills.a1b2c"
api_key = "hunter2"
[profile.certified]
[profile.certified.tls]
client_cert_path = "/nowhere/client.pem"
client_key_path = "/nowhere/client.key"
"""


@pytest.fixture
def profiles(tmp_path: Path) -> dict[str, str]:
    file = tmp_path / "temporal.toml"
    file.write_text(PROFILES)
    return {"TEMPORAL_CONFIG_FILE": str(file)}


def test_without_a_word_it_is_on_this_machine() -> None:
    there = connection({**NOWHERE, "TEMPORAL_ADDRESS": "", "TEMPORAL_NAMESPACE": ""})

    assert (there.address, there.namespace) == ("localhost:7233", "default")
    assert not there.is_encrypted
    assert set(there.sources.values()) == {"default"}


def test_a_profile_says_where_and_a_variable_says_it_better(profiles: dict[str, str]) -> None:
    there = connection(profiles | {"TEMPORAL_PROFILE": "cloud", "TEMPORAL_NAMESPACE": "other"})

    assert (there.address, there.namespace) == ("tills.a1b2c.tmprl.cloud:7233", "other")
    assert there.has_api_key
    assert there.is_encrypted
    assert (there.sources["address"], there.sources["namespace"]) == ("profile", "environment")
    assert there.profile == f"cloud of {profiles['TEMPORAL_CONFIG_FILE']}"
    assert "hunter2" not in repr(there)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"TEMPORAL_PROFILE": "stage"}, "TEMPORAL_PROFILE: 'stage' is no profile of "),
        ({"TEMPORAL_CONFIG_FILE": "/nowhere/t.toml"}, "/nowhere/t.toml is not there"),
        ({"TEMPORAL_PROFILE": "certified"}, "/nowhere/client.pem cannot be read: No such file"),
        (
            {"TEMPORAL_ADDRESS": "https://temporal:7233"},
            "HOST:PORT, and is 'https://temporal:7233'",
        ),
        ({"TEMPORAL_ADDRESS": "temporal"}, "must be HOST:PORT, and is 'temporal'"),
        (
            {"TEMPORAL_TLS_CLIENT_CERT_PATH": "a", "TEMPORAL_TLS_CLIENT_CERT_DATA": "b"},
            "Cannot specify both TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_CERT_DATA",
        ),
    ],
    ids=["profile", "file", "certificate", "scheme", "port", "both"],
)
def test_what_is_wrong_with_it_is_named(
    profiles: dict[str, str], given: dict[str, str], said: str
) -> None:
    with pytest.raises(BadConnection) as wrong:
        connection(profiles | given)

    assert said in wrong.value.message


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('adress = "a:1"', "line 2, column 1: adress is not a known name"),
        ('api_key = "hunter2', "line 2, column 19: cannot be read"),
        ('tls = "hunter2"', "line 2, column 7: cannot be read"),
    ],
)
def test_a_broken_profile_is_named_by_its_line_and_not_repeated(
    tmp_path: Path, line: str, said: str
) -> None:
    file = tmp_path / "temporal.toml"
    file.write_text(f"[profile.default]\n{line}\n")

    with pytest.raises(BadConnection) as wrong:
        connection({"TEMPORAL_CONFIG_FILE": str(file)})

    assert wrong.value.message == f"TEMPORAL_CONFIG_FILE: {file}, {said}"
    assert wrong.value.__cause__ is None


async def test_nobody_at_the_address_is_said_with_it() -> None:
    address = f"127.0.0.1:{Ports.free().temporal}"

    with pytest.raises(Away, match=f"^Temporal does not answer at {address}$"):
        await connect(pydantic_data_converter, environ={**NOWHERE, "TEMPORAL_ADDRESS": address})


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (RPCStatusCode.UNAUTHENTICATED, "Request unauthorized.", NotLetIn),
        (RPCStatusCode.PERMISSION_DENIED, "Request unauthorized.", NotLetIn),
        (RPCStatusCode.NOT_FOUND, "Namespace tills is not found.", NamespaceUnknown),
        (RPCStatusCode.UNAVAILABLE, "transport error", Away),
        (RPCStatusCode.DEADLINE_EXCEEDED, "Timeout expired", Away),
        (RPCStatusCode.INTERNAL, "hunter2", Failing),
    ],
)
def test_an_answer_that_is_none_has_a_class_and_a_remedy(
    status: RPCStatusCode, message: str, kind: type[TemporalTrouble]
) -> None:
    failed = RPCError(message, status, GrpcStatus().SerializeToString())
    named = trouble(failed, connection(NOWHERE))

    assert type(named) is kind
    assert named.hint
    assert "localhost:7233" in named.message
    assert "hunter2" not in named.message


def test_one_place_alone_reads_the_connection() -> None:
    own = (
        file for folder in ("api", "worker", "tillsaga") for file in (ROOT / folder).rglob("*.py")
    )
    reading = [file for file in own if "temporalio.envconfig" in file.read_text()]

    assert reading == [ROOT / "tillsaga" / "temporal.py"]
