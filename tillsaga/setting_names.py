"""Settings by the names that people set them by, and names that are none.

Loads next to nothing, since every command reads its settings.
"""

import os
from collections.abc import Mapping
from difflib import get_close_matches

from pydantic import ValidationError

from tillsaga.settings import BESIDES, PREFIX, Settings


def variable(field: str) -> str:
    """Name the variable of a field: `api_port` is `TILLSAGA_API_PORT`."""
    return f"{PREFIX}{field.upper()}"


def unknown_names(environ: Mapping[str, str] = os.environ) -> dict[str, str | None]:
    """List the `TILLSAGA_*` names that are no setting, each with the nearest that is one."""
    known = [*map(variable, Settings.model_fields), *BESIDES]
    strange = sorted(n for n in environ if n.upper().startswith(PREFIX) and n.upper() not in known)
    return {name: _nearest(name.upper(), known) for name in strange}


def _nearest(name: str, known: list[str]) -> str | None:
    # Without the prefix, which makes every name look a little like every other.
    bare = [each.removeprefix(PREFIX) for each in known]
    found = get_close_matches(name.removeprefix(PREFIX), bare, n=1)
    return f"{PREFIX}{found[0]}" if found else None


def wrong_values(wrong: ValidationError) -> list[str]:
    """Say which variable is not what it should be, and why; no value is repeated."""
    return [
        # What is wrong with a file names the file itself.
        ": ".join([*([variable(str(error["loc"][0]))] if error["loc"] else []), error["msg"]])
        for error in wrong.errors(include_input=False, include_url=False)
    ]
