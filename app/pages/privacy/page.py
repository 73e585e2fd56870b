"""Privacy: forget a time, a person or a place and see that it is gone; rules, who may ask, the log.

The sections are there once the page has come into view and the server has filled them, so that
nothing that is typed is overwritten. ``static/privacy.js`` says when that is, and what another page
would have forgotten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from app.pages.privacy.fields import choice_of
from app.pages.privacy.forget_events import OfferedNames
from app.pages.privacy.forgetting import forgetting
from app.pages.privacy.grants import GrantSection
from app.pages.privacy.keeping import KeepSection
from app.pages.privacy.records import ConnectionSection, LogSection, ProofSection
from app.pages.privacy.rules import BystanderSection, RuleSection
from app.pages.shell import Updates, focus_on, ordered, sent_data, signals
from app.presentation.i18n import t

if TYPE_CHECKING:
    from app.assistant import Assistant


def page(assistant: Assistant) -> None:
    """Places the page, and what its components do."""
    PrivacyPage(assistant)


class PrivacyPage:
    """The page in one home."""

    def __init__(self, assistant: Assistant) -> None:
        """Places it."""
        self._assistant = assistant
        signal = signals("privacy")
        gr.Markdown(
            t(
                "Your recordings stay on this computer. Here you decide what is kept, and take "
                "back what should never have been recorded."
            )
        )
        self._opening = gr.Markdown(t("Opening …"), elem_classes="eb-quiet")
        with gr.Column(visible=False, elem_id="eb-privacy-body") as self._body:
            self._place_pause()
            self.forget, gone = forgetting(assistant)
            self.rules, self.bystanders = RuleSection(assistant), BystanderSection(assistant)
            self.grants = GrantSection(assistant)
            self.safe = KeepSection(assistant)
            self._connections = ConnectionSection(assistant)
            ProofSection(assistant)
            self.log = LogSection(assistant)
        self._filled = gr.State(False)
        self._wire(signal, gone)

    def _place_pause(self) -> None:
        with gr.Row(elem_classes="eb-card eb-pause"):
            self.taken_in = gr.Markdown(elem_classes="eb-status")
            self.turn = gr.Button(scale=0)
        pausing = ordered("privacy", "once")
        self.turn.click(self.pause, [self.turn], [self.taken_in, self.turn], **pausing)

    def _wire(self, signal: gr.HTML, gone: gr.events.Dependency) -> None:
        parts = self.forget.parts
        outputs = [
            *(self._opening, self._body, self._filled, self.taken_in, self.turn),
            *(self.safe.last, self._connections.listed, self.log.listed),
            *(*self.rules.outputs, *self.bystanders.outputs, *self.grants.outputs, *parts.all),
        ]
        for happens in (signal.focus, signal.select):
            filled = [self._filled, parts.offered]
            opened = happens(self.open, filled, outputs, **ordered("privacy"))
        opened.then(None, None, None, js=focus_on("eb-would-go"))
        gone.then(self._offer, [parts.offered], parts.all, **ordered("privacy"))
        changes = [gone, *self.rules.changes, *self.bystanders.changes, *self.safe.changes]
        changes += self.grants.changes
        self.log.after(*changes)
        for made in self.safe.changes:
            made.then(self.safe.last_words, None, [self.safe.last], **ordered("privacy"))

    def open(self, sent: gr.EventData, filled: bool, offered: OfferedNames | None) -> Updates:
        """The page comes into view, is in view for a while, or is to forget something."""
        choice = choice_of(sent_data(sent).get("forget"))
        updates = {
            **self._pausing(),
            self.safe.last: self.safe.last_words(),
            self.log.listed: self.log.read(),
            **self.forget.offer(offered, choice),
            **self.grants.show(),
        }
        if not filled:
            updates |= {
                self._opening: gr.Markdown(visible=False),
                self._body: gr.Column(visible=True),
                self._filled: True,
                self._connections.listed: self._connections.look(),
                **self.rules.fill(),
                **self.bystanders.fill(),
            }
        return updates

    def _offer(self, offered: OfferedNames | None) -> Updates:
        return self.forget.offer(offered)

    def pause(self, words: str) -> Updates:
        """Does what the button said when it was pressed."""
        if words == t("Pause"):
            self._assistant.queue.pause()
        else:
            self._assistant.queue.unpause()
        return self._pausing()

    def _pausing(self) -> Updates:
        paused = self._assistant.queue.paused
        words = (
            t("Paused: nothing new is being watched or listened to.")
            if paused
            else t("New recordings are being taken in.")
        )
        return {self.taken_in: words, self.turn: gr.Button(t("Go on") if paused else t("Pause"))}
