"""The machine: Python, packages, the `temporal` program, the data folder."""

import asyncio
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from tillsaga.commands.trouble import Trouble
from tillsaga.dev.temporal_server import BINARY_VARIABLE, find_temporal
from tillsaga.doctor.finding import Finding, fault, ok, warning
from tillsaga.doctor.installation import Installation, Kind

LOCK = Path(__file__).parents[2] / "requirements" / "runtime.txt"
"""It is beside the source; an image is made from it and has it no longer."""
LEAST_FREE = 200 * 1024 * 1024
SHOWN = 3
_PINNED = re.compile(r"(?m)^([\w.-]+)(?:\[[\w,]+\])?==([^\s;]+)( ;)?")


async def python(version: tuple[int, int] = sys.version_info[:2]) -> Finding:
    """Compare with what the packages' own words say is tested."""
    written = ".".join(map(str, version))
    if f"Programming Language :: Python :: {written}" in _classifiers():
        return ok(".".join(map(str, sys.version_info[:3])))
    tested = ", ".join(line.rpartition(" ")[2] for line in _classifiers() if line[-1].isdigit())
    return warning(f"{written} is not tested; {tested} are", "use one of those")


def _classifiers() -> list[str]:
    every: list[str] = metadata.metadata("tillsaga").get_all("Classifier") or []
    return [line for line in every if re.search(r":: Python :: \d+\.\d+$", line)]


@dataclass(frozen=True)
class Pin:
    """A package of the lock; an `optional` one is for some platforms only."""

    name: str
    version: str
    optional: bool


async def packages(lock: Path = LOCK) -> Finding:
    """Compare what is installed with the lock."""
    return await asyncio.to_thread(_compared, lock)


def _compared(lock: Path) -> Finding:
    if not lock.exists():
        return _without_lock()
    pins = list(_pins(lock.read_text()))
    wrong = [*_differences(pins)]
    if not wrong:
        return ok(f"{len(pins)} as locked")
    more = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
    remedy = f"make setup, or pip install --no-deps --require-hashes -r {lock}"
    return fault(f"not as locked: {', '.join(wrong[:SHOWN])}{more}", remedy)


def _pins(text: str) -> Iterator[Pin]:
    for name, version, marker in _PINNED.findall(text):
        yield Pin(name, version, bool(marker))


def _differences(pins: list[Pin]) -> Iterator[str]:
    installed = _installed()
    for pin in pins:
        found = installed.get(pin.name)
        if found is None and not pin.optional:
            yield f"{pin.name} is missing"
        elif found not in (None, pin.version):
            yield f"{pin.name} is {found} instead of {pin.version}"


def _installed() -> dict[str, str]:
    names = ((each.metadata["Name"], each.version) for each in metadata.distributions())
    return {_normal(name): version for name, version in names if name}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _without_lock() -> Finding:
    wanted = {re.split(r"[^\w.-]", line)[0] for line in metadata.requires("tillsaga") or ()}
    missing = sorted({_normal(name) for name in wanted} - _installed().keys())
    if missing:
        return fault(f"missing: {', '.join(missing)}", "install them, or take our image")
    return ok(f"{len(wanted)} that are asked for; there is no lock here to compare with")


async def temporal_cli(at: Installation) -> Finding:
    """Find the program that `tillsaga dev` and `demo` start."""
    try:
        program = find_temporal(at.environ)
    except Trouble as trouble:
        if at.environ.get(BINARY_VARIABLE):
            return fault(trouble.message, f"{trouble.hint}")
        if at.kind is Kind.OWN:
            return ok("not installed; only tillsaga dev and tillsaga demo need it")
        return warning(f"{trouble.message}; tillsaga dev needs it", f"{trouble.hint}")
    asked = await asyncio.create_subprocess_exec(
        program, "--version", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        said, _ = await asked.communicate()
    finally:
        if asked.returncode is None:
            asked.kill()
    if asked.returncode:
        return fault(f"{program} does not run", f"unset {BINARY_VARIABLE}, or install it anew")
    version = said.decode(errors="replace").strip().removeprefix("temporal version ")
    return ok(f"{version}, {_origin(program, at.environ)}")


def _origin(program: Path, environ: Mapping[str, str]) -> str:
    if environ.get(BINARY_VARIABLE):
        return f"by {BINARY_VARIABLE}"
    return "beside Python" if program.parent == Path(sys.executable).parent else f"at {program}"


async def data_folder(at: Installation) -> Finding:
    """Try to write there, or where it would be made."""
    folder = at.settings.data_dir
    if at.kind is Kind.OWN and at.settings.database_url is not None:
        return ok("not used: TILLSAGA_DATABASE_URL says where the records are")
    there = _nearest(folder.absolute())
    remedy = "let TILLSAGA_DATA_DIR name a folder that this user may write"
    if folder.exists() and not folder.is_dir():
        return fault(f"{folder} is no folder", remedy)
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"\0")
        free = shutil.disk_usage(there).free
    except OSError as refused:
        return fault(f"{folder} cannot be written: {refused.strerror}", remedy)
    megabytes = f"{free // 1024**2} MB free"
    if free < LEAST_FREE:
        return warning(f"{folder}: only {megabytes}", "make room: a full disk stops every sale")
    return ok(f"{folder}: {megabytes}" + ("" if folder.exists() else "; not made yet"))


def _nearest(folder: Path) -> Path:
    """The folder or, while it is not made yet, what is above it."""
    return next(each for each in (folder, *folder.parents) if os.path.lexists(each))
