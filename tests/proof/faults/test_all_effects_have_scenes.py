"""The matrix covers every effect that a connector declares: a new one fails here by its name."""

import pytest

from tests.connectors.sandbox_server import Control
from tests.proof.faults.scenes import SCENES, operation_of
from tillsaga.connectors.config import nobody_owns
from tillsaga.connectors.registry import KINDS
from tillsaga.domain.effects import OPERATIONS, Timing

CONFIGS = {scene.vendor: scene.config for scene in SCENES.values()}


@pytest.mark.parametrize("kind", KINDS)
async def test_every_declared_effect_has_a_scene(kind: str, box: Control) -> None:
    assert kind in CONFIGS, f"{kind}: no scene at all"
    connector = KINDS[kind](CONFIGS[kind](box, Timing()), nobody_owns)
    declared = set()
    for operation in OPERATIONS:
        try:
            connector.operator(operation)
        except KeyError:
            continue
        declared.add(operation)
    await connector.aclose()

    covered = {operation for vendor, operation in map(operation_of, SCENES) if vendor == kind}
    assert declared - covered == set(), "effects without a scene"
    assert covered - declared == set(), "scenes without an effect"


@pytest.mark.parametrize("effect", sorted({operation_of(name) for name in SCENES}), ids=" ".join)
def test_every_undo_that_a_vendor_has_is_in_a_scene(effect: tuple[str, str]) -> None:
    scenes = [scene for name, scene in SCENES.items() if operation_of(name) == effect]
    undone = any(scene.undo for scene in scenes)

    assert undone is (OPERATIONS[effect[1]].undo is not None)
