"""The table at the end of a demo."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from tillsaga.demo.agreement import Agreement, Net

Json = dict[str, Any]


@dataclass(frozen=True)
class Result:
    """How one scenario ended, and how it should have."""

    name: str
    ends_as: str
    checkout: Json | None = None
    agreement: Agreement | None = None
    expected: Net | None = None
    failure: str | None = None

    @property
    def problems(self) -> list[str]:
        """Say everything that is not as it should be."""
        if self.checkout is None or self.agreement is None or self.expected is None:
            return [self.failure or "it did not end"]
        found = list(self.agreement.differences)
        if self.checkout["status"] != self.ends_as:
            found.append(f"it ended as {self.checkout['status']} and not as {self.ends_as}")
        if self.agreement.net != self.expected:
            found.append(f"the books show {self.agreement.net} and not {self.expected}")
        found += [f"attention: {each['code']}" for each in self.checkout["attention"]]
        return found


def show(console: Console, results: list[Result], links: dict[str, str]) -> None:
    """Print the table, what is wrong, and where to look on."""
    # Narrow enough for the 80 columns of a log.
    table = Table(title="What became of the checkouts", title_justify="left", box=SIMPLE)
    table.padding, table.pad_edge = (0, 1, 0, 0), False
    for column in ("scenario", "outcome", "amounts", "effects", "vendor's books", "agree"):
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
    if result.checkout is None or result.agreement is None:
        return (result.name, "failed", "", "", "", agrees)
    checkout = result.checkout
    return (
        result.name,
        checkout["status"],
        _amounts(checkout),
        _effects(checkout),
        _books(result.agreement.net),
        agrees,
    )


def _amounts(checkout: Json) -> str:
    totals = checkout["totals"]
    names = ("basket", "discount", "tender", "paid")
    return "\n".join(f"{name:<9}{_money(totals[f'{name}_amount']):>6}" for name in names)


def _effects(checkout: Json) -> str:
    counted = Counter(effect["status"] for effect in checkout["effects"])
    return "\n".join(f"{number} {status}" for status, number in counted.items())


def _books(net: Net) -> str:
    lines = [
        f"gift card {_money(net.giftcard)}" if net.giftcard else "",
        f"prepaid {_money(net.prepaid)}" if net.prepaid else "",
        f"points {net.points:+}" if net.points else "",
        f"{net.voucher_uses} voucher" if net.voucher_uses else "",
        f"{net.collections} reward" if net.collections else "",
        f"{net.orders} order" if net.orders else "",
        f"{net.locks} voucher locked" if net.locks else "",
    ]
    return "\n".join(filter(None, lines)) or "as before"


def _money(amount: int) -> str:
    return f"{amount / 100:.2f}"
