"""The account: the first one, its password, and the browsers that are signed in.

What hands this browser a cookie is posted by ``static/settings.js``: an event of Gradio cannot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from app.pages.event_context import web_request
from app.pages.messages import refusal, tell
from app.pages.settings.section import chosen, password, placed
from app.pages.shell import QUIET, Updates, call_script, markdown, ordered
from app.presentation.i18n import t
from app.presentation.markdown import plain
from app.presentation.time_text import moment_words
from app.routes.access.sessions import end_session, sessions_json
from app.routes.access.visits import Visits

if TYPE_CHECKING:
    from app.api_models.account import SessionReply
    from app.assistant import Assistant


_MAKE = call_script("settings", "sent('/api/account', { name, password })", "name, password")
_CHANGE = call_script(
    "settings", "sent('/api/account/password', { old, new: fresh })", "old, fresh"
)
_LEAVE = call_script(
    "settings", "sent('/api/account/sign-out-everywhere', {}).then(() => location.reload())"
)


class AccountSection:
    """Who is signed in, and where."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant, self._visits = assistant, Visits(assistant)
        with placed(t("Account"), "eb-set-account"):
            self.who = markdown()
            with gr.Accordion(t("Make the first account"), open=False, visible=False) as self.first:
                name = gr.Textbox(label=t("Name"), max_length=256, max_lines=1)
                new = password(t("Password"), "new-password")
                make = gr.Button(t("Make the first account"), variant="primary")
            with gr.Column(visible=False, min_width=0) as self.others:
                self.sessions = gr.Radio([], label=t("Other browsers that are signed in"))
                end = gr.Button(t("Sign out that browser"))
            with gr.Row(visible=False, elem_classes="eb-buttons") as self.leaving:
                gr.Button(t("Sign out"), link="/sign-out")
                everywhere = gr.Button(t("Sign out everywhere"))
            with gr.Accordion(t("Change the password"), open=False, visible=False) as self.changing:
                old = password(t("Old password"), "current-password")
                fresh = password(t("New password"), "new-password")
                change = gr.Button(t("Change the password"), variant="primary")
        self.outputs = [self.who, self.first, self.others, self.sessions, self.leaving]
        self.outputs.append(self.changing)
        typed, replaced = [name, new], [old, fresh]
        self.made = gr.on(
            [make.click, new.submit],
            self.account_made,
            typed,
            [*typed, *self.outputs],
            js=_MAKE,
            **ordered("settings", "once"),
        )
        gr.on(
            [change.click, fresh.submit],
            self.password_changed,
            replaced,
            [*replaced, *self.outputs],
            js=_CHANGE,
            **ordered("settings", "once"),
        )
        self._typed, self._replaced = typed, replaced
        end.click(self.end, self.sessions, self.outputs, **ordered("settings"))
        everywhere.click(None, None, None, js=_LEAVE, **QUIET)

    def show(self) -> Updates:
        """Whose account it is, and where they are signed in."""
        seen = self._visits.of(web_request())
        sessions = sessions_json(seen)
        mine = [one for one in sessions if one.current]
        others = [(self._words(one), one.id) for one in sessions if not one.current]
        account = seen.account
        if account is None:
            who = t(
                "Nobody has an account yet. With one, the app asks for a name and a password "
                "before it shows anything."
            )
        else:
            who = t("Signed in as {name}.", name=account.name)
        lines = [who, *(f"{self._words(one)} · {t('this browser')}" for one in mine)]
        return {
            self.who: "\n\n".join(map(plain, lines)),
            self.first: gr.Accordion(visible=account is None),
            self.others: gr.Column(visible=bool(others)),
            self.sessions: gr.update(choices=others),
            self.leaving: gr.Row(visible=account is not None),
            self.changing: gr.Accordion(visible=account is not None),
        }

    def account_made(self, why: str, _: str) -> Updates:
        """The first account is made, or was refused: ``why``."""
        if why:
            raise refusal(why)
        tell(t("The account is made."))
        return dict.fromkeys(self._typed, "") | self.show()

    def password_changed(self, why: str, _: str) -> Updates:
        """The password is another, or was refused: ``why``."""
        if why:
            raise refusal(why)
        tell(t("The password is changed; other browsers are signed out."))
        return dict.fromkeys(self._replaced, "") | self.show()

    def end(self, session: str | None) -> Updates:
        """Signs another browser out."""
        which = chosen(session, t("Choose a browser first."))
        end_session(self._visits, self._visits.of(web_request()), which)
        left = self.show()
        left[self.sessions]["value"] = None
        return left

    def _words(self, session: SessionReply) -> str:
        seen = moment_words(session.seen, self._assistant.timezone)
        return t("{device}, last seen {when}", device=session.device, when=seen)
