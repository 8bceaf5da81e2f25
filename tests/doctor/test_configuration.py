"""What was configured, and what was not."""

from pathlib import Path

from tests.doctor.conftest import faults, findings, write_stores
from tests.support.stores import ENVIRON
from tillsaga.dev.home import Home
from tillsaga.dev.ports import Ports
from tillsaga.dev.secrets import stack_secrets
from tillsaga.dev.stores_template import provide_stores_file
from tillsaga.doctor.finding import Level
from tillsaga.doctor.installation import Kind, find_installation

NOWHERE = {"TEMPORAL_ADDRESS": "127.0.0.1:1"}


async def test_a_newcomer_is_told_of_dev_and_of_no_fault() -> None:
    found = await findings({})

    assert faults(found) == set()
    assert found["installation"].level is Level.WARNING
    assert "tillsaga dev" in str(found["installation"].remedy)
    assert set(found) == {
        "installation",
        "settings",
        "setting-names",
        "python",
        "packages",
        "temporal-cli",
        "data-folder",
        "api-port",
        "worker-port",
    }


async def test_what_dev_has_left_is_looked_at_without_what_runs() -> None:
    home = Home(Path(".tillsaga"))
    with home:
        stack_secrets(home)
        provide_stores_file(home.stores_file, "http://127.0.0.1:8600")
        Ports(api=28000).write(home.ports_file)
        assert find_installation({}).kind is Kind.DEV
    stopped = find_installation({})

    assert stopped.kind is Kind.STOPPED
    assert stopped.environ["TILLSAGA_API_PORT"] == "28000"
    found = await findings({})
    assert faults(found) == {"database"}
    assert "tillsaga dev" in str(found["installation"].remedy)
    assert found["credentials"].level is Level.OK
    assert "temporal" not in found


async def test_a_name_that_no_process_reads_is_told_with_the_nearest() -> None:
    found = await findings({"TILLSAGA_API_PROT": "8080"})

    assert faults(found) == {"setting-names"}
    assert found["setting-names"].says == "no process reads TILLSAGA_API_PROT"
    assert found["setting-names"].remedy == "set TILLSAGA_API_PORT instead"


async def test_a_wrong_value_is_named_and_stops_only_what_needs_it() -> None:
    found = await findings(NOWHERE | {"TILLSAGA_DATABASE_URL": "mysql://u:hunter2@db/x"})

    assert faults(found) == {"settings", "temporal"}
    assert found["settings"].says.startswith("TILLSAGA_DATABASE_URL: ")
    assert found["database"].says == "not looked at, because of settings"
    assert "hunter2" not in str(found)


async def test_a_broken_stores_file_is_a_fault_at_its_line() -> None:
    write_stores("http://127.0.0.1:1", ["leat"], EUR="EURO")

    found = await findings(NOWHERE | ENVIRON)

    assert faults(found) == {"stores-file", "database", "temporal"}
    assert found["stores-file"].says == ("line 4: stores[0].currency: must be an ISO 4217 currency")
    assert found["stores-file"].remedy == "tillsaga config check stores.yaml"
    assert found["credentials"].behind == "stores-file"


async def test_a_missing_credential_is_named_and_hides_no_vendor() -> None:
    write_stores("http://127.0.0.1:1", ["leat", "loyale"])

    found = await findings(NOWHERE | {n: v for n, v in ENVIRON.items() if n != "LOYALE_KEY"})

    assert found["stores-file"].level is Level.OK
    assert found["credentials"].says.endswith(
        "credentials.api_key: the environment variable LOYALE_KEY is not set"
    )
    assert found["credentials"].remedy == "export LOYALE_KEY=..."
    assert {"vendor ams-1/leat", "vendor ams-1/loyale"} <= faults(found)
