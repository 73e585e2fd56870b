"""``/api/hooks``: webhooks, of which there are none until the owner adds one and agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response
from pydantic import BaseModel, Field

from app.notifications.webhook_urls import LONGEST_URL
from app.presentation.i18n import t
from memory.repositories.webhooks import Hook

if TYPE_CHECKING:
    from app.assistant import Assistant

Url = Annotated[str, Field(min_length=1, max_length=LONGEST_URL)]


class AddressIn(BaseModel):
    """An address that is thought of."""

    url: Url


class HookIn(AddressIn):
    """An address, and that the owner has read where it leads and agrees."""

    agreed: bool = False


class Leads(BaseModel):
    """Where an address leads, and what is agreed to by adding it."""

    where: Literal["here", "network", "internet"]
    agreement: str


class HookOut(BaseModel):
    """A webhook as it is listed: its secret is not."""

    id: str
    url: str
    added: float = Field(description="seconds UTC")
    reached: float | None = Field(description="when it last took a message, seconds UTC")
    trouble: str = Field(description="why it did not take the last one, empty where it did")
    waiting: int = Field(description="messages that are on their way to it")


class Added(HookOut):
    """A new webhook with its secret, which is shown this once."""

    secret: str


class Tested(BaseModel):
    """Whether a webhook took a test message, and why not."""

    taken: bool
    trouble: str


def hook_out(hook: Hook) -> HookOut:
    """A webhook as it is listed."""
    return HookOut(
        id=hook.id,
        url=hook.url,
        added=hook.added,
        reached=hook.reached or None,
        trouble=hook.trouble,
        waiting=hook.waiting,
    )


def hooks_router(assistant: Assistant) -> APIRouter:
    """``/api/hooks`` …"""
    router = APIRouter(prefix="/api/hooks", tags=["hooks"])
    desk = assistant.hooks

    @router.get("")
    def listed() -> list[HookOut]:
        """Every webhook."""
        return [hook_out(hook) for hook in desk.all()]

    @router.post("/where")
    def where(what: AddressIn) -> Leads:
        """Where an address leads, without sending anything there: its host's name is looked up."""
        return Leads(where=desk.where(what.url).where, agreement=desk.agreement(what.url))

    @router.post("", status_code=201, responses={409: {"description": "Not agreed to yet"}})
    def add(what: HookIn) -> Added:
        """Adds a webhook; the answer holds its secret, which is shown this once."""
        if not what.agreed:
            raise HTTPException(409, f"{desk.agreement(what.url)} Agree to that to add it.")
        hook = desk.add(what.url)
        return Added(**hook_out(hook).model_dump(), secret=hook.secret)

    @router.post("/{hook_id}/test")
    def test(hook_id: str) -> Tested:
        """Sends a message that says that it is a test."""
        try:
            trouble = desk.test(hook_id)
        except KeyError as error:
            raise HTTPException(404, t("There is no such webhook.")) from error
        return Tested(taken=not trouble, trouble=trouble)

    @router.delete("/{hook_id}", status_code=204)
    def remove(hook_id: str) -> Response:
        """Removes a webhook, and what was on its way to it."""
        if not desk.remove(hook_id):
            raise HTTPException(404, t("There is no such webhook."))
        return Response(status_code=204)

    return router
