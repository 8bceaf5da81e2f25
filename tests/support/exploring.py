"""How far hypothesis looks: the same few examples in every run, more when it is asked to."""

import os

from hypothesis import HealthCheck, Phase, settings

EXPLORE = int(os.environ.get("TILLSAGA_EXPLORE") or 0)
"""`TILLSAGA_EXPLORE=200`: so many examples that nobody has tried before."""


def examples(short: int, steps: int) -> settings:
    """So many examples of so many steps, unless more are asked for.

    The smallest example that fails is not looked for: at a real shop that would take an hour.
    """
    return settings(
        max_examples=EXPLORE or short,
        stateful_step_count=steps,
        deadline=None,
        derandomize=not EXPLORE,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
        report_multiple_bugs=False,
    )
