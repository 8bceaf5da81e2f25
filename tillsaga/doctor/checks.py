"""All that the doctor looks at, in the order in which it is told."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from pydantic import ValidationError

from tillsaga.doctor import clock, configuration, machine, ports, records, temporal, vendors
from tillsaga.doctor.finding import Check, Finding
from tillsaga.doctor.installation import Installation, Kind

VENDOR_SECONDS = 20
"""A knock at each of three addresses, a token, a read."""

_Look = Callable[[Installation], Awaitable[Finding]]


def checks_of(at: Installation) -> list[Check]:
    """List the checks that make sense for what is there."""
    checks = list(_of_the_machine(at))
    if at.kind is not Kind.NOTHING:
        checks += _of_what_is_kept(at)
    if at.kind in (Kind.DEV, Kind.OWN):
        checks += [*_of_what_runs(at), *_of_vendors(at)]
    return checks


def _of_the_machine(at: Installation) -> Iterator[Check]:
    yield _check("installation", configuration.installation, at)
    yield _check("settings", configuration.settings, at)
    yield _check("setting-names", configuration.setting_names, at)
    yield Check("python", machine.python)
    yield Check("packages", machine.packages)
    yield _check("temporal-cli", machine.temporal_cli, at)
    yield _check("data-folder", machine.data_folder, at, "settings")
    yield _check("api-port", ports.api_port, at, "settings")
    yield _check("worker-port", ports.worker_port, at, "settings")


def _of_what_is_kept(at: Installation) -> Iterator[Check]:
    yield _check("stores-file", configuration.stores_file, at, "settings")
    yield _check("credentials", configuration.credentials, at, "settings")
    yield _check("audit-keys", configuration.audit_keys, at, "settings")
    yield _check("database", records.database, at, "settings")
    yield _check("schema", records.schema, at, "database")
    yield _check("encryption-keys", records.encryption_keys, at, "schema")


def _of_what_runs(at: Installation) -> Iterator[Check]:
    yield _check("temporal", temporal.temporal, at)
    yield _check("namespace", temporal.namespace, at, "temporal")
    yield _check("search-attributes", temporal.search_attributes, at, "namespace")
    yield _check("workers", temporal.workers, at, "settings", "namespace")
    yield _check("clock", clock.clock, at, "settings")


def _of_vendors(at: Installation) -> Iterator[Check]:
    try:
        found = list(at.stores.vendors)
    except ValidationError:
        return  # `settings` says so
    for one in found:
        look = partial(vendors.vendor, at, one)
        yield Check(f"vendor {one.name}", look, seconds=VENDOR_SECONDS)


def _check(name: str, look: _Look, at: Installation, *after: str) -> Check:
    return Check(name, partial(look, at), after)
