"""Corrections of a moment in place: it is it or not, it was somebody else, or other words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import gradio as gr

from app.ask.corrections import CannotCorrect, Corrected, CorrectionService
from app.pages.ask_parts import AskParts, Correcting, OpenConversation
from app.pages.messages import tell
from app.pages.shell import QUIET, Updates, focus_on, sent_data
from app.presentation.i18n import t
from app.presentation.labels import label_words
from app.presentation.time_text import moment_words

if TYPE_CHECKING:
    from app.assistant import Assistant


class AskCorrections:
    """The events of the panel."""

    def __init__(self, assistant: Assistant, parts: AskParts) -> None:
        self._assistant, self._ask, self._parts = assistant, parts, parts.correcting
        self._desk = CorrectionService(assistant)

    def wire(self, signal: gr.HTML) -> None:
        """Connects the components; ``signal`` says which moment is to be put right."""
        parts, shown = self._parts, self._parts.all
        opened = signal.select(self.open, None, shown, **QUIET)
        opened.then(None, None, None, js=focus_on("eb-correction button"), **QUIET)
        judged = [parts.moment, self._ask.conversation]
        parts.good.click(self.judging(True), judged, None, **QUIET)
        parts.wrong.click(self.judging(False), judged, None, **QUIET)
        parts.sentence.input(self.choose, [parts.moment, parts.sentence], parts.text, **QUIET)
        renaming = [parts.moment, parts.who, parts.to]
        parts.rename.click(self.rename, renaming, shown, **QUIET)
        rewording = [parts.moment, parts.sentence, parts.text]
        gr.on([parts.reword.click, parts.text.submit], self.reword, rewording, shown, **QUIET)
        parts.undo.click(self.undo, [parts.moment], shown, **QUIET)
        parts.close.click(lambda: gr.Column(visible=False), None, parts.panel, **QUIET)

    def open(self, sent: gr.EventData) -> Updates:
        """Opens the panel on a moment that was pressed."""
        try:
            recording, start, end = str(sent_data(sent)["correct"]).split(",")
            moment = Correcting(unquote(recording), float(start), float(end))
        except (ValueError, KeyError):
            return {self._parts.undo: gr.skip()}
        return self._shown(moment)

    def _shown(self, moment: Correcting) -> Updates:
        """The panel with what is known of the moment."""
        parts = self._parts
        try:
            known = self._desk.moment(moment.recording, moment.span)
        except CannotCorrect as error:
            tell(str(error))
            return {parts.panel: gr.Column(visible=False)}
        here = [one for one in known["said"] if one["here"]] or known["said"]
        choices = [(_sentence(one), f"{one['clip']}|{one['number']}") for one in here]
        people = [(label_words(who), who) for who in known["people"]]
        return {
            parts.panel: gr.Column(visible=True),
            parts.title: self._title(moment),
            parts.people: gr.Row(visible=bool(people)),
            parts.who: gr.Dropdown(choices=people, value=people[0][1] if people else None),
            parts.to: gr.Dropdown(choices=known["known"], value=None),
            parts.words: gr.Row(visible=bool(here)),
            parts.sentence: gr.Dropdown(choices=choices, value=choices[0][1] if choices else None),
            parts.text: here[0]["text"] if here else "",
            parts.undo: gr.Button(visible=bool(moment.undo)),
            parts.moment: moment,
        }

    def _title(self, moment: Correcting) -> str:
        recording = self._assistant.store.recordings.get(moment.recording)
        zone = "UTC" if recording is None else recording.timezone
        return moment_words(moment.start, zone)

    def choose(self, moment: Correcting, sentence: str | None) -> str:
        """The words of another sentence, to be written over."""
        said = self._desk.moment(moment.recording, moment.span)["said"]
        texts = {f"{one['clip']}|{one['number']}": str(one["text"]) for one in said}
        return texts.get(sentence or "", "")

    def judging(self, good: bool) -> Callable[..., None]:
        """An event: the moment is the answer to the last question that showed it, or is not."""

        def judge(moment: Correcting, conversation: OpenConversation) -> None:
            turns = conversation.turns
            showed = (one for one in reversed(turns) if _shows(one.answer["cards"], moment))
            turn = next(showed, turns[-1] if turns else None)
            if turn is None:
                return
            self._desk.judge(turn.whole, moment.recording, moment.span, good)
            said = t("Kept: it counts more when you ask this again.")
            tell(said if good else t("Left out when you ask this again."))

        return judge

    def rename(self, moment: Correcting, who: str | None, to: str | None) -> Updates:
        """That was somebody else."""
        if not who or not (to or "").strip():
            tell(t("Say who it was in truth."))
            return {self._parts.moment: moment}
        return self._change(
            moment,
            lambda: self._desk.another_person(moment.recording, moment.span, who, str(to)[:60]),
        )

    def reword(self, moment: Correcting, sentence: str | None, text: str) -> Updates:
        """Other words were said."""
        clip, _, number = (sentence or "").rpartition("|")
        if not number.isdigit() or not text.strip():
            return {self._parts.moment: moment}
        return self._change(moment, lambda: self._desk.reword(clip, int(number), text[:2000]))

    def undo(self, moment: Correcting) -> Updates:
        """Takes the last change back."""
        return self._change(moment, lambda: self._desk.undo(moment.undo))

    def _change(self, moment: Correcting, change: Callable[[], Corrected]) -> Updates:
        done = change()
        tell(done.what)
        return self._shown(Correcting(moment.recording, moment.start, moment.end, done.undo))


def _shows(cards: list[dict[str, Any]], moment: Correcting) -> bool:
    place = (moment.recording, moment.start)
    return any((card["recording"], card["start"]) == place for card in cards)


def _sentence(utterance: dict[str, Any]) -> str:
    return (
        f"{label_words(utterance['speaker'])}: {utterance['text']}"
        if utterance["speaker"]
        else str(utterance["text"])
    )
