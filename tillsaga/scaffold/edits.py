"""What a new vendor adds to files that are there: one line in most of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tillsaga.commands.trouble import Trouble
from tillsaga.scaffold.templates import renamed, snippet

ROWS = r"(?: [^\n]*\n)*"
"""The lines inside a bracket that closes where its statement began."""


@dataclass(frozen=True)
class Edit:
    """An addition, put where the first match of `after` ends."""

    path: str
    after: str
    addition: str

    def applied(self, text: str, name: str) -> str:
        """Add it, unless it is there already.

        Raises:
            Trouble: the file does not have the place.
        """
        addition = renamed(self.addition, name)
        if addition in text:
            return text
        place = re.search(self.after, text, re.MULTILINE)
        if place is None:
            words = f"{self.path} has no place for a new vendor: nothing in it is like {self.after}"
            raise Trouble(words, hint="see docs/adding-a-vendor.md for what to add by hand")
        return text[: place.end()] + addition + text[place.end() :]


REGISTRY = "tillsaga/connectors/registry.py"
PROVIDERS = "tillsaga/providers.py"
SANDBOX = "tillsaga/sandbox/app.py"
STORES = "tests/support/stores.py"
CONFIGURATION = "docs/configuration.md"
PAGE = "docs/sandbox.md"

# Imports are put in front; the formatter sorts them.
EDITS = (
    Edit(
        REGISTRY,
        r"^(?=from tillsaga\.connectors\.)",
        "from tillsaga.connectors.acme import Acme\n",
    ),
    Edit(REGISTRY, rf"^KINDS\b[^\n]*{{\n{ROWS}", '    "acme": Acme,\n'),
    Edit(PROVIDERS, rf"^CURRENCIES\b[^\n]*{{\n{ROWS}", '    "acme": CurrencyRule(),\n'),
    Edit(PROVIDERS, r"^(?=class Provider\(Section\))", snippet("provider_parts.py")),
    Edit(PROVIDERS, r"^(?=AnyProvider = )", snippet("provider.py")),
    Edit(PROVIDERS, r"^AnyProvider = Annotated\[[^,]*", " | AcmeProvider"),
    Edit(PROVIDERS, rf"^KINDS\b[^\n]*{{\n{ROWS}", '    "acme": AcmeProvider,\n'),
    Edit(
        SANDBOX,
        r"^(?=from tillsaga\.sandbox\.)",
        "from tillsaga.sandbox.acme.vendor import Acme\n",
    ),
    Edit(
        SANDBOX,
        r"for vendor in \(\n(?: +\w+\(books\),\n)*",
        "            Acme(books),\n",
    ),
    Edit(
        "pyproject.toml",
        r'^containers = \["tillsaga\.connectors"\]\nlayers = \["[^"]*',
        " | (acme)",
    ),
    Edit(
        STORES,
        r"^(?=from tillsaga\.sandbox\.)",
        "from tillsaga.sandbox.acme import world as acme\n",
    ),
    Edit(STORES, rf"^ENVIRON\b[^\n]*{{\n{ROWS}", '    "ACME_TOKEN": acme.TOKEN,\n'),
    Edit(STORES, r"^(?=_PROVIDERS = )", snippet("store.py")),
    Edit(STORES, rf"^_PROVIDERS\b[^\n]*{{\n{ROWS}", '    "acme": _acme,\n'),
    Edit(CONFIGURATION, r"^(?=\| all \|)", "| `acme` | `token` | `shop_id` | all |\n"),
    Edit(CONFIGURATION, r"\.kind: must be one of [^\n]*", ", acme"),
    Edit(PAGE, r"^\| Vendor \|[^\n]*\n(?:\|[^\n]*\n)*", "| Acme | `acme` | `/acme` |\n"),
    Edit(PAGE, r"^(?=## A vendor of your own)", snippet("sandbox.md")),
)


def edited(texts: Mapping[str, str], name: str) -> dict[str, str]:
    """Make every edit; `texts` are the files by path."""
    made = dict(texts)
    for edit in EDITS:
        made[edit.path] = edit.applied(made[edit.path], name)
    return made
