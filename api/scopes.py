"""Which scopes an operation asks for, read from the dependencies that ask for them."""

from collections.abc import Iterator, Sequence

from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from api.access import Scope
from api.dependencies import Holder


def required_scopes(routes: Sequence[BaseRoute]) -> dict[str, list[Scope]]:
    """List, by operation id, the scopes of which a key needs one."""
    found: dict[str, list[Scope]] = {}
    for context in iter_route_contexts(routes):
        name = getattr(context, "operation_id", None)
        dependant = getattr(context, "dependant", None)
        if name is None or dependant is None:
            continue
        asked = [set(holder.scopes) for holder in _holders(dependant)]
        if asked:
            # Where it is asked more than once, all of them must be satisfied.
            found[name] = sorted(set.intersection(*asked))
    return found


def _holders(dependant: Dependant) -> Iterator[Holder]:
    for inner in dependant.dependencies:
        if isinstance(inner.call, Holder):
            yield inner.call
        yield from _holders(inner)
