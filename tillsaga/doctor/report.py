"""What the doctor says about an installation: every finding, without secrets."""

from collections.abc import Sequence

from tillsaga.doctor.censor import Censor
from tillsaga.doctor.checks import checks_of
from tillsaga.doctor.examining import examine
from tillsaga.doctor.finding import Found
from tillsaga.doctor.installation import Installation
from tillsaga.doctor.secrets import known_secrets


async def report(at: Installation) -> Sequence[Found]:
    """Make all checks and close what they have opened."""
    try:
        found = await examine(checks_of(at))
        censor = Censor.of(known_secrets(at))
    finally:
        await at.aclose()
    return [censor.passed(one) for one in found]
