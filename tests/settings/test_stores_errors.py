"""One wrong file per rule: each names the line, and none repeats a value."""

import traceback
from pathlib import Path

import pytest

from tillsaga.providers import KINDS
from tillsaga.stores import StoresFileError, load_stores

RIGHT = """\
stores:
  - id: ams-1
    name: Amsterdam
    currency: EUR
    timezone: Europe/Amsterdam
    providers:
      - name: leat
        kind: leat
        base_url: http://127.0.0.1:8600/leat
        credentials: {token: "env:TOKEN"}
        settings: {shop_uuid: s-1}
    discounts:
      CPN: {type: absolute, amount: 100}
    policy:
      offers: best_effort
webhooks:
  - url: http://127.0.0.1:9000/hooks
    secret: "env:HOOK"
    stores: [ams-1]
"""
HOOK = "whsec_" + "c2Vz" * 8
PROVIDER = "stores[0].providers[0]"
SECRET = "sk_live_hunter2"

# What is right, what stands there instead, and the line that the error must be.
WRONG = {
    "unknown kind": (
        "kind: leat",
        "kind: leet",
        f"8:15: {PROVIDER}.kind: must be one of {', '.join(KINDS)}",
    ),
    "missing kind": ("        kind: leat\n", "", f"7:9: {PROVIDER}.kind: is missing"),
    "unknown key of a store": (
        "    policy:",
        "    polices:",
        "14:5: stores[0].polices: is not a known name",
    ),
    "unknown key of a policy": (
        "      offers: best",
        "      offer: best",
        "15:7: stores[0].policy.offer: is not a known name",
    ),
    "unknown key of an archive": (
        "    policy:",
        "    archive: {years: 7}\n    policy:",
        "14:15: stores[0].archive.years: is not a known name",
    ),
    "an archive kept for too long": (
        "    policy:",
        "    archive: {keep_years: 101}\n    policy:",
        "14:27: stores[0].archive.keep_years: ",
    ),
    "unknown limit of returns": (
        "      offers: best_effort",
        "      returns_without_sale: {per_return: 1, per_store_day: 1, per_till: 1}",
        "15:63: stores[0].policy.returns_without_sale.per_till: is not a known name",
    ),
    "returns without a limit of the day": (
        "      offers: best_effort",
        "      returns_without_sale: {per_return: 1}",
        "15:29: stores[0].policy.returns_without_sale.per_store_day: is missing",
    ),
    "unknown key of the file": ("webhooks:", "webhook:", "16:1: webhook: is not a known name"),
    "unknown setting": (
        "{shop_uuid: s-1}",
        "{shop_uuid: s-1, shop_id: 1}",
        f"11:36: {PROVIDER}.settings.shop_id: is not a known name",
    ),
    "another kind's setting": (
        "{shop_uuid: s-1}",
        "{shop_uuid: s-1, outlet_id: o-1}",
        f"11:36: {PROVIDER}.settings.outlet_id: is not a known name",
    ),
    "unknown credential": (
        'token: "env:TOKEN"',
        'token: "env:TOKEN", tokens: "env:TOKEN"',
        f"10:43: {PROVIDER}.credentials: is not a known name",
    ),
    "missing credential": (
        '{token: "env:TOKEN"}',
        "{}",
        f"10:22: {PROVIDER}.credentials.token: is missing",
    ),
    "missing credentials": (
        '        credentials: {token: "env:TOKEN"}\n',
        "",
        f"7:9: {PROVIDER}.credentials.token: is missing",
    ),
    "missing settings": (
        "settings: {shop_uuid: s-1}",
        "settings:",
        f"11:18: {PROVIDER}.settings.shop_uuid: is missing",
    ),
    "secret in the open": (
        '"env:TOKEN"}',
        f'"{SECRET}"}}',
        f"10:30: {PROVIDER}.credentials.token: must be a reference to the secret, "
        "never the secret itself",
    ),
    "secret behind env:": (
        '"env:TOKEN"}',
        f'"env:{SECRET}="}}',
        f"10:30: {PROVIDER}.credentials.token: must be a reference to the secret, "
        "never the secret itself",
    ),
    "secret that YAML reads as a number": (
        '"env:TOKEN"}',
        "4711}",
        f"10:30: {PROVIDER}.credentials.token: must be a reference to the secret, "
        "never the secret itself",
    ),
    "secret in place of the credentials": (
        '{token: "env:TOKEN"}',
        SECRET,
        f"10:22: {PROVIDER}.credentials: must be a mapping",
    ),
    "secret that has become a key": (
        '{token: "env:TOKEN"}',
        f'{{token:{SECRET}: "env:TOKEN"}}',
        f"10:23: {PROVIDER}.credentials: is not a known name",
    ),
    "secret that YAML cannot read": (
        '"env:TOKEN"}',
        f"*{SECRET}}}",
        "10:30: is not valid YAML: found undefined alias …",
    ),
    "variable not set": (
        "env:TOKEN",
        "env:TOKE",
        f"10:30: {PROVIDER}.credentials.token: the environment variable TOKE is not set",
    ),
    "variable empty": (
        "env:TOKEN",
        "env:EMPTY",
        f"10:30: {PROVIDER}.credentials.token: the environment variable EMPTY is not set",
    ),
    "secret's file missing": (
        "env:TOKEN",
        "file:nowhere",
        f"10:30: {PROVIDER}.credentials.token: the secret's file cannot be read",
    ),
    "secret's file empty": (
        "env:TOKEN",
        "file:empty",
        f"10:30: {PROVIDER}.credentials.token: the secret's file is empty",
    ),
    "webhook secret in the open": (
        'secret: "env:HOOK"',
        f"secret: {SECRET}",
        "18:13: webhooks[0].secret: must be a reference to the secret, never the secret itself",
    ),
    "webhook secret of another kind": (
        'secret: "env:HOOK"',
        'secret: "env:TOKEN"',
        "18:13: webhooks[0].secret: must be whsec_ and 24 to 64 bytes in base64",
    ),
    "second webhook secret of another kind": (
        'secret: "env:HOOK"',
        'secret: ["env:HOOK", "env:TOKEN"]',
        "18:26: webhooks[0].secret[1]: must be whsec_ and 24 to 64 bytes in base64",
    ),
    "three webhook secrets": (
        'secret: "env:HOOK"',
        'secret: ["env:HOOK", "env:HOOK", "env:HOOK"]',
        "18:13: webhooks[0].secret: must be one secret, or two while one follows the other",
    ),
    "webhook in the open": (
        "http://127.0.0.1:9000/hooks",
        "http://pos.example.test/hooks",
        "17:10: webhooks[0].url: must be https://, unless it stays within a private network",
    ),
    "webhook to a private address in the open": (
        "http://127.0.0.1:9000/hooks",
        "http://10.0.0.7/hooks",
        "17:10: webhooks[0].url: must be https://, unless it stays within a private network",
    ),
    "webhook twice": (
        "    stores: [ams-1]\n",
        '    stores: [ams-1]\n  - {url: "http://127.0.0.1:9000/hooks", secret: "env:HOOK"}\n',
        "20:11: webhooks[1].url: an earlier webhook has this address",
    ),
    "address without scheme": (
        "http://127.0.0.1:8600/leat",
        "ftp://127.0.0.1/leat",
        f"9:19: {PROVIDER}.base_url: must be an http:// or https:// address",
    ),
    "address with a password": (
        "http://127.0.0.1:8600/leat",
        f"https://user:{SECRET}@leat.example",
        f"9:19: {PROVIDER}.base_url: must not carry a user name or a password",
    ),
    "address with a query": (
        "http://127.0.0.1:8600/leat",
        f"https://leat.example/?key={SECRET}",
        f"9:19: {PROVIDER}.base_url: must not have a query or a fragment",
    ),
    "address with a fragment": (
        "http://127.0.0.1:8600/leat",
        f"https://leat.example/#{SECRET}",
        f"9:19: {PROVIDER}.base_url: must not have a query or a fragment",
    ),
    "unknown limit": (
        "      offers: best_effort",
        "      limits: {giftcard_sale: 1}",
        "15:16: stores[0].policy.limits.giftcard_sale: is not a known name",
    ),
    "limit that is no whole number": (
        "      offers: best_effort",
        "      limits: {tenders: 1.5}",
        "15:25: stores[0].policy.limits.tenders: must be a whole number",
    ),
    "unknown rule for guesses": (
        "      offers: best_effort",
        "      guesses: {fails: 3}",
        "15:17: stores[0].policy.guesses.fails: is not a known name",
    ),
    "address with a strange port": (
        "http://127.0.0.1:8600/leat",
        f"https://leat.example:{SECRET}/",
        f"9:19: {PROVIDER}.base_url: must be an http:// or https:// address",
    ),
    "currency unknown": (
        "currency: EUR",
        "currency: EUX",
        "4:15: stores[0].currency: must be an ISO 4217 currency",
    ),
    "currency nobody sells in": (
        "currency: EUR",
        "currency: XAU",
        "4:15: stores[0].currency: must be an ISO 4217 currency",
    ),
    "time zone unknown": (
        "Europe/Amsterdam",
        "Europe/Amsterdm",
        "5:15: stores[0].timezone: must be an IANA time zone",
    ),
    "id that would break others": (
        "id: ams-1",
        "id: ams/1",
        "2:9: stores[0].id: must be 1 to 64 letters, digits, - or _",
    ),
    "text that YAML reads as a number": (
        "shop_uuid: s-1",
        "shop_uuid: 12",
        f"11:31: {PROVIDER}.settings.shop_uuid: must be text; write it in quotes",
    ),
    "text without text": (
        "name: Amsterdam",
        'name: ""',
        "3:11: stores[0].name: must not be empty",
    ),
    "duration without unit": (
        "{shop_uuid: s-1}",
        "{shop_uuid: s-1, http_timeout: 5}",
        f"11:50: {PROVIDER}.settings.http_timeout: "
        "must be a duration such as 500ms, 2s, 15m or 1h30m",
    ),
    "rate below zero": (
        "{shop_uuid: s-1}",
        "{shop_uuid: s-1, rate_per_second: -1}",
        f"11:53: {PROVIDER}.settings.rate_per_second: must be greater than 0",
    ),
    "policy value": (
        "best_effort",
        "best_efort",
        "15:15: stores[0].policy.offers: must be one of best_effort, all_or_none",
    ),
    "discount without its amount": (
        "{type: absolute, amount: 100}",
        "{type: absolute}",
        "13:12: stores[0].discounts.CPN: absolute needs amount",
    ),
    "discount with too much": (
        "{type: absolute, amount: 100}",
        "{type: percentage, percent: 5, amount: 100}",
        "13:12: stores[0].discounts.CPN: percentage takes no amount",
    ),
    "discount above all": (
        "{type: absolute, amount: 100}",
        "{type: percentage, percent: 101}",
        "13:40: stores[0].discounts.CPN.percent: must be less than or equal to 100",
    ),
    "discount in floats": (
        "amount: 100",
        "amount: 1.00",
        "13:37: stores[0].discounts.CPN.amount: must be a whole number",
    ),
    "discount's unknown key": (
        "amount: 100",
        "amout: 100",
        "13:29: stores[0].discounts.CPN.amout: is not a known name",
    ),
    "terminal's unknown key": (
        "    policy:",
        "    terminals: {t-1: {abandon: 1h}}\n    policy:",
        "14:23: stores[0].terminals.t-1.abandon: is not a known name",
    ),
    "webhook's unknown key": (
        "  - url: http",
        "  - uri: http",
        "17:5: webhooks[0].uri: is not a known name",
    ),
    "webhook's unknown store": (
        "[ams-1]",
        "[ams-1, ams-2]",
        "19:21: webhooks[0].stores[1]: no store has this id",
    ),
    "list expected": (
        "    stores: [ams-1]",
        "    stores: ams-1",
        "19:13: webhooks[0].stores: must be a list",
    ),
    "mapping expected": ("{type: absolute, amount: 100}", "[]", "13:12: stores[0].discounts.CPN: "),
    "key twice": (
        "    name: Amsterdam\n",
        f"    name: Amsterdam\n    name: {SECRET}\n",
        "4:5: stores[0].name: stands twice",
    ),
    "key that is no text": ("{shop_uuid: s-1}", "{[a]: b}", f"11:20: {PROVIDER}.settings: has a"),
    "tag": ("s-1}", "!!python/name:os.system x}", f"11:31: {PROVIDER}.settings.shop_uuid: must"),
    "value unlike its tag": ("s-1}", "!!int x}", f"11:31: {PROVIDER}.settings.shop_uuid: is not"),
    "value within itself": (
        "{shop_uuid: s-1}",
        "&loop {shop_uuid: *loop}",
        f"11:19: {PROVIDER}.settings.shop_uuid: refers to itself",
    ),
    "broken YAML": ("stores: [ams-1]", "stores: [ams-1", "20:1: is not valid YAML: "),
    "no YAML at all": ("ams-1\n", "\x00", "1:1: is not valid YAML: unreadable characters"),
}


@pytest.fixture
def stores_file(tmp_path: Path) -> Path:
    (tmp_path / "empty").touch()
    return tmp_path / "stores.yaml"


def refusal(file: Path, text: str | None = None) -> StoresFileError:
    if text is not None:
        file.write_text(text)
    with pytest.raises(StoresFileError) as refused:
        load_stores(file, {"TOKEN": SECRET, "HOOK": HOOK, "EMPTY": ""})
    return refused.value


def test_the_right_file_is_right(stores_file: Path) -> None:
    stores_file.write_text(RIGHT)

    assert load_stores(stores_file, {"TOKEN": SECRET, "HOOK": HOOK}).store("ams-1")


@pytest.mark.parametrize(("right", "wrong", "expected"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_is_refused_at_its_line(
    stores_file: Path, right: str, wrong: str, expected: str
) -> None:
    assert right in RIGHT

    error = refusal(stores_file, RIGHT.replace(right, wrong, 1))

    assert any(line.startswith(f"{stores_file}:{expected}") for line in str(error).splitlines())
    assert len(error.problems) <= 2  # a key by the wrong name leaves another one missing
    assert "hunter2" not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    ("right", "wrong", "hint"),
    [
        ("kind: leat", "kind: leet", "leat"),
        ('token: "env', 'tokn: "env', "token"),
        ("shop_uuid", "shop_uid", "shop_uuid"),
        ("base_url", "base_uri", "base_url"),
        ("EUR", "eur", "EUR"),
        ("Europe/Amsterdam", "Europe/Amsterdm", "Europe/Amsterdam"),
        ("offers: best_effort", "offers: best_efort", "best_effort"),
        ("offers: best_effort", "ofers: best_effort", "offers"),
        ("[ams-1]", "[ams1]", "ams-1"),
        ('"env:TOKEN"', SECRET, "env:NAME or file:PATH"),
        ("env:TOKEN", "env:TOKE", "export TOKE=..."),
    ],
)
def test_the_error_says_what_to_try(stores_file: Path, right: str, wrong: str, hint: str) -> None:
    error = refusal(stores_file, RIGHT.replace(right, wrong, 1))

    assert f"  Try: {hint}" in str(error).splitlines()


@pytest.mark.parametrize(
    ("kind", "currency", "settings"),
    [
        ("koupon", "EUR", "{identifier: 'env:TOKEN', secret: 'env:TOKEN'}"),
        ("koupon", "JPY", "{identifier: 'env:TOKEN', secret: 'env:TOKEN'}"),
        ("letstrade", "JPY", "{token: 'env:TOKEN'}"),
        ("loyale", "KWD", "{scheme_id: 'env:TOKEN', api_key: 'env:TOKEN'}"),
        ("wll", "KWD", "{api_key: 'env:TOKEN'}"),
    ],
)
def test_a_currency_that_the_vendor_cannot_carry_is_refused(
    stores_file: Path, kind: str, currency: str, settings: str
) -> None:
    text = RIGHT.replace("kind: leat", f"kind: {kind}").replace("EUR", currency)

    error = refusal(stores_file, text.replace('{token: "env:TOKEN"}', settings))

    assert f":8:15: {PROVIDER}.kind: {kind} cannot carry {currency}: only " in str(error)


def test_names_are_unique(stores_file: Path) -> None:
    store = RIGHT[RIGHT.index("  - id") : RIGHT.index("    discounts")]
    provider = store[store.index("      - name") :]

    error = refusal(stores_file, f"stores:\n{store}{provider}{store}")

    assert [(problem.mark.line, problem.message) for problem in error.problems] == [
        (12, "an earlier provider of this store has this name"),
        (17, "an earlier store has this id"),
    ]


def test_sales_at_white_label_loyalty_need_a_way(stores_file: Path) -> None:
    wll = (
        'kind: wll\n        credentials: {api_key: "env:TOKEN", client_id: "env:TOKEN",'
        ' client_secret: "env:TOKEN"}\n        settings: {auth_url: "http://a.example"}\n'
    )
    head, tail = RIGHT[: RIGHT.index("kind: leat")], RIGHT[RIGHT.index("    discounts") :]

    error = refusal(stores_file, f"{head}{wll}        base_url: http://w.example\n{tail}")

    assert f":10:19: {PROVIDER}.settings: needs receipts_base_url" in str(error)


def test_all_problems_are_told_at_once_in_the_order_of_the_file(stores_file: Path) -> None:
    text = RIGHT.replace("EUR", "EUX").replace("kind: leat", "kind: leet").replace("100}", "-1}")

    error = refusal(stores_file, text + "  - {}\n")

    assert [problem.mark.line for problem in error.problems] == [4, 8, 13, 20, 20]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1: the file is empty"),
        ("---\n", "1:1: the file is empty"),
        ("stores: []\n", "1:9: stores: must not be empty"),
        ("stores:\n", "1:8: stores: is missing"),
        ("- a\n", "1:1: must be a mapping"),
    ],
)
def test_a_file_without_stores_is_refused(stores_file: Path, text: str, expected: str) -> None:
    assert str(refusal(stores_file, text)) == f"{stores_file}:{expected}"


def test_a_missing_file_is_named(stores_file: Path) -> None:
    error = refusal(stores_file)

    assert f"{stores_file}:1:1: cannot be read: No such file or directory" in str(error)
    assert "Try: TILLSAGA_CONFIG=" in str(error)


def test_a_file_in_another_encoding_is_refused(stores_file: Path) -> None:
    stores_file.write_bytes(RIGHT.replace("Amsterdam\n", "Zürich\n", 1).encode("latin-1"))

    assert "is not UTF-8 text" in str(refusal(stores_file))
