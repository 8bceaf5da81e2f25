"""Measure ourselves: `python -m bench [--quick] [--only NAME,NAME]`.

Exit code 0: every checkout went through and all books agree; a goal that is missed is told in the
table.
"""

from collections.abc import Callable, Mapping, Sequence

import httpx
from rich.console import Console

from bench.figures import Measured
from bench.measures import history, open_checkouts, past_checkouts, startup, tills
from bench.options import Options, parse
from bench.program import main
from bench.reference import CheckoutFailed
from bench.report import console, show
from tillsaga.commands.trouble import Trouble

MEASURES: Mapping[str, Callable[[Options, Callable[[str], None]], Measured]] = {
    "tills": tills.measured,
    "history": history.measured,
    "open": open_checkouts.measured,
    "past": past_checkouts.measured,
    "startup": startup.measured,
}


def run(arguments: Sequence[str] | None = None) -> int:
    """Measure, print; answers the exit code."""
    options, aside = parse(arguments), Console(stderr=True)
    found: list[Measured] = []
    try:
        for name in options.only:
            found.append(MEASURES[name](options, aside.print))
    except (Trouble, CheckoutFailed, httpx.HTTPError) as failed:
        aside.print(str(failed) or repr(failed), style="red", markup=False)
        return 1
    sections = [section for each in found for section in each.sections]
    show(console(), sections, [note for each in found for note in each.notes])
    problems = [problem for each in found for problem in each.problems]
    for problem in problems:
        aside.print(problem, style="red", markup=False, soft_wrap=True)
    return 1 if problems else 0


if __name__ == "__main__":
    main(run)
