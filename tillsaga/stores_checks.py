"""What no single part of the stores file can know: names that clash, currencies that do not fit.

Runs on the plain data, so that these problems are told together with those of the parts.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from tillsaga.config_problems import closest
from tillsaga.config_types import CURRENCY_CODES
from tillsaga.marked_yaml import Marked, Path, Problem
from tillsaga.providers import CURRENCIES, why_not_carried

Section = dict[str, Any]
Named = tuple[Path, object]
"""Where a value stands, and the value."""


def cross_checks(document: Marked) -> Iterator[Problem]:
    """Find what is wrong between the parts of the file."""
    stores = list(_sections((), document.data, "stores"))
    ids = _named(stores, "id")
    yield from _repeated(document, ids, "an earlier store has this id")
    for path, store in stores:
        providers = list(_sections(path, store, "providers"))
        names = _named(providers, "name")
        yield from _repeated(document, names, "an earlier provider of this store has this name")
        yield from _currencies(document, store.get("currency"), _named(providers, "kind"))
    webhooks = list(_sections((), document.data, "webhooks"))
    yield from _repeated(document, _named(webhooks, "url"), "an earlier webhook has this address")
    for path, webhook in webhooks:
        yield from _unknown_stores(document, (*path, "stores"), webhook.get("stores"), ids)


def _sections(above: Path, holder: object, name: str) -> Iterator[tuple[Path, Section]]:
    """Go through a list of mappings, passing over what is neither: pydantic reports that."""
    listed = holder.get(name) if isinstance(holder, dict) else None
    for index, item in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(item, dict):
            yield (*above, name, index), item


def _named(sections: Iterable[tuple[Path, Section]], key: str) -> list[Named]:
    found = ((path, section.get(key)) for path, section in sections)
    return [((*path, key), value) for path, value in found if isinstance(value, str)]


def _repeated(document: Marked, named: list[Named], message: str) -> Iterator[Problem]:
    seen: set[object] = set()
    for path, value in named:
        if value in seen:
            yield Problem(document.place(path), path, message)
        seen.add(value)


def _currencies(document: Marked, currency: object, kinds: list[Named]) -> Iterator[Problem]:
    for path, kind in kinds:
        if kind not in CURRENCIES or currency not in CURRENCY_CODES:
            continue
        if reason := why_not_carried(str(kind), str(currency)):
            yield Problem(document.place(path), path, reason)


def _unknown_stores(
    document: Marked, above: Path, stores: object, ids: list[Named]
) -> Iterator[Problem]:
    known = [str(value) for _, value in ids]
    for index, store in enumerate(stores if isinstance(stores, list) else []):
        if isinstance(store, str) and store not in known:
            path = (*above, index)
            hint = closest(store, known)
            yield Problem(document.place(path), path, "no store has this id", hint)
