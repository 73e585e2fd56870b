"""Grants on the page: who may ask one's memories, and whose one may ask, once there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from app.across.granting import end_grant
from app.auth.accounts import Accounts
from app.auth.grants import Grant
from app.pages.event_context import web_request
from app.pages.settings.section import chosen, placed, when
from app.pages.shell import Updates, markdown, ordered
from app.presentation.i18n import t
from app.presentation.markdown import plain
from app.routes.access.visits import Visits, account_of

if TYPE_CHECKING:
    from app.assistant import Assistant

_FOREVER = 1e11  # seconds UTC; where a time ends that has no end


class GrantSection:
    """What others may ask, which ends here, and whom one may ask."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant, self._visits = assistant, Visits(assistant)
        with placed(t("Who may ask my memories"), "eb-set-grants", visible=False) as self.section:
            with gr.Column(visible=False, min_width=0) as self.given:
                self.takers = gr.Radio([], label=t("They may ask"))
                end = gr.Button(t("Let them ask no more"))
            self.taken = markdown()
        self.outputs: list[Any] = [self.section, self.given, self.takers, self.taken]
        end.click(self.end, self.takers, self.outputs, **ordered("settings"))

    def show(self) -> Updates:
        """The grants of whoever asks, those that they gave and those that they were given."""
        seen = self._visits.of(web_request())
        if seen.account is None:
            return {self.section: gr.Column(visible=False)}
        accounts = seen.accounts
        given = accounts.grants.given_by(seen.account.id)
        taken = accounts.grants.given_to(seen.account.id)
        mine = [self._words(_name(accounts, grant.giver), grant) for grant in taken]
        return {
            self.section: gr.Column(visible=bool(given or taken)),
            self.given: gr.Column(visible=bool(given)),
            self.takers: gr.update(
                choices=[
                    (self._words(name, grant), name)
                    for grant in given
                    if (name := _name(accounts, grant.taker))
                ]
            ),
            self.taken: "\n".join([t("You may ask:"), "", *(f"- {plain(one)}" for one in mine)])
            if mine
            else "",
        }

    def end(self, taker: str | None) -> Updates:
        """Lets somebody ask no more, from their next question on."""
        name = chosen(taker, t("Choose somebody first."))
        seen = self._visits.of(web_request())
        end_grant(seen.accounts, account_of(seen), seen.accounts.get(name))
        left = self.show()
        left[self.takers]["value"] = None
        return left

    def _words(self, name: str, grant: Grant) -> str:
        zone, scope = self._assistant.timezone, grant.narrowed
        bounds = [
            *([t("with {names}", names=", ".join(scope.people))] if scope.people else []),
            *([t("at {places}", places=", ".join(scope.places))] if scope.places else []),
        ]
        if scope.span is not None and scope.span.start > 0:
            bounds.append(t("from {when}", when=when(scope.span.start, zone)))
        if scope.span is not None and scope.span.end < _FOREVER:
            bounds.append(t("to {when}", when=when(scope.span.end, zone)))
        only = t("only moments {bounds}", bounds=", ".join(bounds)) if bounds else t("all moments")
        ends = when(grant.ends, zone)
        return t("{name}: {what}; until {when}", name=name, what=only, when=ends)


def _name(accounts: Accounts, number: int) -> str:
    account = accounts.by_id(number)
    return account.name if account else ""
