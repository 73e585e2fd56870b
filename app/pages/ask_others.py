"""Others whose memories the page may ask: those whose grant holds, and what they still show."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from app.across.service import AcrossService, AnswerAcross
from app.across.told import told_again
from app.ask.service import AskSeveral
from app.auth.errors import AccountsError
from app.core.errors import Refusal
from app.pages.event_context import web_request
from app.presentation.rendering import Json
from app.routes.access.visits import Visits
from memory.types.core import Scope, Turn

if TYPE_CHECKING:
    from app.assistant import Assistant


class AskOthers:
    """What whoever is served may ask of others, from the page of one home."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant, self._visits = assistant, Visits(assistant)

    def names(self) -> list[str]:
        """Whom they may ask now; nobody where nobody has an account."""
        with suppress(AccountsError):
            seen = self._visits.of(web_request())
            if seen.account is not None:
                grants = seen.accounts.grants.given_to(seen.account.id)
                givers = (seen.accounts.by_id(grant.giver) for grant in grants)
                return [giver.name for giver in givers if giver is not None]
        return []

    def asking(self, names: Sequence[str]) -> AskSeveral:
        """Asks these, too; who may not is refused in words."""
        accounts = self._visits.of(web_request()).accounts

        def ask(question: str, scope: Scope, earlier: Sequence[Turn]) -> AnswerAcross:
            try:
                service = AcrossService(self._assistant, accounts)
                return service.ask(names, question, scope=scope, earlier=earlier)
            except AccountsError as error:
                raise Refusal(str(error)) from error

        return ask

    def retold(self, page: Json) -> Json:
        """A kept answer with what others still show of it."""
        accounts = self._visits.of(web_request()).accounts
        return told_again(page, accounts, self._assistant.home)
