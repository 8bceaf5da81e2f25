"""The renderer of the tests against the real one, and what it refuses."""

from pathlib import Path

import pytest
import yaml

from tests.deploy.kustomize import identity, render
from tests.deploy.kustomize_changes import Refused

CASE = Path(__file__).parent / "kustomize_case"
HEAD = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
ACCOUNT = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: one}}\n"


def test_the_renderer_makes_what_the_real_one_has_made() -> None:
    """`rendered.yaml` was written by `kubectl kustomize`, kubectl 1.32 with kustomize 5.5.0."""
    recorded = yaml.safe_load_all((CASE / "rendered.yaml").read_text())

    made = {identity(one): one for one in render(CASE / "top")}

    assert made == {identity(one): one for one in recorded}


@pytest.mark.parametrize(
    "said",
    [
        "components: [more]",
        "resources: [../outside.yaml]",
        "resources: [one.yaml, one.yaml]",
        "configMapGenerator: [{name: one, options: {disableNameSuffixHash: true}}]",
        "configMapGenerator: [{name: one, behavior: merge, literals: [A=1]}]",
        "resources: [one.yaml]\nnameSuffix: -1",
        "resources: [one.yaml]\nlabels: [{pairs: {a: b}}]",
        "resources: [one.yaml]\nlabels: [{includeSelectors: true, pairs: {a: b}}]",
        "resources: [one.yaml]\nimages: [{name: a, digest: b}]",
        "configurations: [one.yaml]",
    ],
)
def test_what_the_renderer_does_not_know_is_refused(tmp_path: Path, said: str) -> None:
    folder = tmp_path / "overlay"
    folder.mkdir()
    (tmp_path / "outside.yaml").write_text(ACCOUNT)
    (folder / "one.yaml").write_text(ACCOUNT)
    (folder / "kustomization.yaml").write_text(HEAD + said)

    with pytest.raises(Refused):
        render(folder)


@pytest.mark.parametrize(
    "patch",
    [
        "target: {name: two}\n    patch: '[]'",
        "target: {name: one}\n    patch: '[{op: replace, path: /absent, value: 1}]'",
        "target: {name: one}\n    patch: '[{op: remove, path: /metadata/absent}]'",
        "target: {name: one}\n    patch: '[{op: copy, path: /kind, value: 1}]'",
        "target: {name: one}\n    patch: '{unknown: [{name: a}]}'",
    ],
)
def test_a_patch_that_changes_nothing_or_too_much_is_refused(tmp_path: Path, patch: str) -> None:
    (tmp_path / "one.yaml").write_text(ACCOUNT)
    text = f"{HEAD}resources: [one.yaml]\npatches:\n  - {patch}\n"
    (tmp_path / "kustomization.yaml").write_text(text)

    with pytest.raises(LookupError):
        render(tmp_path)
