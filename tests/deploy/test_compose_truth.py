"""What docker-compose.yml and its helpers say of the product is so."""

import re
from itertools import pairwise
from pathlib import Path
from subprocess import run
from typing import Any

import yaml
from temporalio.api.enums.v1 import IndexedValueType

from tests.deploy.compose_file import ROOT, compose_file, example, services
from tillsaga.dev.ports import Ports
from tillsaga.dev.temporal_server import DYNAMIC_CONFIG, find_temporal, temporal_command
from tillsaga.durations import parse_duration
from tillsaga.settings import Settings
from worker.temporal import SEARCH_ATTRIBUTES
from worker.wiring import GRACE

TEMPORAL = ROOT / "deploy/compose/temporal"
SECRETS = "./secrets/"


def test_every_setting_is_one_that_the_product_knows() -> None:
    known = {f"TILLSAGA_{name.upper()}" for name in Settings.model_fields}
    given = {name for one in services().values() for name in one.environment}
    given |= set(example())

    assert {name for name in given if name.startswith("TILLSAGA_")} <= known


def test_a_container_is_given_the_time_that_its_process_takes() -> None:
    for service in services().values():
        if service.command == ["worker"]:
            assert service.grace.total_seconds() == 45 > GRACE.total_seconds()
        if service.command == ["api"]:
            drain = parse_duration(service.environment["TILLSAGA_DRAIN"])
            # What is in hand at the end has ten seconds more.
            assert service.grace.total_seconds() == 30 > drain.total_seconds() + 10


def test_temporals_images_are_of_the_version_that_we_test_with() -> None:
    said = run([find_temporal(), "--version"], capture_output=True, text=True, check=True).stdout
    cli, server, ui = re.findall(r"\d+\.\d+\.\d+", said)
    images = {service.said["image"] for service in services().values()}

    assert {image for image in images if image.startswith("temporalio/")} == {
        f"temporalio/temporal:{cli}",
        f"temporalio/server:{server}",
        f"temporalio/admin-tools:{server}",
        f"temporalio/ui:{ui}",
    }


def test_temporal_is_tuned_as_it_is_for_tillsaga_dev() -> None:
    started = services()["temporal-dev"].command
    file = yaml.safe_load((TEMPORAL / "dynamicconfig.yaml").read_text())

    flags = ("--dynamic-config-value", "--search-attribute", "--sqlite-pragma")
    words = temporal_command(Path("temporal"), Ports(), Path("temporal.db"))
    pairs = [f"{flag}={word}" for flag, word in pairwise(words) if flag in flags]
    assert sorted(word for word in started if word.startswith(flags)) == sorted(pairs)
    values = {name: [value["value"] for value in said] for name, said in file.items()}
    assert values == {name: [yaml.safe_load(word)] for name, word in DYNAMIC_CONFIG.items()}


def test_the_namespace_gets_the_search_attributes_of_checkouts() -> None:
    script = (TEMPORAL / "create-namespace.sh").read_text()
    made = dict(re.findall(r"^again attribute (\w+) (\w+)$", script, re.MULTILINE))

    kinds = {name: IndexedValueType.Name(kind) for name, kind in SEARCH_ATTRIBUTES.items()}
    plain = {name: kind.removeprefix("INDEXED_VALUE_TYPE_") for name, kind in kinds.items()}
    assert {name: kind.upper() for name, kind in made.items()} == {
        name: kind.replace("_", "") for name, kind in plain.items()
    }


def test_whatever_is_mounted_is_in_the_repository() -> None:
    configs = [config["file"] for config in compose_file()["configs"].values()]
    volumes = {source for one in services().values() for source in one.volumes}
    paths = [path for path in [*configs, *volumes] if path.startswith("./")]

    ours = [path for path in paths if not path.startswith(SECRETS)]  # the operator's own
    assert [path for path in ours if not (ROOT / path).exists()] == []
    assert {source for source in volumes if not source.startswith("./")} == set(
        compose_file()["volumes"]
    )


def test_a_service_names_only_configs_and_secrets_that_there_are() -> None:
    whole: dict[str, Any] = compose_file()

    for service in services().values():
        assert set(service.configs) <= set(whole["configs"]), service.name
        assert set(service.secrets) <= set(whole["secrets"]), service.name
