"""The page about the doctor lists its checks, in their order."""

import re
from pathlib import Path

from tillsaga.doctor.checks import checks_of
from tillsaga.doctor.installation import Installation, Kind

PAGE = Path(__file__).parents[2] / "docs" / "doctor.md"


def test_every_check_has_a_row_and_every_row_a_check() -> None:
    rows = re.findall(r"(?m)^\| (`[a-z][^|]*`) \|", PAGE.read_text())
    listed = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]

    made = [one.name for one in checks_of(Installation(Kind.OWN, {}))]
    assert listed == [*made, "vendor STORE/NAME"]
