"""People who may sign in: shown to whoever runs the computer, once there are accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr
from fastapi import HTTPException

from app.api_models.account import OtherAccountReply
from app.auth.other_accounts import OtherAccounts
from app.pages.event_context import origin, web_request
from app.pages.messages import tell
from app.pages.settings.section import CopyField, password, placed
from app.pages.shell import QUIET, Updates, markdown, ordered
from app.presentation.i18n import t
from app.presentation.markdown import plain
from app.presentation.time_text import moment_words
from app.routes.access.visits import Visits

if TYPE_CHECKING:
    from app.assistant import Assistant


class PeopleSection:
    """Who else may sign in; every change takes the own password once more."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant, self._visits = assistant, Visits(assistant)
        with placed(t("People who may sign in"), "eb-set-people", visible=False) as self.section:
            markdown(
                t(
                    "Everybody has a library of their own: nobody sees another's recordings here. "
                    "Whoever runs the computer can open its folders, though."
                )
            )
            self.secret = CopyField(
                t("Password, shown only this once"), "eb-set-first-password", visible=False
            )
            self.people = gr.Radio([], label=t("Who may sign in"))
            with gr.Row(visible=False, elem_classes="eb-buttons") as self.buttons:
                reset = gr.Button(t("New password"))
                remove = gr.Button(t("Remove sign-in"))
            with gr.Column(visible=False, min_width=0) as self.asking:
                self.question = markdown()
                self.sure = password(t("Your own password"), "current-password")
                with gr.Row(elem_classes="eb-buttons"):
                    self.do_reset = gr.Button(t("New password"), variant="primary")
                    self.do_remove = gr.Button(t("Remove sign-in"), variant="stop")
                    cancel = gr.Button(t("Cancel"))
            with gr.Accordion(t("Let somebody sign in"), open=False):
                markdown(
                    t(
                        "They get an empty library of their own, and a first password that you "
                        "hand over. They can change it under Settings, Account."
                    )
                )
                self.name = gr.Textbox(label=t("Name of the person"), max_length=32, max_lines=1)
                self.own = password(t("Your own password"), "current-password")
                add = gr.Button(t("Let them sign in"), variant="primary")
        self.asked = gr.State(0)  # the account that the question is about
        self.outputs = [self.section, self.people]
        asked = [self.asking, self.question, self.asked, self.sure, self.do_reset, self.do_remove]
        changed = [*self.outputs, *asked, self.buttons, *self.secret.outputs, self.name, self.own]
        in_order, once = ordered("settings"), ordered("settings", "once")
        self.people.input(self.choose, self.people, [self.buttons, self.asking], **in_order)
        reset.click(self.ask_reset, self.people, asked, **in_order)
        remove.click(self.ask_remove, self.people, asked, **in_order)
        cancel.click(self.forget, None, [self.asking, self.sure], **once)
        sure = [self.asked, self.sure]
        done = [
            self.do_reset.click(self.reset, sure, changed, **once),
            gr.on([add.click, self.own.submit], self.add, [self.name, self.own], changed, **once),
        ]
        self.do_remove.click(self.remove, sure, changed, **once)
        for one in done:
            one.success(None, None, None, js=self.secret.focus(), **QUIET)

    def show(self) -> Updates:
        """Everybody, to whoever may know."""
        try:
            choices = self._choices()
        except HTTPException:
            return {self.section: gr.Column(visible=False)}
        return {self.section: gr.Column(visible=True), self.people: gr.Radio(choices=choices)}

    def choose(self, number: Any) -> Updates:
        """Somebody was chosen; what can be done with their account."""
        person = self._person(number)
        return {
            self.buttons: gr.Row(visible=person.changeable),
            self.asking: gr.Column(visible=False),
        }

    def ask_reset(self, number: Any) -> Updates:
        """Says what a new password does, and asks for the own one."""
        person = self._person(number)
        about = t(
            "{name} gets a new password, which is shown to you once, and is signed out everywhere.",
            name=person.name,
        )
        return self._ask(person, about, removes=False)

    def ask_remove(self, number: Any) -> Updates:
        """Says what removing a sign-in does, and asks for the own password."""
        person = self._person(number)
        about = t(
            "{name} will not be able to sign in any more. The recordings stay, in {home}.",
            name=person.name,
            home=person.home,
        )
        return self._ask(person, about, removes=True)

    def forget(self) -> Updates:
        """Nothing is changed after all."""
        return {self.asking: gr.Column(visible=False), self.sure: ""}

    def add(self, name: str, own: str) -> Updates:
        """Lets somebody in."""
        made = self._others().add(str(name or ""), str(own or ""))
        label = t(
            "{name} can sign in at {address} now. First password, shown only this once:",
            name=made.name,
            address=origin(),
        )
        shown = self.secret.give(made.password, label=label)
        return shown | {self.name: "", self.own: ""} | self._done()

    def reset(self, number: Any, own: str) -> Updates:
        """Gives somebody a new password."""
        made = self._others().reset(_number(number), str(own or ""))
        label = t("New password of {name}, shown only this once:", name=made.name)
        shown = self.secret.give(made.password, label=label)
        return shown | self._done()

    def remove(self, number: Any, own: str) -> Updates:
        """Ends a sign-in."""
        gone = self._others().remove(_number(number), str(own or ""))
        tell(
            t(
                "{name} can no longer sign in. The recordings are still in {home}.",
                name=gone.name,
                home=gone.home,
            )
        )
        return self.secret.take() | self._done()

    def _others(self) -> OtherAccounts:
        return OtherAccounts(self._visits.of(web_request()), self._assistant.store.audit)

    def _choices(self) -> list[tuple[str, int]]:
        return [(self._words(one), one.id) for one in self._others().all()]

    def _person(self, number: Any) -> OtherAccountReply:
        for one in self._others().all():
            if one.id == _number(number):
                return one
        raise HTTPException(404, t("There is no such account any more."))

    def _ask(self, person: OtherAccountReply, question: str, *, removes: bool) -> Updates:
        return {
            self.asking: gr.Column(visible=True),
            self.question: plain(question),
            self.asked: person.id,
            self.sure: "",
            self.do_reset: gr.Button(visible=not removes),
            self.do_remove: gr.Button(visible=removes),
        }

    def _done(self) -> Updates:
        everybody = gr.Radio(choices=self._choices(), value=None)
        return {self.people: everybody, self.buttons: gr.Row(visible=False)} | self.forget()

    def _words(self, person: OtherAccountReply) -> str:
        if person.seen is None:
            return f"{person.name} · {t('not signed in anywhere')}"
        seen = moment_words(person.seen, self._assistant.timezone)
        return f"{person.name} · {t('signed in, last seen {when}', when=seen)}"


def _number(value: Any) -> int:
    return value if type(value) is int else 0
