"""The page about configuration says what the settings are."""

import re
from pathlib import Path

import pytest
from temporalio.envconfig import ClientConfigProfile

from tillsaga.in_force import shown
from tillsaga.setting_names import variable
from tillsaga.settings import BESIDES, Settings

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"
WORKED_OUT = {
    "database_url": "SQLite in the data folder",
    "encryption_keys": "those of `dev` beside its database, else none",
    "secrets_dir": "`/run/secrets` where it exists",
    "audit_keys": "those of `dev` beside its database, else none",
}
"""Defaults that depend on another setting, in words."""


def rows() -> dict[str, list[str]]:
    """What the page says of each variable: its default and its meaning."""
    lines = re.findall(r"(?m)^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \| (.*) \|$", PAGE.read_text())
    return {name.strip("`"): cells.split(" | ", 1) for name, cells in lines}


@pytest.mark.parametrize("field", Settings.model_fields)
def test_each_setting_has_a_row_with_its_default_and_its_meaning(field: str) -> None:
    default, meaning = rows()[variable(field)]
    known = Settings.model_fields[field]
    plain = shown(known.default, field)

    assert default == WORKED_OUT.get(field, plain if plain == "none" else f"`{plain}`")
    assert known.description
    assert known.description.endswith(".")
    assert meaning.startswith(known.description)


def test_nothing_else_is_listed() -> None:
    ours = {name for name in rows() if name.startswith("TILLSAGA_")}

    assert ours == {*map(variable, Settings.model_fields), *BESIDES}
    assert all(rows()[name][1] == meaning for name, meaning in BESIDES.items())


def test_the_profiles_on_the_page_are_read(tmp_path: Path) -> None:
    [snippet] = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    file = tmp_path / "temporal.toml"
    file.write_text(snippet)

    def read(profile: str) -> ClientConfigProfile:
        given = {"TEMPORAL_CONFIG_FILE": str(file)}
        return ClientConfigProfile.load(profile, override_env_vars=given, config_file_strict=True)

    assert read("production").namespace == "tills.a1b2c"
    own = read("own").tls
    assert own is not None
    assert own.client_private_key == Path("/run/secrets/temporal-client.key")
