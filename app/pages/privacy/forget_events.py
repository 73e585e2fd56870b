"""The steps of forgetting on the page Privacy: look, be asked, be asked again, have it proved.

What is confirmed is what the person sees: each step gets the words that stand on the page, and goes
on only where they are those that the step before has written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import gradio as gr

from app.api_models.privacy import ForgottenReply
from app.core.errors import Refusal
from app.pages.privacy.fields import ExactTime, ForgetChoice, TypedChoice, exact_time, request_of
from app.pages.privacy.forget_parts import ForgetParts
from app.pages.privacy.shared import listed
from app.pages.shell import Updates
from app.pages.working import LongWork
from app.presentation.composed_text import translated_label
from app.presentation.i18n import t, translate
from app.presentation.markdown import plain
from app.presentation.time_text import day_words
from app.privacy.selection import ForgetRequest
from app.privacy.service import Changed
from app.views import privacy_view
from memory.people.errors import PeopleError, UnknownPerson
from memory.types.errors import StoreError
from memory.types.paths import printable

if TYPE_CHECKING:
    from app.assistant import Assistant


@dataclass(frozen=True, slots=True)
class ForgetPreview:
    """What would go, in the words that are shown of it; ``sure`` after the first question."""

    typed: tuple[Any, ...]
    request: ForgetRequest
    clips: int
    note: str
    lines: tuple[str, ...]
    sure: bool = False

    @property
    def words(self) -> str:
        """What is shown, as Markdown."""
        title = t("This cannot be undone.") if self.sure else t("This would go")
        return listed(title, [*filter(None, [self.note]), *self.lines])


@dataclass(frozen=True, slots=True)
class OfferedNames:
    """What the fields offer: the choices of each, of a version of the home."""

    version: int | None
    choices: list[list[tuple[str, str]]]


class ForgetEvents:
    """The steps of forgetting in one home."""

    def __init__(self, assistant: Assistant, parts: ForgetParts) -> None:
        self._assistant, self.parts = assistant, parts

    def offer(self, offered: OfferedNames | None, choice: ForgetChoice | None = None) -> Updates:
        """What there is to choose from, where that changed; what another page has chosen."""
        parts, version = self.parts, self._assistant.store.database.version()
        updates = {} if choice is None else self._fill_in(choice)
        if offered is not None and offered.version == version is not None:
            return updates
        names = privacy_view.forgettable(self._assistant)
        choosers = {
            parts.day: [(day_words(date.fromisoformat(day)), day) for day in reversed(names.days)],
            parts.person: [(printable(name), name) for name in names.people],
            parts.place: [(printable(translated_label(name)), name) for name in names.places],
            parts.recording: [(each.name, each.id) for each in names.recordings],
        }
        if offered is None and names.days:
            updates.setdefault(parts.day, names.days[-1])
        shown = offered.choices if offered is not None else [None] * len(choosers)
        for (chooser, choices), before in zip(choosers.items(), shown, strict=True):
            value = {"value": updates[chooser]} if chooser in updates else {}
            if choices != before:
                updates[chooser] = gr.update(choices=choices, **value)
        return {**updates, parts.offered: OfferedNames(version, list(choosers.values()))}

    def _fill_in(self, choice: ForgetChoice) -> Updates:
        """Fills in what another page would have forgotten, and looks what would go."""
        parts = self.parts
        exact: ExactTime | None = None
        day, begins, ends = choice.day, "", ""
        if choice.kind == "span":
            exact = exact_time(choice, self._assistant.timezone)
            day, begins, ends = exact.shown
        only = choice.only if choice.kind == "span" else None
        typed = TypedChoice(
            kind=choice.kind,
            day=day,
            begins=begins,
            ends=ends,
            only=only is not None,
            person=choice.name if choice.kind == "person" else None,
            moments=choice.moments,
            place=choice.name if choice.kind == "place" else None,
            recording=choice.name if choice.kind == "recording" else None,
            originals=False,
        )
        values = (getattr(typed, field.name) for field in fields(typed))
        label = "" if only is None else _only_words(only.name)
        return {
            **dict(zip(parts.typed, values, strict=True)),
            parts.only: gr.Checkbox(value=only is not None, label=label, visible=only is not None),
            parts.exact: exact,
            **self._look(typed, exact),
        }

    def look(self, exact: ExactTime | None, *typed: Any) -> Updates:
        """Shows what would go."""
        return self._look(TypedChoice(*typed), exact)

    def _look(self, typed: TypedChoice, exact: ExactTime | None) -> Updates:
        try:
            request, note = request_of(typed, exact, self._assistant.timezone)
            reply = privacy_view.preview(self._assistant, request)
        except Refusal as error:
            return self._say(_refusal(error))
        except (ValueError, OverflowError):
            return self._say(t("That is no time; choose a day and hours."))
        if reply.nothing:
            return self._say(listed("", [*filter(None, [note]), *reply.lines]))
        values = (exact, *(getattr(typed, field.name) for field in fields(typed)))
        preview = ForgetPreview(values, request, reply.clips, note, tuple(reply.lines))
        return self._say(preview.words, preview, ask=True, keep=True)

    def ask(
        self, shown: str, preview: ForgetPreview | None, exact: ExactTime | None, *typed: Any
    ) -> Updates:
        """The second question, about what stands in the fields and is shown."""
        if preview is None or shown != preview.words or preview.typed != (exact, *typed):
            return self._say(str(Changed()))
        again = replace(preview, sure=True)
        return self._say(again.words, again, keep=True, sure=True)

    def keep(self) -> Updates:
        """Nothing is forgotten."""
        return self._say("")

    def forget(self, shown: str, preview: ForgetPreview | None) -> Iterator[Updates]:
        """Forgets what was confirmed twice, and says what became of it."""
        if preview is None or not preview.sure or shown != preview.words:
            yield self._say(str(Changed()))
            return
        confirmed = preview
        yield self._say(t("Forgetting …"))
        work = LongWork(lambda: self._gone(confirmed))
        for words in work.status(self._doing):
            yield {self.parts.shown: words}
        try:
            reply = work.result()
        except (Refusal, StoreError, OSError) as error:
            yield self._say(_refusal(error))
            return
        title = t("Not everything could be forgotten") if reply.failed else t("Forgotten")
        parts = self.parts
        empty = dict.fromkeys((parts.person, parts.place, parts.recording))
        yield {**self._say(listed(title, reply.lines)), **empty}

    def _gone(self, confirmed: ForgetPreview) -> ForgottenReply:
        """Forgets what was confirmed. Raises Changed where something else would go by now."""
        request = confirmed.request
        if tuple(privacy_view.preview(self._assistant, request).lines) != confirmed.lines:
            raise Changed
        return privacy_view.forget(self._assistant, request, confirmed.clips)

    def _doing(self) -> str:
        return {
            "files": t("Cutting files … this may take some minutes."),
            "summaries": t("Writing summaries anew …"),
            "traces": t("Removing the last traces …"),
        }.get(self._assistant.privacy.doing, t("Forgetting …"))

    def _say(
        self,
        words: str,
        preview: ForgetPreview | None = None,
        *,
        ask: bool = False,
        keep: bool = False,
        sure: bool = False,
    ) -> Updates:
        parts = self.parts
        return {
            parts.shown: words,
            parts.ask: gr.Button(visible=ask),
            parts.keep: gr.Button(visible=keep),
            parts.sure: gr.Button(visible=sure),
            parts.preview: preview,
        }


def _refusal(error: Exception) -> str:
    """Why something is not forgotten, as Markdown."""
    people = error if isinstance(error, PeopleError) else error.__cause__
    if isinstance(people, UnknownPerson):
        return plain(t("There is nobody called {name} here.", name=people.who))
    return plain(translate(str(error)))


def _only_words(name: str) -> str:
    return t("Only in {name}; other recordings of that time stay", name=printable(name))
