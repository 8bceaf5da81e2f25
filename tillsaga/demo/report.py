"""The table at the end of a demo."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from tillsaga.demo.agreement import Agreement
from tillsaga.demo.movements import Ledger
from tillsaga.demo.scenarios import Scenario

Json = dict[str, Any]


@dataclass(frozen=True)
class Result:
    """How one scenario ended, and how it should have."""

    name: str
    scenario: Scenario
    checkout: Json | None = None
    agreement: Agreement | None = None
    failure: str | None = None

    @property
    def problems(self) -> list[str]:
        """Say everything that is not as it should be."""
        if self.checkout is None or self.agreement is None:
            return [self.failure or "it did not end"]
        found, wanted = list(self.agreement.differences), self.scenario
        if self.checkout["status"] != wanted.ends_as:
            found.append(f"it ended as {self.checkout['status']} and not as {wanted.ends_as}")
        net, expected = self.agreement.net, wanted.expected(self.checkout)
        if net != expected:
            found.append(f"the books show {_words(net)} and not {_words(expected)}")
        raised = sorted(each["code"] for each in self.checkout["attention"])
        if raised != sorted(wanted.attention):
            found.append(f"attention: {raised} and not {list(wanted.attention)}")
        return found


def show(console: Console, results: list[Result], links: dict[str, str]) -> None:
    """Print the table, what is wrong, and where to look on."""
    # Narrow enough for the 80 columns of a log.
    table = Table(title="What became of the checkouts", title_justify="left", box=SIMPLE)
    table.padding, table.pad_edge = (0, 1, 0, 0), False
    for column in ("scenario", "amounts", "effects", "vendors' books", "ok"):
        table.add_column(column, no_wrap=True)
    for result in results:
        table.add_row(*_row(result))
        table.add_section()
    console.print(table)
    for result in results:
        for problem in result.problems:
            console.print(f"[red]{result.name}: {problem}[/]", soft_wrap=True)
    for name, link in links.items():
        console.print(f"{name:<16}{link}", soft_wrap=True, highlight=False)


def _row(result: Result) -> tuple[str, ...]:
    agrees = "[red]no[/]" if result.problems else "[green]yes[/]"
    named = f"[bold]{result.name}[/]"
    if result.checkout is None or result.agreement is None:
        return (f"{named}\nfailed", "", "", "", agrees)
    checkout = result.checkout
    outcome = [named, checkout["status"], *(f"! {a['code']}" for a in checkout["attention"])]
    books = "\n".join(_lines(result.agreement.net)) or "as before"
    return ("\n".join(outcome), _amounts(checkout), _effects(checkout), books, agrees)


def _amounts(checkout: Json) -> str:
    totals = checkout["totals"]
    names = ("basket", "discount", "tender", "paid")
    amounts = {name: totals[f"{name}_amount"] for name in names}
    lines = [f"{name:<8}{_money(amount):>6}" for name, amount in amounts.items() if amount]
    return "\n".join([*lines, f"in {checkout['currency']:>11}"])


def _effects(checkout: Json) -> str:
    counted = Counter(effect["status"] for effect in checkout["effects"])
    return "\n".join(f"{number} {status}" for status, number in counted.items())


def _words(net: Mapping[Ledger, int]) -> str:
    return (
        ", ".join(f"{ledger.vendor} {_moved(ledger, net[ledger])}" for ledger in net) or "nothing"
    )


def _lines(net: Mapping[Ledger, int]) -> list[str]:
    """Write what moved, a vendor's name only before its first line."""
    lines, last = [], ""
    for ledger, amount in net.items():
        name = ledger.vendor if ledger.vendor != last else ""
        lines.append(f"{name:<10}{_moved(ledger, amount)}")
        last = ledger.vendor
    return lines


def _moved(ledger: Ledger, amount: int) -> str:
    if ledger.unit == "money":
        return f"{ledger.name} {_money(amount)}"
    return f"{ledger.name} {amount:+}" if ledger.unit == "points" else f"{amount} {ledger.name}"


def _money(amount: int) -> str:
    return f"{amount / 100:.2f}"
