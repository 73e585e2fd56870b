"""``/api/account/grants``: who may ask one's memories, and whose one may ask.

They are given on the page Privacy and by ``egobutler grants give``, with the owner's password.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request

from app.across.granting import end_grant, grants_json
from app.api_models.account import GrantsReply
from app.auth.errors import AuthRefused
from app.presentation.i18n import t
from app.routes.access.visits import Visits, account_of


def add_grants(router: APIRouter, visits: Visits) -> None:
    """Adds ``/grants``."""

    @router.get("/grants")
    def grants(request: Request) -> GrantsReply:
        seen = visits.of(request)
        return GrantsReply.model_validate(grants_json(seen.accounts, account_of(seen)))

    @router.delete("/grants/{name}", status_code=204)
    def end(name: Annotated[str, Path(max_length=200)], request: Request) -> None:
        """Lets somebody ask no more, from their next question on."""
        seen = visits.of(request)
        try:
            end_grant(seen.accounts, account_of(seen), seen.accounts.get(name))
        except AuthRefused:
            raise HTTPException(404, t("They may ask nothing of you.")) from None
