"""What a second terminal needs beside `tillsaga dev`: a file of variables to be read by a shell."""

import shlex
from pathlib import Path

from tillsaga.dev.secrets import write_private
from tillsaga.dev.stack import Stack
from tillsaga.dev.stores_template import SECRETS

NAMES = (
    "TEMPORAL_ADDRESS",
    "TILLSAGA_API_PORT",
    "TILLSAGA_CONFIG",
    "TILLSAGA_DATA_DIR",
    "TILLSAGA_TEMPORAL_UI",
    *SECRETS,
)
"""The records are found by the folder, and with them the keys that `tillsaga dev` has made."""
_HEAD = "# Made by tillsaga dev each time it starts, for other terminals: read it with `.`"


def write_environment(stack: Stack) -> Path:
    """Write the file into the stack's folder; answers where it is."""
    known = stack.environ_for_ours()
    lines = (f"export {name}={shlex.quote(known[name])}" for name in NAMES)
    path = stack.home.folder / "environment"
    write_private(path, "\n".join([_HEAD, *lines]))
    return path
