"""The attention queue as `tillsaga attention` lists it."""

import pytest

from api import examples
from tillsaga.commands.cases import show_queue


def test_a_case_can_be_copied_from_a_narrow_screen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    cases = examples.CASES["data"]
    assert isinstance(cases, list)
    case = cases[0]
    assert isinstance(case, dict)

    show_queue([dict(case, detail="[the card] is blocked")])

    first, *others = capsys.readouterr().out.splitlines()
    assert first == f"{case['checkout_id']} {case['id']}"
    assert others == [
        "  1h30m, ams-1, undo_failed, 200",
        "  [the card] is blocked",
        "  owner: nobody; may be: retry, accept_loss, settled_by_hand",
    ]
