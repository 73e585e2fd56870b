"""Each choice of what sees, hears and answers, and the time zone that is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr

from app.models.quota_names import USUAL, quota_of, with_quota
from app.models.setting_choices import LONGEST
from app.pages.event_context import owns_the_computer
from app.pages.messages import refusal, tell
from app.pages.shell import Updates, ordered
from app.presentation.i18n import t
from app.views.settings_view import choice_json, timezone_json

if TYPE_CHECKING:
    from app.assistant import Assistant

_NAMED = ("captioner", "pictures", "embedder", "chat", "look")  # any model, by its name
_SEEING = ("captioner", "look")
_SHARED = ("captioner", "chat", "look")  # one model is in memory once where they name it alike
_WITHOUT = ("", "composed", "none")  # no model that sees
_TIMEZONE = "timezone"


class TimezoneField:
    """The clock on which days and hours are shown."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self.field = gr.Dropdown(
            [], label=t("Time zone shown"), interactive=False, elem_id="eb-set-timezone"
        )
        self.outputs = [self.field]
        self.field.input(self.keep, self.field, self.outputs, **ordered("settings"))

    def fill(self) -> Updates:
        """What there is to choose from, and what is chosen."""
        zone = timezone_json(self._assistant)
        newest = (t("Where the newest recording was made"), "")
        choices = [newest, *((name, name) for name in zone.zones)]
        return {
            self.field: gr.Dropdown(
                choices=choices, value=zone.chosen, interactive=True, info=self._about(zone.shown)
            )
        }

    def keep(self, value: Any) -> Updates:
        """Shows days and hours on this clock from now on."""
        chosen = str(value or "")
        if chosen == timezone_json(self._assistant).chosen:
            return {}  # a field that is left sends what stands there
        self._assistant.choosing.choose(_TIMEZONE, chosen or None, owner=True)
        zone = timezone_json(self._assistant).shown
        tell(t("Kept. Days and hours are shown in {zone} now.", zone=zone))
        return {self.field: gr.Dropdown(info=self._about(zone))}

    def _about(self, zone: str) -> str:
        return t(
            "Days and hours are shown on this clock: {zone}. Type a part of its name to find one.",
            zone=zone,
        )


class ChoiceFields:
    """A field for each setting; it can be used once it is filled."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self.fields: dict[str, gr.Dropdown] = {}
        self.quotas: dict[str, gr.Dropdown] = {}
        with gr.Accordion(t("Each choice"), open=False, elem_id="eb-set-choices"):
            for name, (title, about) in _titles().items():
                self.fields[name] = gr.Dropdown(
                    [],
                    label=title,
                    info=about,
                    interactive=False,
                    allow_custom_value=name in _NAMED,
                    elem_id=f"eb-set-{name}",
                )
                if name in _SEEING:
                    self.quotas[name] = gr.Dropdown(
                        _ways(),
                        label=t("What its tokens go by (QuoTA)"),
                        interactive=False,
                        elem_id=f"eb-set-{name}-quota",
                    )
        self.outputs = [*self.fields.values(), *self.quotas.values()]
        for name, field in self.fields.items():
            field.input(self.keep(name), field, self.outputs, **ordered("settings"))
        shared = [self.fields[name] for name in _SHARED]
        for name, quota in self.quotas.items():
            inputs = [quota, *shared]
            quota.input(self.share(name), inputs, self.outputs, **ordered("settings"))

    def fill(self) -> Updates:
        """What there is to choose from, what is chosen, and what outdoes it."""
        updates: Updates = {}
        for name, field in self.fields.items():
            choice = choice_json(self._assistant, name)
            value = choice.running if choice.outdone else choice.value
            updates[field] = gr.Dropdown(
                choices=[(option.words, option.value) for option in choice.options],
                value=value,
                interactive=not choice.outdone,
                info=self._about(name),
            )
            updates |= self._quota(name, value, usable=not choice.outdone)
        return updates

    def keep(self, name: str) -> Callable[..., Updates]:
        """An event that keeps what was chosen of a setting."""

        def choose(value: Any) -> Updates:
            chosen = str(value or "").strip()
            if chosen == choice_json(self._assistant, name).value:
                return {}  # a field that is left sends what stands there
            self._choose(name, chosen)
            field = {self.fields[name]: gr.Dropdown(info=self._about(name))}
            return field | self._quota(name, chosen)

        return choose

    def share(self, name: str) -> Callable[..., Updates]:
        """An event that keeps how the tokens of a model are shared out, wherever it is named."""

        def shared(way: Any, *values: Any) -> Updates:
            named = {one: str(value or "") for one, value in zip(_SHARED, values)}
            model, updates = with_quota(named[name], USUAL), Updates()
            for other, value in named.items():
                outdone = choice_json(self._assistant, other).outdone
                if outdone or with_quota(value, USUAL) != model:
                    continue
                chosen = with_quota(value, str(way or USUAL))
                self._choose(other, chosen)
                info = self._about(other)
                updates[self.fields[other]] = gr.update(value=chosen, info=info)
                updates |= self._quota(other, chosen)
            return updates

        return shared

    def _choose(self, name: str, value: str) -> None:
        if len(value) > LONGEST:
            raise refusal(t("That value is too long, or holds signs that cannot be read."))
        owner = owns_the_computer()
        self._assistant.choosing.choose(name, value or None, owner=owner)
        pending = choice_json(self._assistant, name).pending
        tell(t("Kept. It counts after the next start.") if pending else t("Kept."))

    def _about(self, name: str) -> str:
        """What a setting is, and what there is to know of the choice."""
        choice = choice_json(self._assistant, name)
        more = t("Counts after the next start.") if choice.pending else choice.note
        return escape(f"{_titles()[name][1]} {choice.outdone or more}".strip())

    def _quota(self, name: str, model: str, *, usable: bool = True) -> Updates:
        if name not in self.quotas:
            return {}
        way, ways = quota_of(model), _ways()
        if way not in [value for _, value in ways]:
            ways.append((way, way))
        usable = usable and model not in _WITHOUT
        return {self.quotas[name]: gr.Dropdown(choices=ways, value=way, interactive=usable)}


def _ways() -> list[tuple[str, str]]:
    return [
        (t("By what stands out and what is asked (usual)"), USUAL),
        (t("By what stands out"), "uniqueness"),
        (t("By what is asked"), "question"),
        (t("By both, for half the tokens"), "0.5"),
        (t("Evenly, as the model does by itself"), "off"),
    ]


def _titles() -> Mapping[str, tuple[str, str]]:
    return {
        "preset": (t("Models"), t("Larger ones answer better and need more memory.")),
        "language": (t("Spoken language"), t("What the people in your recordings speak.")),
        "speech": (t("Speech recogniser"), t("What writes down what is said.")),
        "captioner": (
            t("What describes pictures"),
            t(
                "Empty is the usual way. Another model on this computer is named by its kind and "
                "folder: qwen-vl:/models/qwen."
            ),
        ),
        "pictures": (
            t("What finds pictures by words"),
            t("An image–text model, by its kind and place."),
        ),
        "embedder": (
            t("What finds sentences by meaning"),
            t("Another one embeds what is there once more, in the background."),
        ),
        "chat": (t("What writes answers"), t("Empty takes the largest that is quick enough here.")),
        "look": (
            t("What looks again"),
            t(
                "A model that sees, and checks a recording when a question is about how things "
                "look."
            ),
        ),
        "retriever": (t("How moments are searched"), t("A retrieval strategy.")),
        "reading": (t("How answers are found"), t("What a model reads before it answers.")),
    }
