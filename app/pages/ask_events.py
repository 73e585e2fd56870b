"""Events of the Ask page that ask: by words, by voice, by a photo, again, otherwise, deeper.

The conversation that a page has open is held on the server, so that what a browser sends of it is
never taken for what was answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from app.ask.answer_page import FAILED, STOPPED
from app.ask.corrections import CorrectionService
from app.ask.photo_question import photo_trouble
from app.ask.service import Tell, TooMany
from app.ask.stream import Over, events_of
from app.core.errors import Refusal
from app.models.photo import address_of, read_photo
from app.pages.ask_parts import AskedQuestion, OpenConversation, clean_words, number_of_message
from app.pages.ask_view import AskView
from app.pages.chat_messages import ShownTurn, messages_of, question_of, turn_at
from app.pages.event_context import page_session
from app.pages.messages import warn
from app.pages.running import PageLine, RunningAnswers
from app.pages.shell import Updates, sent_data
from app.presentation.i18n import t
from app.presentation.parse_time import parse_moment
from app.presentation.rendering import Json
from app.routes.system.api import LONGEST_QUESTION, Earlier

if TYPE_CHECKING:
    from app.assistant import Assistant

_REMEMBERED = 3  # turns that a question may point back to
_SOUNDS = (".wav", ".webm", ".ogg", ".mp3", ".m4a", ".mp4", ".flac")


class AskEvents:
    """The events of the page in one home. A session of Gradio is a page that is open."""

    def __init__(self, assistant: Assistant, view: AskView) -> None:
        self._assistant, self._view, self._parts = assistant, view, view.parts
        self._corrections = CorrectionService(assistant)
        self.running = RunningAnswers(outlive_page=True)

    # Asking

    def ask(self, sent: dict[str, Any], *place: Any) -> Iterator[Updates]:
        """Answers what was typed or spoken, or finds where a photo was taken."""
        files = [Path(path) for path in sent.get("files") or ()]
        if not sent.get("text") and not files:  # Enter was pressed twice
            yield {self._parts.box: _ready()}
            return
        try:
            conversation, filters = self._place(*place)
            asked = self._read(sent.get("text") or "", files, conversation)
            yield from self._narrowed(asked, filters)
        except ValueError as error:
            warn(str(error))
            yield {self._parts.box: _ready({"text": sent.get("text") or "", "files": []})}
        finally:
            for path in files:  # a photo or a voice stays nowhere
                path.unlink(missing_ok=True)

    def example(self, chosen: gr.SelectData, *place: Any) -> Iterator[Updates]:
        """Asks a question that was offered."""
        _, _, *filters = place
        asked = AskedQuestion(str(chosen.value["text"]), OpenConversation())
        yield from self._checked(asked, filters)

    def retry(self, again: gr.RetryData, *place: Any) -> Iterator[Updates]:
        """Asks a question again; what came after it goes."""
        conversation, filters = self._place(*place)
        number = turn_at(conversation.turns, number_of_message(again.index))
        question = (
            conversation.turns[number].question
            if number < len(conversation.turns)
            else question_of(clean_words(again.value))
        )
        yield from self._checked(AskedQuestion(question, conversation, number), filters)

    def again(self, sent: gr.EventData, *place: Any) -> Iterator[Updates]:
        """Asks an earlier question that was left unanswered again, after what came since."""
        conversation, filters = self._place(*place)
        number = str(sent_data(sent).get("again"))
        known = number.isdecimal() and int(number) < len(conversation.turns)
        if not known:  # another tab has taken it away
            yield {self._parts.conversation: conversation}
            return
        question = conversation.turns[int(number)].question
        yield from self._checked(AskedQuestion(question, conversation), filters)

    def edit(self, edited: gr.EditData, *place: Any) -> Iterator[Updates]:
        """Asks a question in other words; what came after it goes."""
        conversation, filters = self._place(*place)
        number = turn_at(conversation.turns, number_of_message(edited.index))
        asked = AskedQuestion(question_of(clean_words(edited.value)), conversation, number)
        yield from self._checked(asked, filters)

    def option(self, chosen: gr.SelectData, *place: Any) -> Iterator[Updates]:
        """Asks the last question again: deeper, without the thumbs, or as it is."""
        conversation, filters = self._place(*place)
        if not conversation.turns:
            yield {self._parts.conversation: conversation}
            return
        last = conversation.turns[-1]
        if chosen.value == "forgive":
            self._corrections.forgive(last.whole)
        deeper = chosen.value == "deeper"
        number = len(conversation.turns) - (0 if deeper else 1)
        asked = AskedQuestion(last.question, conversation, number, deeper=deeper)
        yield from self._checked(asked, filters)

    def _place(
        self, conversation: OpenConversation, remembered: object, *filters: Any
    ) -> tuple[OpenConversation, Sequence[Any]]:
        """The conversation that is open, and what questions are kept to."""
        return self._view.reopen(conversation, remembered), filters

    def _checked(self, asked: AskedQuestion, filters: Sequence[Any]) -> Iterator[Updates]:
        try:
            yield from self._narrowed(asked, filters)
        except ValueError as error:
            warn(str(error))
            yield {self._parts.chat: messages_of(asked.before.turns)}

    def _narrowed(self, asked: AskedQuestion, filters: Sequence[Any]) -> Iterator[Updates]:
        """The answer to a question that is kept to what is chosen. Raises ValueError."""
        people, places, devices, *times = filters[:5]
        zone = self._assistant.timezone
        begin, end = (
            parse_moment(clean_words(at), zone).timestamp() if at else None for at in times
        )
        asked.scope = self._view.desk.scope(people or (), places or (), devices or (), begin, end)
        asked.across = tuple(name for names in filters[5:] for name in names or ())
        asked.question = clean_words(asked.question).strip()
        if not asked.question:
            raise Refusal(t("The question is empty."))
        if len(asked.question) > LONGEST_QUESTION:
            raise Refusal(t("The question is too long."))
        return self._answer(asked, page_session())

    def _answer(self, asked: AskedQuestion, session: str) -> Iterator[Updates]:
        """The answer, after that to what the page sent before; what replaces that comes at once."""
        box = self._parts.box
        if asked.after is not None:
            was_answering = self.running.leave(session)
            asked.before = self._view.cut(asked.before, asked.after, was_answering)
        elif self.running.is_full(session):
            raise Refusal(t("Too many questions are waiting. Try again in a moment."))
        elif self.running.is_answering(session):
            yield {box: gr.MultimodalTextbox(value=None)}
        with self.running.in_turn(session) as line:
            if asked.after is None and line.latest is not None:
                asked.before = line.latest
            if line.left:  # it stands in its conversation, to be asked again
                if not asked.before.id or self._view.current(asked.before).id:
                    self._view.conversations.begin(asked.before.id, asked.question)
                return
            yield from self._answer_now(asked, session, line)

    def _answer_now(self, asked: AskedQuestion, session: str, line: PageLine) -> Iterator[Updates]:
        chat, box = self._parts.chat, self._parts.box
        asked.status = (
            t("Searching deeper …") if asked.deeper else t("Looking through your recordings …")
        )
        answer: Json = {}
        with self.running.answering(session) as over:
            yield {chat: asked.shown(), box: _busy()}
            for event in events_of(lambda tell, over: self._work(asked, tell, over), over):
                if event["kind"] == "answer":
                    answer = event
                elif event["kind"] == "error":
                    answer = asked.unanswered(FAILED, event["message"])
                elif event["kind"] == "asked":
                    asked.conversation = event["conversation"]
                    line.latest = OpenConversation(asked.conversation, asked.before.turns)
                    yield {self._parts.remembered: asked.conversation}
                else:
                    asked.hear(event)
                    yield {chat: asked.shown()}
            left = self.running.is_left(session, over)
        line.latest = self._after(asked, answer or asked.unanswered(STOPPED))
        if not left:
            listed = self._view.listed(line.latest)
            yield self._view.shown(line.latest) | listed | {box: _ready()}
        elif not self.running.is_answering(session):
            yield {box: _ready()}

    def _work(self, asked: AskedQuestion, tell: Tell, over: Over) -> None:
        if asked.after is None:  # the page may have been loaded anew since it asked what is before
            self._view.desk.wait_for(asked.before.id, over)
            asked.before = self._view.current(asked.before)
        before = [turn.answer.get("turn") for turn in asked.before.turns]
        earlier = [Earlier(**turn).turn() for turn in filter(None, before)][-_REMEMBERED:]
        given = (asked.question, asked.scope, earlier, tell, over, asked.before.id)
        try:
            several = self._view.others.asking(asked.across) if asked.asks_others else None
            desk = self._view.desk
            desk.answer(*given, deeper=asked.deeper, photo=asked.photo, several=several)
        except TooMany:
            words = t("Too many questions are waiting. Try again in a moment.")
            tell({"kind": "error", "message": words})

    def _after(self, asked: AskedQuestion, answer: Json) -> OpenConversation:
        turn = ShownTurn(asked.question, answer, asked.picture)
        return OpenConversation(answer["conversation"], (*asked.before.turns, turn))

    def _read(self, text: str, files: Sequence[Path], before: OpenConversation) -> AskedQuestion:
        """What was sent: words, a voice or a photo. Raises ValueError with a sentence."""
        if not files:
            return AskedQuestion(text, before)
        if files[0].suffix.lower() in _SOUNDS:
            spoken = self._view.voice.words(files[0].read_bytes())
            return AskedQuestion(f"{text} {spoken}".strip(), before)
        if trouble := photo_trouble(self._assistant):
            raise Refusal(trouble)
        photo = read_photo(files[0])
        words = text or t("Where did I see this?")
        return AskedQuestion(words, before, photo=photo, picture=address_of(photo))


def _busy() -> gr.MultimodalTextbox:
    return gr.MultimodalTextbox(value=None, submit_btn=False, stop_btn=t("Stop"))


def _ready(value: Any = None) -> gr.MultimodalTextbox:
    remembered = {} if value is None else {"value": value}
    return gr.MultimodalTextbox(submit_btn=t("Ask"), stop_btn=False, **remembered)
