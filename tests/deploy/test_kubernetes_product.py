"""What the manifests name is in the product: commands, paths, ports, settings, secrets."""

import inspect
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import httpx
import pytest
import typer
import yaml
from starlette.routing import BaseRoute, Route
from typer.core import TyperGroup

from api.main import LAST_ANSWERS_SECONDS
from api.routes import health
from tests.deploy.manifests import EVERYTHING, Object, Pod, config_map, of_kind, pods, rendered
from tests.deploy.mounted import OWN_SECRETS, environment, mount
from tillsaga.cli import app
from tillsaga.dev.stores_template import SECRETS, provide_stores_file
from tillsaga.durations import parse_duration
from tillsaga.providers import KINDS
from tillsaga.sandbox.app import create_app as sandbox_app
from tillsaga.settings import Settings
from tillsaga.stores import load_stores
from worker.health import health_page
from worker.wiring import GRACE, kinds_in_use

# Read before, or beside, the settings proper.
OURS = {"api", "worker"}


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_command_is_one_of_ours(name: str) -> None:
    for pod in pods(rendered(name)):
        assert "command" not in pod.container  # the image's entrypoint is `tillsaga`
        _parse(typer.main.get_command(app), pod.container["args"])


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_probe_asks_what_the_process_answers(name: str) -> None:
    answered = {"api": _paths(health.router.routes), "worker": _paths(_worker_page())}
    for pod in pods(rendered(name)):
        if pod.component in OURS:
            probes = {what: pod.container[f"{what}Probe"] for what in ("startup", "liveness")}
            assert {probe["httpGet"]["path"] for probe in probes.values()} == {"/healthz"}
            assert pod.container["readinessProbe"]["httpGet"]["path"] == "/readyz"
            assert {"/healthz", "/readyz", "/metrics"} <= answered[pod.component]


async def test_the_sandbox_answers_its_probes() -> None:
    [pod] = [pod for pod in pods(rendered("staging")) if pod.component == "sandbox"]
    transport = httpx.ASGITransport(sandbox_app())

    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        for what in ("startup", "liveness", "readiness"):
            asked = pod.container[f"{what}Probe"]["httpGet"]
            assert asked["port"] == "http"
            assert (await client.get(asked["path"])).is_success
    assert str(pod.container["ports"][0]["containerPort"]) in pod.container["args"]


def test_staging_sells_in_the_stores_of_dev(tmp_path: Path) -> None:
    provide_stores_file(tmp_path / "stores.yaml", "http://tillsaga-sandbox:8600")
    told = (tmp_path / "stores.yaml").read_text()
    for name in SECRETS:
        kind, _, key = name.lower().partition("_")
        told = told.replace(f"env:{name}", f"file:secrets/{kind}/{key}")

    stores = config_map(rendered("staging"), "tillsaga-stores")["stores.yaml"]

    assert yaml.safe_load(stores) == yaml.safe_load(told)


@pytest.mark.parametrize("name", EVERYTHING)
def test_ports_are_where_the_processes_listen(name: str) -> None:
    for pod in pods(rendered(name)):
        if pod.component in OURS:
            ports = {it["name"]: it["containerPort"] for it in pod.container["ports"]}
            settings = environment(pod, rendered(name))
            main = "http" if pod.component == "api" else "health"
            assert ports == {main: _port(pod, settings), "metrics": 9464}
            assert settings["TILLSAGA_TEMPORAL_METRICS_PORT"] == "9464"
            assert settings[f"TILLSAGA_{pod.component.upper()}_HOST"] == "0.0.0.0"
            probes = [pod.container[f"{it}Probe"] for it in ("startup", "liveness", "readiness")]
            assert {probe["httpGet"]["port"] for probe in probes} == {main}


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_setting_is_one_of_ours(name: str) -> None:
    known = {f"TILLSAGA_{field.upper()}" for field in Settings.model_fields}

    for pod in pods(rendered(name)):
        names = environment(pod, rendered(name))
        assert {it for it in names if it.startswith("TILLSAGA_")} <= known


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_process_gets_its_settings_and_no_secret_of_another(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {
        "api": {"database_url", "encryption_keys", "codec_token"},
        "worker": {"database_url", "encryption_keys", "audit_keys"},
        "migrate": {"database_url"},
        "sandbox": set[str](),
    }
    for number, pod in enumerate(pods(rendered(name))):
        settings = _settings_of(pod, rendered(name), tmp_path / str(number), monkeypatch)
        given = {field for field in OWN_SECRETS if getattr(settings, field) is not None}
        assert given == wanted[pod.component]


@pytest.mark.parametrize("name", EVERYTHING)
def test_the_stores_file_finds_the_secrets_that_it_names(name: str, tmp_path: Path) -> None:
    for number, pod in enumerate(pods(rendered(name))):
        if pod.component in OURS:
            root = tmp_path / str(number)
            mount(pod, rendered(name), root)
            path = environment(pod, rendered(name))["TILLSAGA_CONFIG"].removeprefix("/")
            stores = load_stores(root / path, environ={})
            assert kinds_in_use(stores) == sorted(KINDS)


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_credential_of_a_vendor_can_be_given(name: str) -> None:
    """One Secret for each kind, with the names that its credentials have in the stores file."""
    known = {
        f"tillsaga-{kind}": set(provider.model_fields["credentials"].annotation.model_fields)  # type: ignore[union-attr]
        for kind, provider in KINDS.items()
    }
    for pod in pods(rendered(name)):
        if pod.component in OURS:
            [stores] = [volume for volume in pod.spec["volumes"] if "projected" in volume]
            secrets = [it["secret"] for it in stores["projected"]["sources"] if "secret" in it]
            assert all(it["optional"] for it in secrets)
            given = {it["name"]: {item["key"] for item in it["items"]} for it in secrets}
            assert given == known | {"tillsaga-webhooks": {"secret"}}


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_service_is_never_taken_for_a_setting(name: str) -> None:
    """Kubernetes tells pods of Services by variables such as TILLSAGA_API_PORT."""
    assert "tillsaga-api" in {it["metadata"]["name"] for it in of_kind(rendered(name), "Service")}

    assert all(pod.spec["enableServiceLinks"] is False for pod in pods(rendered(name)))


@pytest.mark.parametrize("name", EVERYTHING)
def test_who_is_told_to_stop_has_the_time(name: str) -> None:
    for pod in pods(rendered(name)):
        grace = pod.spec.get("terminationGracePeriodSeconds")
        if pod.component == "worker":
            assert grace == 45 > GRACE.total_seconds()
        if pod.component == "api":
            drain = parse_duration(environment(pod, rendered(name))["TILLSAGA_DRAIN"])
            assert grace == 30 > drain.total_seconds() + LAST_ANSWERS_SECONDS


def _parse(command: Any, arguments: list[str]) -> None:
    """Have a command take its arguments, without running it; raises a usage error if it cannot."""
    context = command.make_context("tillsaga", list(arguments))
    if isinstance(command, TyperGroup):
        _, inner, rest = command.resolve_command(context, list(arguments))
        _parse(inner, rest)


def _worker_page() -> list[BaseRoute]:
    needed = [p for p in inspect.signature(health_page).parameters.values() if p.default is p.empty]
    return health_page(**{parameter.name: MagicMock() for parameter in needed}).routes


def _paths(routes: Iterable[BaseRoute]) -> set[str]:
    return {route.path for route in routes if isinstance(route, Route)}


def _port(pod: Pod, settings: dict[str, str]) -> int:
    default = Settings.model_fields["api_port"].default
    return int(settings.get(f"TILLSAGA_{pod.component.upper()}_PORT", default))


def _settings_of(
    pod: Pod, objects: tuple[Object, ...], root: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    mount(pod, objects, root)
    with monkeypatch.context() as patch:
        for name in [it for it in os.environ if it.startswith("TILLSAGA_")]:
            patch.delenv(name)
        for name, value in environment(pod, objects).items():
            patch.setenv(name, value)
        folder = os.environ.get("TILLSAGA_SECRETS_DIR")
        if folder is not None:
            patch.setenv("TILLSAGA_SECRETS_DIR", str(root / folder.removeprefix("/")))
        return Settings()
