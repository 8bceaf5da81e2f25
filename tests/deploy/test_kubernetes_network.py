"""Who may speak to whom: nobody, but for what is listed here."""

from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

import pytest

from tests.deploy.manifests import EVERYTHING, Object, config_map, of_kind, pods, rendered

PRIVATE = (
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.20.0.1",
    "192.168.1.1",
    "::1",
    "fd00::1",
    "fe80::1",
)
DNS, VENDORS = "kube-system", "the internet"
BOTH = {(DNS, 53), ("postgresql", 5432), ("temporal", 7233), ("monitoring", 4318)}
REACHED = {
    "api": BOTH,
    "worker": BOTH | {(VENDORS, 443)},
    "migrate": {(DNS, 53), ("postgresql", 5432)},
    "sandbox": {(DNS, 53)},
}
REACHED_BY = {
    "api": {("ingress", 8000), ("monitoring", 8000), ("monitoring", 9464)},
    "worker": {("monitoring", 8001), ("monitoring", 9464)},
    "migrate": set[tuple[str, int]](),
    "sandbox": {("worker", 8600)},
}


@pytest.mark.parametrize("name", EVERYTHING)
def test_nothing_is_open_but_what_a_policy_opens(name: str) -> None:
    closed = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}

    assert closed in [policy["spec"] for policy in of_kind(rendered(name), "NetworkPolicy")]


@pytest.mark.parametrize("name", EVERYTHING)
def test_each_reaches_what_it_needs_and_nothing_else(name: str) -> None:
    for component, labels in _components(name).items():
        wanted = set(REACHED[component])
        if "temporal-cloud" in name and ("temporal", 7233) in wanted:
            wanted = wanted - {("temporal", 7233)} | {(VENDORS, 7233)}
        if name == "staging" and component == "worker":
            wanted |= {("sandbox", 8600)}
        assert _opened(name, labels, "egress", "to") == wanted


@pytest.mark.parametrize("name", EVERYTHING)
def test_the_api_alone_is_called_and_monitoring_reads_figures(name: str) -> None:
    for component, labels in _components(name).items():
        ports = _ports(name, component)
        opened = _opened(name, labels, "ingress", "from")
        assert {(who, port) for who, port in opened if port in ports} == REACHED_BY[component]


@pytest.mark.parametrize("name", EVERYTHING)
def test_workers_reach_no_private_network_as_a_vendor(name: str) -> None:
    [policy] = [
        it
        for it in of_kind(rendered(name), "NetworkPolicy")
        if it["metadata"]["name"] == "tillsaga-to-vendors"
    ]
    [rule] = policy["spec"]["egress"]
    blocks = [peer["ipBlock"] for peer in rule["to"]]

    assert not any(_is_in(address, blocks) for address in PRIVATE)
    assert all(_is_in(address, blocks) for address in ("93.184.215.14", "2606:4700::1111"))


@pytest.mark.parametrize("name", EVERYTHING)
def test_what_the_settings_name_can_be_reached(name: str) -> None:
    settings = config_map(rendered(name), "tillsaga-settings")
    named = [f"//{settings['TEMPORAL_ADDRESS']}"]
    named += [settings[key] for key in ("OTEL_EXPORTER_OTLP_ENDPOINT",) if key in settings]

    for address in named:
        host, port = urlsplit(address).hostname or "", urlsplit(address).port
        inside = host.endswith(".svc.cluster.local")
        who = host.split(".")[1] if inside else VENDORS
        for component in ("api", "worker"):
            labels = _components(name)[component]
            assert (who, port) in _opened(name, labels, "egress", "to")


def _components(name: str) -> dict[str, dict[str, str]]:
    return {pod.component: pod.labels for pod in pods(rendered(name))}


def _ports(name: str, component: str) -> set[int]:
    [pod] = [pod for pod in pods(rendered(name)) if pod.component == component]
    return {port["containerPort"] for port in pod.container.get("ports", [])}


def _opened(name: str, labels: dict[str, str], way: str, peers: str) -> set[tuple[str, int]]:
    opened: set[tuple[str, int]] = set()
    for policy in of_kind(rendered(name), "NetworkPolicy"):
        spec = policy["spec"]
        assert set(spec) <= {"podSelector", "policyTypes", "ingress", "egress"}
        for rule in spec.get(way, []) if _selects(spec["podSelector"], labels) else []:
            assert spec["policyTypes"] == [way.capitalize()]
            opened |= {(_named(it), at["port"]) for it in rule[peers] for at in rule["ports"]}
    return opened


def _selects(selector: Object, labels: dict[str, str]) -> bool:
    assert set(selector) <= {"matchLabels", "matchExpressions"}
    wanted = selector.get("matchLabels", {}).items() <= labels.items()
    every = selector.get("matchExpressions", [])
    assert all(it["operator"] == "In" for it in every)
    return wanted and all(labels.get(it["key"]) in it["values"] for it in every)


def _named(peer: Object) -> str:
    if "ipBlock" in peer:
        return VENDORS
    if "namespaceSelector" in peer:
        return str(peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"])
    return str(peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"])


def _is_in(address: str, blocks: list[Object]) -> bool:
    found = ip_address(address)
    return any(
        found in ip_network(block["cidr"])
        and not any(found in ip_network(part) for part in block.get("except", []))
        for block in blocks
    )
