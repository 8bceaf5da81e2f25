"""The stores file: which vendors each store has, what its offers are worth, how it decides."""

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, timedelta, tzinfo
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from tillsaga import marked_yaml
from tillsaga.config_problems import from_validation, shown
from tillsaga.config_types import (
    ConfigId,
    CurrencyCode,
    Secrets,
    Section,
    TimeZoneName,
)
from tillsaga.domain.discounts import Discount, Percent
from tillsaga.domain.guessing import GuessRule
from tillsaga.domain.limits import Limits
from tillsaga.domain.model import AmountMinor, Text
from tillsaga.domain.retention import KEEP_YEARS
from tillsaga.durations import Duration
from tillsaga.marked_yaml import Mark, Problem
from tillsaga.providers import AnyProvider, Provider, known_names
from tillsaga.stores_checks import cross_checks
from tillsaga.webhooks.config import Webhook, without_form


class StoresFileError(Exception):
    """The stores file cannot be used; `problems` holds everything wrong with it, in file order."""

    def __init__(self, file: Path, problems: Sequence[Problem]) -> None:
        """Name the file and its problems."""
        self.file = file
        self.problems = sorted(problems)
        super().__init__("\n".join(self._line(problem) for problem in self.problems))

    def _line(self, problem: Problem) -> str:
        where = f"{self.file}:{problem.mark.line}:{problem.mark.column}"
        what = ": ".join(filter(None, [where, shown(problem.path), problem.message]))
        return f"{what}\n  Try: {problem.hint}" if problem.hint else what


def _as_written(value: object) -> object:
    """Take `12.5` and `"12.5"` alike: in YAML both are what a person writes for a percentage."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


class DiscountRule(Section):
    """What a vendor's rule id, coupon, asset or barcode is worth where the vendor does not say."""

    type: Literal["percentage", "absolute", "free_item", "fixed_price"]
    amount: AmountMinor | None = None
    percent: Annotated[Percent | None, BeforeValidator(_as_written)] = None
    skus: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    min_spend_amount: AmountMinor | None = None
    title: Text | None = None

    @model_validator(mode="after")
    def _has_what_its_type_needs(self) -> Self:
        wanted = {"percentage": "percent", "free_item": None}.get(self.type, "amount")
        for name in ("amount", "percent"):
            if (getattr(self, name) is None) == (name == wanted):
                raise ValueError(f"{self.type} {'needs' if name == wanted else 'takes no'} {name}")
        return self

    def discount(self) -> Discount:
        """Say the same to the pricing."""
        return Discount.model_validate(self.model_dump())


class ReturnsWithoutSale(Section):
    """How much may come back without its sale, minor units; without this section nothing may."""

    per_return: AmountMinor
    per_store_day: AmountMinor
    per_cashier_day: AmountMinor | None = None
    per_member_day: AmountMinor | None = None


class StoreLimits(Section, Limits):
    """How much one checkout may do; see `Limits`."""


class GuessPolicy(Section):
    """How many codes that no vendor knows one caller may try, and how long it pauses after."""

    failures: Annotated[int, Field(strict=True, ge=1)] = 30
    window: Duration = timedelta(minutes=10)
    pause: Duration = timedelta(minutes=1)
    longest_pause: Duration = timedelta(hours=1)

    @property
    def rule(self) -> GuessRule:
        """Say the same to who counts."""
        return GuessRule.model_validate(dict(self))


class Policy(Section):
    """How a store decides where more than one way is right."""

    abandon_after: Duration = timedelta(minutes=15)
    answer_budget: Duration = timedelta(seconds=2)
    in_doubt_after: Duration = timedelta(seconds=20)
    payment_flow: Literal["two_step", "one_step"] = "two_step"
    offers: Literal["best_effort", "all_or_none"] = "best_effort"
    on_vendor_down: Literal["sell_without", "refuse"] = "sell_without"
    in_doubt: Literal["honour", "refuse"] = "honour"
    pre_redeemed_on_failure: Literal["give_back", "keep"] = "give_back"
    spent_points_on_refund: Literal["negative", "floor", "review"] = "negative"
    spent_value_on_refund: Literal["refuse", "take_what_is_left", "review"] = "refuse"
    late_offers: Literal["honour", "charge_store", "review"] = "review"
    returns_without_sale: ReturnsWithoutSale | None = None
    requests_per_minute: Annotated[int, Field(strict=True, ge=1)] = 30_000
    limits: StoreLimits = StoreLimits()
    guesses: GuessPolicy = GuessPolicy()


class ArchivePolicy(Section):
    """How long a store keeps what it has sold."""

    keep_years: Annotated[int, Field(strict=True, ge=1, le=100)] = KEEP_YEARS


class Terminal(Section):
    """Where one till differs from its store's policy: table service waits for hours.

    `scanner_gap` is the longest pause within one scan at the till in the browser, and
    `scanner_prefix` what its scanner sends before each code.
    """

    abandon_after: Duration | None = None
    scanner_gap: Duration = timedelta(milliseconds=100)
    scanner_prefix: str = ""


class Store(Section):
    """One shop; `currency` is ISO 4217, and a business day is a day in `timezone`.

    `language` is that of its till in the browser.
    """

    id: ConfigId
    name: Text
    currency: CurrencyCode
    timezone: TimeZoneName
    language: Literal["en", "nl"] = "en"
    providers: tuple[AnyProvider, ...] = ()
    discounts: dict[str, DiscountRule] = Field(default_factory=dict)
    policy: Policy = Policy()
    terminals: dict[str, Terminal] = Field(default_factory=dict)
    archive: ArchivePolicy = ArchivePolicy()
    _has_webhooks: bool = PrivateAttr(default=False)

    @property
    def has_webhooks(self) -> bool:
        """Whether an endpoint of the file hears of this store."""
        return self._has_webhooks

    @property
    def zone(self) -> ZoneInfo:
        """The time zone to reckon days in."""
        return ZoneInfo(self.timezone)

    def provider(self, name: str) -> Provider | None:
        """Find a provider by the name that the API uses."""
        return next((provider for provider in self.providers if provider.name == name), None)

    def abandon_after(self, terminal_id: str) -> timedelta:
        """Say how long a till may be silent before its checkout is given up."""
        terminal = self.terminals.get(terminal_id, Terminal())
        return terminal.abandon_after or self.policy.abandon_after


def _not_empty(stores: tuple[Store, ...]) -> tuple[Store, ...]:
    # Not by `min_length`: that counts only the stores without errors.
    if not stores:
        raise ValueError("must not be empty")
    return stores


class StoresFile(Section):
    """The whole file."""

    stores: Annotated[tuple[Store, ...], AfterValidator(_not_empty)]
    webhooks: tuple[Webhook, ...] = ()

    @model_validator(mode="after")
    def _tell_the_stores(self) -> Self:
        for store in self.stores:
            store._has_webhooks = any(hook.hears(store.id) for hook in self.webhooks)
        return self

    def store(self, store_id: str) -> Store | None:
        """Find a store by its id."""
        return next((store for store in self.stores if store.id == store_id), None)

    def zone(self, store_id: str) -> tzinfo:
        """Say where a store's clock is; UTC for one that is configured no longer."""
        store = self.store(store_id)
        return store.zone if store is not None else UTC


def load_stores(
    path: Path, environ: Mapping[str, str] = os.environ, *, secrets: Secrets | None = None
) -> StoresFile:
    """Read and check the stores file as a whole, and fetch the secrets that it refers to.

    Args:
        path: The YAML file; `file:` references in it are relative to its folder.
        environ: Where `env:` references are looked up.
        secrets: Who fetches the secrets, instead of both.

    Raises:
        StoresFileError: With every problem of the file, each at its line.
    """
    document = marked_yaml.read(_text(path))
    secrets = secrets or Secrets(environ, path.parent)
    problems = list(document.problems)
    if not problems and document.data is None:
        problems.append(Problem(Mark(1, 1), (), "the file is empty"))
    if not problems:
        problems.extend(cross_checks(document))
        try:
            stores = StoresFile.model_validate(document.data, context=secrets)
        except ValidationError as error:
            problems.extend(from_validation(error, document, _locate))
    if problems:
        raise StoresFileError(path, problems)
    return stores


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        reason, hint = f"cannot be read: {error.strerror}", "TILLSAGA_CONFIG=path/to/stores.yaml"
    except UnicodeDecodeError:
        reason, hint = "is not UTF-8 text", None
    raise StoresFileError(path, [Problem(Mark(1, 1), (), reason, hint)])


def _locate(loc: marked_yaml.Path) -> tuple[marked_yaml.Path, Iterable[str]]:
    """Find a pydantic location in the file: a provider's has its kind behind the index."""
    match loc:
        case ("stores", _, "providers", _, str(kind), *rest):
            return (*loc[:4], *rest), known_names(kind, rest[:-1])
        case ("stores", _, "policy", "returns_without_sale", _):
            return loc, ReturnsWithoutSale.model_fields
        case ("stores", _, "policy", "limits", _):
            return loc, StoreLimits.model_fields
        case ("stores", _, "policy", "guesses", _):
            return loc, GuessPolicy.model_fields
        case ("stores", _, "policy", _):
            return loc, Policy.model_fields
        case ("stores", _, "archive", _):
            return loc, ArchivePolicy.model_fields
        case ("stores", _, "discounts", _, _):
            return loc, DiscountRule.model_fields
        case ("stores", _, "terminals", _, _):
            return loc, Terminal.model_fields
        case ("stores", _, _):
            return loc, Store.model_fields
        case ("webhooks", _, "secret", *_):
            return without_form(loc), Webhook.model_fields
        case ("webhooks", _, _):
            return loc, Webhook.model_fields
    return loc, StoresFile.model_fields
