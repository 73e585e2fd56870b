"""The user of a request, and its entry in the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import HTTPException, Request

from app.auth.accounts import Account, Accounts
from app.auth.request_context import RequestContext, visit_of
from app.presentation.i18n import t

if TYPE_CHECKING:
    from app.assistant import Assistant


class Visits:
    """Visits to one home. An app that is served without the front knows its own accounts."""

    def __init__(self, assistant: Assistant) -> None:
        self._audit = assistant.store.audit
        self._alone = Accounts(assistant.home)

    def of(self, request: Request | None) -> RequestContext:
        """The visit that a request is, also one that an event of Gradio came with."""
        visit = None if request is None else visit_of(request)
        return visit or RequestContext(self._alone)

    def tell(self, who: str, what: str, detail: str = "") -> None:
        """Enters what somebody did."""
        self._audit.write(who, what, detail)


def account_of(seen: RequestContext) -> Account:
    """The account that visits. Raises HTTPException where there is none."""
    if seen.account is None:
        raise HTTPException(409, t("Nobody has an account yet."))
    return seen.account
