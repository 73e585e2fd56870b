"""``/api/settings``: what may be chosen (GET), choosing it (POST), the models and their fetch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, Field

from app.api_models.library import StorageReply
from app.api_models.settings import ModelsReply, PlanReply, SettingsReply
from app.auth.request_context import owns_the_computer
from app.models.plan.fetch import plan_here
from app.models.setting_choices import LONGEST
from app.presentation.i18n import t
from app.views.queue_view import storage_of
from app.views.settings_view import models_json, plan_json, settings_json

if TYPE_CHECKING:
    from app.assistant import Assistant


class SettingIn(BaseModel):
    """A setting by its name; null or empty takes the choice back."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    value: Annotated[str, Field(max_length=LONGEST)] | None = None


class FetchIn(BaseModel):
    """Bundles of weights to fetch; null: all that the models in use are missing."""

    bundles: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=50)] | None = (
        None
    )


def settings_router(assistant: Assistant) -> APIRouter:
    """``/api/settings``, ``…/plan``, ``…/models``, ``…/fetch``, ``…/stop``, ``…/storage``."""
    router = APIRouter(prefix="/api/settings", tags=["settings"])
    service, fetch = assistant.choosing, assistant.choosing.fetch
    storage = storage_of(assistant)

    @router.get("")
    def settings() -> SettingsReply:
        return settings_json(assistant)

    @router.post("")
    def choose(what: SettingIn, request: Request) -> SettingsReply:
        service.choose(what.name, what.value or None, owner=owns_the_computer(request))
        return settings_json(assistant)

    @router.get("/storage")
    def kinds() -> StorageReply:
        return storage.json()

    @router.get("/plan")
    def plan() -> PlanReply:
        return plan_json(assistant, plan_here(assistant.brains.weights))

    @router.post("/plan")
    def accept(request: Request) -> ModelsReply:
        service.accept_plan(owner=owns_the_computer(request))
        return models_json(assistant, fetch.state)

    @router.get("/models")
    def models() -> ModelsReply:
        return models_json(assistant, fetch.state)

    @router.post("/models/fetch")
    def start(what: FetchIn) -> ModelsReply:
        known = assistant.brains.weights.catalogue.bundles
        unknown = [name for name in what.bundles or () if name not in known]
        if unknown:
            raise HTTPException(422, t("There is no model called “{name}”.", name=unknown[0]))
        missing = models_json(assistant, fetch.state).missing
        fetch.start(missing if what.bundles is None else what.bundles)
        return models_json(assistant, fetch.state)

    @router.post("/models/stop")
    def stop() -> ModelsReply:
        fetch.stop()
        return models_json(assistant, fetch.state)

    return router
