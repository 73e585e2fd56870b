"""Settings: how the pages look, what runs, how much room is taken, who may come in, what this is.

``static/settings.js`` says when the page comes into view, and posts what gives this browser a
cookie. ``static/frame.js`` keeps, in this browser, how the pages look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from app.pages.settings.about import AboutSection, StorageSection
from app.pages.settings.account import AccountSection
from app.pages.settings.choices import ChoiceFields, TimezoneField
from app.pages.settings.models import ModelSection
from app.pages.settings.people import PeopleSection
from app.pages.settings.programs import TokenSection
from app.pages.settings.section import Section, placed
from app.pages.settings.webhooks import WebhookSection
from app.pages.shell import QUIET, Updates, call_script, ordered, signals
from app.presentation.i18n import LANGUAGES, language, t

if TYPE_CHECKING:
    from app.assistant import Assistant

_SPEAK = call_script("words", "speak(code)", "code")
_CHOSEN = call_script("frame", "chosen()")
_KEEP = call_script("frame", "keep('%s', value)", "value")


def page(assistant: Assistant) -> None:
    """Places the page, and what its components do."""
    signal = signals("settings")
    with gr.Column(elem_id="eb-setting"):
        with placed(t("Pages"), "eb-set-pages"):
            large, theme = _looks()
            timezone = TimezoneField(assistant)
        with placed(t("What sees, hears and answers"), "eb-set-what"):
            models = ModelSection(assistant)
            choices = ChoiceFields(assistant)
        storage = StorageSection(assistant)
        account, people = AccountSection(assistant), PeopleSection(assistant)
        with placed(t("Programs and assistants"), "eb-set-programs"):
            tokens, hooks = TokenSection(assistant), WebhookSection(assistant)
        about = AboutSection(assistant)
    account.made.success(people.show, None, people.outputs, **ordered("settings"))
    filled = gr.State(False)
    sections: tuple[Section, ...] = (models, account, people, tokens, hooks, about)

    def show(before: bool) -> Updates:
        """What may have changed; fields are filled once: what is typed meanwhile stays."""
        updates: Updates = {filled: True}
        for section in sections:
            updates |= section.show()
        if not before:
            updates |= timezone.fill() | choices.fill() | tokens.fill()
        return updates

    shown = [output for section in sections for output in section.outputs]
    fields = [filled, *timezone.outputs, *choices.outputs]
    signal.focus(None, None, [large, theme], js=_CHOSEN, **QUIET)
    signal.focus(show, filled, [*shown, *fields], **ordered("settings", "once"))
    signal.focus(storage.show, None, storage.outputs, **QUIET)


def _looks() -> tuple[gr.Checkbox, gr.Radio]:
    """What changes at once, in this browser."""
    about = t("Changes at once, in this browser.")
    spoken = gr.Dropdown(
        [(name, code) for code, name in LANGUAGES.items()],
        value=language(),
        label=t("Language of the pages"),
        info=about,
        interactive=True,
        filterable=False,
        elem_id="eb-set-language",
    )
    themes = ((t("As this device"), ""), (t("Light"), "light"), (t("Dark"), "dark"))
    theme = gr.Radio(
        list(themes), value="", label=t("Light or dark"), info=about, elem_id="eb-set-theme"
    )
    large = gr.Checkbox(label=t("Large type"), info=about, elem_id="eb-set-large")
    spoken.input(None, spoken, None, js=_SPEAK, **QUIET)
    theme.input(None, theme, None, js=_KEEP % "theme", **QUIET)
    large.input(None, large, None, js=_KEEP % "large", **QUIET)
    return large, theme
