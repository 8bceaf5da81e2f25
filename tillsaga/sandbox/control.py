"""The control plane under `/_sandbox`: books, log, clock, faults, switches, world.

It needs no token: it is for whoever runs the sandbox.
"""

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tillsaga.sandbox.books import Clock, parse_moment, stamp
from tillsaga.sandbox.faults import KINDS, Desk, Rule
from tillsaga.sandbox.tampering import TAMPERS, Tampered, tamper
from tillsaga.sandbox.vendor import Acting, SeedRefused, Vendor, default_switches

SWITCHES = TypeAdapter(dict[str, dict[str, Any]])


class ClockSetting(BaseModel):
    """Exactly one of three: jump ahead, stand still at a moment, or back to real time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    advance_seconds: float | None = None
    now: str | None = None
    real: bool | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "ClockSetting":
        if len(self.model_fields_set) != 1:
            raise ValueError("send one of advance_seconds, now, real")
        if self.now is not None:
            parse_moment(self.now)
        return self


class Control:
    """The control plane's handlers, over every vendor in the sandbox."""

    def __init__(self, vendors: dict[str, Vendor], desk: Desk, clock: Clock) -> None:
        """Control these vendors."""
        self._vendors, self._desk, self._clock = vendors, desk, clock

    def routes(self) -> list[Route]:
        """List the routes, to be mounted at `/_sandbox`."""
        return [
            Route("/", self.index),
            Route("/books", self.books),
            Route("/books/{vendor}", self.books),
            Route("/reset", self.reset, methods=["POST"]),
            Route("/requests", self.requests, methods=["GET", "DELETE"]),
            Route("/requests/{n}", self.request),
            Route("/clock", self.clock, methods=["GET", "POST"]),
            Route("/faults", self.faults, methods=["GET", "POST", "DELETE"]),
            Route("/faults/{id}", self.drop_fault, methods=["DELETE"]),
            Route("/kinds", self.kinds),
            Route("/switches", self.switches, methods=["GET", "POST", "DELETE"]),
            Route("/seed/{vendor}", self.seed, methods=["POST"]),
            Route("/tamper/{vendor}", self.tamper, methods=["POST"]),
            Route("/{vendor}/{action}", self.act, methods=["POST"]),
        ]

    async def index(self, _: Request) -> Response:
        """List each vendor's operations and switches with their values, defaults first."""
        return JSONResponse(
            {
                name: {"operations": vendor.operations(), "switches": vendor.allowed_switches}
                for name, vendor in self._vendors.items()
            }
        )

    async def books(self, request: Request) -> Response:
        """Show the books of one vendor, or of all by name."""
        name = request.path_params.get("vendor")
        if name is None:
            return JSONResponse({name: vendor.dump() for name, vendor in self._vendors.items()})
        return JSONResponse(self._vendors[name].dump()) if name in self._vendors else _unknown()

    async def reset(self, _: Request) -> Response:
        """Go back to the documented world; clears faults, log, switches and clock."""
        self._clock.real()
        self._desk.clear()
        for vendor in self._vendors.values():
            vendor.switches = default_switches(vendor)
            vendor.load_world()
        return JSONResponse({"reset": sorted(self._vendors)})

    async def requests(self, request: Request) -> Response:
        """Show or clear the request log, oldest first; `late` counts effects still to come.

        With `?correlation=` only what was sent under that name.
        """
        if request.method == "DELETE":
            self._desk.forget_requests()
        named = request.query_params.get("correlation")
        log = (e for e in self._desk.log if named is None or e.correlation == named)
        entries = [asdict(entry) for entry in log]
        return JSONResponse({"requests": entries, "late": self._desk.to_come})

    async def request(self, request: Request) -> Response:
        """Show one request as it was sent, with the names of its secrets; the latest are kept."""
        n = request.path_params["n"]
        found = self._desk.whole(int(n)) if n.isdecimal() else None
        return _unknown() if found is None else JSONResponse(found)

    async def clock(self, request: Request) -> Response:
        """Show or set the clock."""
        if request.method == "POST":
            setting = ClockSetting.model_validate_json(await request.body())
            if setting.advance_seconds is not None:
                self._clock.advance(setting.advance_seconds)
            elif setting.now is not None:
                self._clock.stop_at(parse_moment(setting.now))
            else:
                self._clock.real()
        return JSONResponse({"now": stamp(self._clock.now())})

    async def faults(self, request: Request) -> Response:
        """Show, add or remove fault rules."""
        if request.method == "DELETE":
            self._desk.standing.clear()
        if request.method == "POST":
            rule = Rule.model_validate_json(await request.body())
            if complaint := self._complaint(rule):
                return _bad(complaint)
            return JSONResponse(self._desk.add(rule).shown(), status_code=201)
        return JSONResponse({"faults": [held.shown() for held in self._desk.standing.values()]})

    async def kinds(self, _: Request) -> Response:
        """List the kinds of faults, and the schema of the rules that arm them."""
        kinds = [asdict(kind) for kind in KINDS]
        return JSONResponse({"kinds": kinds, "rule": Rule.model_json_schema()})

    def _complaint(self, rule: Rule) -> str | None:
        vendor = self._vendors.get(rule.vendor)
        if vendor is None:
            return f"no such vendor: {rule.vendor}"
        known = {operation["name"] for operation in vendor.operations()}
        if rule.operation is not None and rule.operation not in known:
            return f"no such operation: {rule.operation}"
        return _strange_switch(vendor, rule.switches or {})

    async def drop_fault(self, request: Request) -> Response:
        """Remove one fault rule."""
        gone = self._desk.standing.pop(request.path_params["id"], None)
        return _unknown() if gone is None else JSONResponse(gone.shown())

    async def switches(self, request: Request) -> Response:
        """Show, set or put back the switches, by vendor."""
        if request.method == "DELETE":
            for vendor in self._vendors.values():
                vendor.switches = default_switches(vendor)
        if request.method == "POST":
            wanted = SWITCHES.validate_json(await request.body())
            for name, values in wanted.items():
                if name not in self._vendors:
                    return _bad(f"no such vendor: {name}")
                if complaint := _strange_switch(self._vendors[name], values):
                    return _bad(complaint)
            for name, values in wanted.items():
                self._vendors[name].switches.update(values)
        return JSONResponse({name: vendor.switches for name, vendor in self._vendors.items()})

    async def seed(self, request: Request) -> Response:
        """Add objects to a vendor's world; answers their ids."""
        vendor = self._vendors.get(request.path_params["vendor"])
        if vendor is None:
            return _unknown()
        return JSONResponse(vendor.add(await request.json()), status_code=201)

    async def tamper(self, request: Request) -> Response:
        """Do to a vendor's books what should never happen to them; answers how much was done."""
        vendor = self._vendors.get(request.path_params["vendor"])
        if not isinstance(vendor, Tampered):
            return _unknown()
        tampers = TAMPERS.validate_json(await request.body())
        tamper(vendor, tampers)
        return JSONResponse({"tampered": len(tampers)})

    async def act(self, request: Request) -> Response:
        """Have a vendor do something of its own accord; answers what came of it."""
        vendor = self._vendors.get(request.path_params["vendor"])
        act = None
        if isinstance(vendor, Acting):
            act = vendor.actions.get(request.path_params["action"])
        return _unknown() if act is None else JSONResponse(await act(await request.json()))


def _strange_switch(vendor: Vendor, wanted: dict[str, Any]) -> str | None:
    for name, value in wanted.items():
        allowed = vendor.allowed_switches.get(name)
        if allowed is None:
            return f"no such switch: {name}"
        # Not `in`: JSON's 1 is no true.
        if not any(value == one and type(value) is type(one) for one in allowed):
            return f"{name} takes one of {allowed}"
    return None


def explain(_: Request, wrong: Exception) -> Response:
    """Answer 400 with what was wrong about a control request."""
    if isinstance(wrong, ValidationError):
        lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in wrong.errors()]
        return _bad("; ".join(lines))
    return _bad(str(wrong))


EXPLAINED: tuple[type[Exception], ...] = (ValidationError, SeedRefused, ValueError)


def _bad(detail: str) -> Response:
    return JSONResponse({"error": detail}, status_code=400)


def _unknown() -> Response:
    return JSONResponse({"error": "no such thing"}, status_code=404)
