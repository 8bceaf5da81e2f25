"""What a container finds when it starts: its files and its environment, made as its pod says."""

import base64
from pathlib import Path
from typing import Any

from tests.deploy.manifests import Object, Pod, config_map
from tillsaga.dev.stores_template import SECRETS

KEY = f"k1:{base64.b64encode(b'0' * 32).decode()}"
OWN_SECRETS = {
    "database_url": "postgresql://tillsaga@db/tillsaga",
    "encryption_keys": KEY,
    "audit_keys": KEY,
    "codec_token": "sixteen-or-longer",
}


def secret(name: str) -> dict[str, str]:
    """What the Secrets that the page has one make are made of."""
    if name == "tillsaga":
        return OWN_SECRETS
    kind = name.removeprefix("tillsaga-").upper()
    if kind == "WEBHOOKS":
        return {"secret": "whsec_" + "c2Vz" * 8}
    found = {key: value for key, value in SECRETS.items() if key.startswith(f"{kind}_")}
    return {key.removeprefix(f"{kind}_").lower(): value for key, value in found.items()}


def mount(pod: Pod, objects: tuple[Object, ...], root: Path) -> None:
    """Write a container's volumes under a folder that stands for its root."""
    volumes = {volume["name"]: volume for volume in pod.spec["volumes"]}
    for at in pod.container["volumeMounts"]:
        folder = root / at["mountPath"].removeprefix("/")
        folder.mkdir(parents=True)
        for path, text in _files(volumes[at["name"]], objects).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)


def environment(pod: Pod, objects: tuple[Object, ...]) -> dict[str, str]:
    """The variables that a pod sets; of those that only a cluster knows, the name of the field."""
    container = pod.container
    found: dict[str, str] = {}
    for source in container.get("envFrom", []):
        found |= config_map(objects, source["configMapRef"]["name"])
    return found | {it["name"]: _value(it) for it in container.get("env", [])}


def _value(variable: dict[str, Any]) -> str:
    source = variable.get("valueFrom", {})
    if "secretKeyRef" in source:
        return f"{source['secretKeyRef']['name']}/{source['secretKeyRef']['key']}"
    return str(variable["value"] if "value" in variable else source["fieldRef"]["fieldPath"])


def _files(volume: Object, objects: tuple[Object, ...]) -> dict[str, str]:
    if "emptyDir" in volume:
        return {}
    if "secret" in volume:
        return _of_secret(volume["secret"]["secretName"], volume["secret"]["items"])
    files: dict[str, str] = {}
    for source in volume["projected"]["sources"]:
        if "configMap" in source:
            files |= config_map(objects, source["configMap"]["name"])
        else:
            files |= _of_secret(source["secret"]["name"], source["secret"]["items"])
    return files


def _of_secret(name: str, items: list[dict[str, str]]) -> dict[str, str]:
    known = secret(name)
    return {item["path"]: known[item["key"]] for item in items}
