"""A cashier at the till in the browser, with a scanner and a keyboard and nothing else."""

import time

from playwright.sync_api import Locator, Page, expect

expect.set_options(timeout=15_000)

SCANNER_MS = 8
"""Between two characters of a scanner; a person needs twenty times as long."""
PERSON_MS = 150
_ENDS = {"Enter": (13, "\r"), "Tab": (9, "")}
"""What a scanner may end with: the key's code, and what it types."""


class Cashier:
    """Works by keyboard, and waits for the till to have answered, as people do."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._keyboard = page.context.new_cdp_session(page)
        self._now = 0.0
        page.goto("/pos")

    @property
    def said(self) -> Locator:
        """What the till says of the last thing that was done."""
        return self.page.locator("#said")

    @property
    def trouble(self) -> Locator:
        """What did not work."""
        return self.page.locator("#trouble")

    @property
    def bill(self) -> Locator:
        """The part of the page that is the bill."""
        return self.page.locator("#till")

    @property
    def due(self) -> Locator:
        """What is to be paid."""
        return self.page.locator("dd.due")

    def scan(self, code: str, said: str) -> None:
        """Hold something before the scanner."""
        self.read(code)
        expect(self.said).to_have_text(said)

    def read(self, code: str, end: str = "Enter", gap_ms: float = SCANNER_MS) -> None:
        """Type as a scanner does, or as slowly as a person.

        The keys carry their own time, so that a busy machine makes no person of a scanner.
        """
        self._now = max(self._now, time.time())
        for character in code:
            self._press(character, 0, character, gap_ms)
        self._press(end, *_ENDS[end], gap_ms)

    def _look(self) -> None:
        """Wait until the till has done what it was told: it drops what comes before that."""
        expect(self.bill).not_to_have_attribute("aria-busy", "true")

    def _press(self, key: str, virtual: int, text: str, gap_ms: float) -> None:
        self._now += gap_ms / 1000
        stroke = {"key": key, "windowsVirtualKeyCode": virtual, "timestamp": self._now}
        for kind in ("keyDown", "keyUp"):
            typed = {"text": text} if kind == "keyDown" and text else {}
            self._keyboard.send("Input.dispatchKeyEvent", {"type": kind, **stroke, **typed})

    def push(self, name: str, said: str | None = None) -> None:
        """Go to a button and press Enter."""
        self._look()
        self.page.get_by_role("button", name=name).first.press("Enter")
        if said is not None:
            expect(self.said).to_have_text(said)

    def press(self, key: str, said: str | None = None) -> None:
        """Press a key, wherever the focus is."""
        self._look()
        self.page.keyboard.press(key)
        if said is not None:
            expect(self.said).to_have_text(said)

    def sell(self, name: str) -> None:
        """Open the bill with something, or add it."""
        self.push(name)
        line = self.bill.get_by_role("button", name="One more:")
        expect(line.first).to_be_visible()
        expect(self.page.get_by_label("Scan or type")).to_be_focused()

    def pay_by_card(self) -> None:
        """Go to payment; the terminal authorises and captures."""
        self.press("F9", "Ready to be paid.")
        self.press("F9", "The card is authorised.")
        expect(self.bill).to_contain_text("Capture the card payment now.")
        self.press("F9")
        self.is_sold()

    def close_without_money(self) -> None:
        """Go to payment with nothing left to pay."""
        self.press("F9", "Ready to be paid.")
        self.press("F9")
        self.is_sold()

    def is_sold(self) -> None:
        """Wait for the end of a sale."""
        expect(self.page.get_by_role("heading", name="Sold.")).to_be_visible()
