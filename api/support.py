"""Who works behind the tills: keys for support and for operators, and their changes."""

from typing import Annotated

from fastapi import Depends, Request

from api.dependencies import (
    CheckoutId,
    Holder,
    KeyHeader,
    Place,
    ServicesDep,
    VersionHeader,
    place_of,
    read_call,
)
from api.idempotency import Call
from tillsaga.records.apikeys import KeyHolder

SupportHolder = Annotated[KeyHolder, Depends(Holder("support"))]
AdminHolder = Annotated[KeyHolder, Depends(Holder("admin"))]


async def _support_call(
    request: Request, holder: SupportHolder, key: KeyHeader = None, version: VersionHeader = None
) -> Call:
    return await read_call(request, holder, key, version)


async def _admin_call(request: Request, holder: AdminHolder, key: KeyHeader = None) -> Call:
    return await read_call(request, holder, key, None)


async def _support_place(
    request: Request, services: ServicesDep, holder: SupportHolder, checkout_id: CheckoutId
) -> Place:
    return await place_of(request, services, holder, checkout_id)


SupportPlace = Annotated[Place, Depends(_support_place)]
SupportCall = Annotated[Call, Depends(_support_call)]
AdminCall = Annotated[Call, Depends(_admin_call)]
