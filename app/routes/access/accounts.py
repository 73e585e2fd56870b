"""``/api/account/others``: who else may sign in, for whoever runs the computer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from app.api_models.account import (
    OtherAccountReply,
    OtherPasswordReply,
    RemovedAccountReply,
    ResetPasswordReply,
)
from app.auth.other_accounts import OtherAccounts
from app.routes.access.visits import Visits

if TYPE_CHECKING:
    from app.assistant import Assistant

Word = Annotated[str, Field(max_length=256)]


class Sure(BaseModel):
    """The password of whoever asks."""

    password: Word


class Further(Sure):
    """The name of somebody who may come in from now on."""

    name: Word


def accounts_router(assistant: Assistant) -> APIRouter:
    """``/api/account/others`` …"""
    router = APIRouter(prefix="/api/account/others", tags=["account"])
    visits = Visits(assistant)

    def others(request: Request) -> OtherAccounts:
        return OtherAccounts(visits.of(request), assistant.store.audit)

    @router.get("")
    def everybody(request: Request) -> list[OtherAccountReply]:
        return others(request).all()

    @router.post("", status_code=201)
    def add(new_account: Further, request: Request) -> OtherPasswordReply:
        return others(request).add(new_account.name, new_account.password)

    @router.post("/{number}/password")
    def reset(number: int, sure: Sure, request: Request) -> ResetPasswordReply:
        return others(request).reset(number, sure.password)

    @router.post("/{number}/remove")
    def remove(number: int, sure: Sure, request: Request) -> RemovedAccountReply:
        return others(request).remove(number, sure.password)

    return router
