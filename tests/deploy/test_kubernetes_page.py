"""What docs/kubernetes.md tells is so, as far as it can be tried without a cluster."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from textwrap import dedent

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml
from temporalio.api.enums.v1 import IndexedValueType

from tests.deploy.kustomize import render
from tests.deploy.manifests import EVERYTHING, KUBERNETES, ROOT, of_kind, pods, rendered
from tests.deploy.test_kubernetes import VERSIONS
from tillsaga.dev.temporal_server import find_temporal
from worker.temporal import SEARCH_ATTRIBUTES

PAGE = (ROOT / "docs/kubernetes.md").read_text()


def blocks(language: str) -> list[str]:
    """The page's fenced blocks of a language."""
    found = re.findall(rf"(?ms)^( *)```{language}\n(.*?)^\1```", PAGE)
    return [dedent(text) for _, text in found]


def commands(program: str) -> list[str]:
    """Each command of the page that begins with a program's name, on one line."""
    text = "\n".join(blocks("sh deploy")).replace("\\\n", " ")
    return re.findall(rf"(?m)^{program} .*$", text)


@pytest.mark.parametrize("command", sorted(set(commands("temporal"))))
def test_temporals_own_program_knows_the_command(command: str) -> None:
    words = shlex.split(command)[1:]
    subcommands = [word for word in words[: words.index(_flags(words)[0])]]

    told = subprocess.run(
        [find_temporal(), *subcommands, "--help"], capture_output=True, text=True, check=True
    ).stdout

    assert f"temporal {' '.join(subcommands)} [flags]" in told
    known = (
        told
        + subprocess.run(
            [find_temporal(), "options"], capture_output=True, text=True, check=True
        ).stdout
    )
    assert [flag for flag in _flags(words) if f"{flag} " not in known] == []


def test_the_page_names_the_schemas_that_are_tried() -> None:
    oldest, newest = (re.sub(r"^(\d+\.\d+).*", r"\1", version) for version in VERSIONS)

    assert f"schemas of {oldest} and {newest}" in PAGE


def test_every_secret_is_listed_with_its_keys() -> None:
    listed = dict(re.findall(r"(?m)^\| `(tillsaga[a-z-]*)` \| (`[a-z_`, ]+`)", PAGE))
    named = {name: keys for every in EVERYTHING for name, keys in _secrets(every).items()}

    assert {name: set(re.findall(r"`(\w+)`", keys)) for name, keys in listed.items()} == named


def test_every_search_attribute_is_made_by_hand_in_temporal_cloud() -> None:
    [command] = commands("tcld")
    made = dict(re.findall(r"--search-attribute (\w+)=(\w+)", command))

    kinds = {name: IndexedValueType.Name(kind) for name, kind in SEARCH_ATTRIBUTES.items()}
    assert {it: f"INDEXED_VALUE_TYPE_{_upper(kind)}" for it, kind in made.items()} == kinds


def test_every_file_of_the_page_is_there() -> None:
    named = set(re.findall(r"deploy/[\w./-]+", PAGE)) | {
        f"deploy/kubernetes/{path}" for path in re.findall(r"`((?:overlays|base)/[\w./-]+)`", PAGE)
    }

    assert len(named) > 8
    assert [path for path in sorted(named) if not (ROOT / path.rstrip(".")).exists()] == []


def test_the_ingress_is_one_for_our_service() -> None:
    ingress, _ = (yaml.safe_load(text) for text in blocks("yaml"))
    kubernetes_validate.validate(ingress, "1.29", strict=True)
    [service] = of_kind(rendered("production"), "Service")

    [path] = ingress["spec"]["rules"][0]["http"]["paths"]

    assert path["backend"]["service"]["name"] == service["metadata"]["name"]
    ports = {port["name"] for port in service["spec"]["ports"]}
    assert path["backend"]["service"]["port"]["name"] in ports


def test_the_patch_for_a_managed_database_fits(tmp_path: Path) -> None:
    _, patch = blocks("yaml")
    shutil.copytree(KUBERNETES, tmp_path / "kubernetes")
    mine = tmp_path / "kubernetes/overlays/mine"
    mine.mkdir()
    (mine / "kustomization.yaml").write_text("resources: [../production]\n" + patch)

    policies = of_kind(render(mine), "NetworkPolicy")

    [records] = [it for it in policies if it["metadata"]["name"] == "tillsaga-to-records"]
    assert records["spec"]["egress"][0]["to"] == [{"ipBlock": {"cidr": "10.20.0.0/16"}}]


def _flags(words: list[str]) -> list[str]:
    return [word.partition("=")[0] for word in words if word.startswith("--")]


def _upper(kind: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).upper()


def _secrets(name: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for pod in pods(rendered(name)):
        parts = [
            volume.get("projected", {}).get("sources", [volume]) for volume in pod.spec["volumes"]
        ]
        for secret in (part["secret"] for each in parts for part in each if "secret" in part):
            name_of = secret.get("secretName") or secret["name"]
            found.setdefault(name_of, set()).update(item["key"] for item in secret["items"])
        for variable in pod.container.get("env", []):
            if reference := variable.get("valueFrom", {}).get("secretKeyRef"):
                found.setdefault(reference["name"], set()).add(reference["key"])
    return found
