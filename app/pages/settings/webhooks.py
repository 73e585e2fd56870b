"""Webhooks: addresses that are told when a recording is finished. None until one is added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from app.notifications.webhook_urls import LONGEST_URL
from app.pages.messages import refusal, tell, warn
from app.pages.settings.section import CopyField, chosen
from app.pages.shell import QUIET, Updates, markdown, ordered
from app.presentation.i18n import t
from app.presentation.markdown import plain
from app.presentation.time_text import moment_words
from memory.repositories.webhooks import Hook

if TYPE_CHECKING:
    from app.assistant import Assistant


class WebhookSection:
    """The webhooks of a home: first where one leads, and with the person's leave it is added."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        gr.Markdown(f"### {t('Webhooks')}")
        markdown(
            t(
                "An address that is told when a recording is finished or has failed. It gets "
                "counts and states, never what was said or seen. There is none until you add one."
            )
        )
        self.secret = CopyField(
            t(
                "It is added. Its messages are signed with this secret; copy it now, it is not "
                "shown again:"
            ),
            "eb-set-hook-secret",
            visible=False,
        )
        with gr.Column(visible=False, min_width=0) as self.listed:
            self.hooks = gr.Radio([], label=t("Addresses that are told"))
            with gr.Row(elem_classes="eb-buttons"):
                test = gr.Button(t("Send a test"))
                remove = gr.Button(t("Remove this address"))
        with gr.Accordion(t("Add a webhook"), open=False, elem_id="eb-set-add-hook"):
            self.url = gr.Textbox(
                label=t("Address of the webhook"),
                placeholder="http://127.0.0.1:8123/hook",
                max_length=LONGEST_URL,
                max_lines=1,
            )
            look = gr.Button(t("See where it leads"))
            self.agreement = markdown(visible=False, elem_classes="eb-note")
            self.agree = gr.Button(t("I agree: add it"), visible=False, variant="primary")
        self.agreed = gr.State("")  # the address whose agreement is shown
        self.outputs = [self.listed, self.hooks]
        asked = [self.agreement, self.agree, self.agreed]
        changed = [*self.outputs, *asked, *self.secret.outputs, self.url]
        in_order = ordered("settings")
        gr.on([look.click, self.url.submit], self.look, self.url, asked, **in_order)
        agreed = [self.agreement, self.agreed]
        self.agree.click(self.add, agreed, changed, **ordered("settings", "once")).success(
            None, None, None, js=self.secret.focus(), **QUIET
        )
        tested = test.click(self.test, self.hooks, None, trigger_mode="multiple", **QUIET)
        tested.then(self.show, None, self.outputs, **in_order)
        remove.click(self.remove, self.hooks, changed, **in_order)

    def look(self, url: str) -> Updates:
        """Where an address leads, and what is agreed to by adding it."""
        agreement = self._assistant.hooks.agreement(str(url or "")[:LONGEST_URL])
        return {
            self.agreement: gr.Markdown(plain(agreement), visible=True),
            self.agree: gr.Button(visible=True),
            self.agreed: url,
        }

    def add(self, read: str, url: str) -> Updates:
        """Adds the address whose agreement was ``read``; its secret is shown this once."""
        if read != plain(self._assistant.hooks.agreement(url)):
            return self.look(url)  # what was asked about meanwhile
        hook = self._assistant.hooks.add(url)
        return (
            self.show()
            | self.secret.give(hook.secret)
            | {
                self.url: "",
                self.agreement: gr.Markdown(visible=False),
                self.agree: gr.Button(visible=False),
                self.agreed: "",
            }
        )

    def test(self, hook: str | None) -> None:
        """Sends a message that says that it is a test."""
        which = chosen(hook, t("Choose a webhook first."))
        try:
            trouble = self._assistant.hooks.test(which)
        except KeyError as error:
            raise refusal(t("There is no such webhook.")) from error
        if trouble:
            warn(t("The test was not taken: {why}", why=trouble))
        else:
            tell(t("The test was taken."))

    def remove(self, hook: str | None) -> Updates:
        """Removes one, and what was on its way to it."""
        which = chosen(hook, t("Choose a webhook first."))
        if not self._assistant.hooks.remove(which):
            raise refusal(t("There is no such webhook."))
        left = self.show()
        left[self.hooks]["value"] = None
        return left | self.secret.take()

    def show(self) -> Updates:
        """Every webhook and how it is; never its secret."""
        choices = [(self._words(hook), hook.id) for hook in self._assistant.hooks.all()]
        return {
            self.listed: gr.Column(visible=bool(choices)),
            self.hooks: gr.update(choices=choices),
        }

    def _words(self, hook: Hook) -> str:
        state = t("Not used yet")
        if hook.trouble:
            state = t("The last message was not taken: {why}", why=hook.trouble)
        elif hook.reached:
            reached = moment_words(hook.reached, self._assistant.timezone)
            state = t("Last reached {when}", when=reached)
        waiting = t("Messages that wait: {n}", n=hook.waiting) if hook.waiting else ""
        return " · ".join(filter(None, (hook.url, state, waiting)))
