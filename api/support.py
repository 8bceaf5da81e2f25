"""Who works behind the tills: keys for support and for operators, and their changes."""

from typing import Annotated

from fastapi import Depends, Request

from api.dependencies import Holder, KeyHeader, VersionHeader, read_call
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


SupportCall = Annotated[Call, Depends(_support_call)]
AdminCall = Annotated[Call, Depends(_admin_call)]
