"""Compare: two settings answer a question as A and B, the owner votes, then hears which was which.

``static/compare.js`` says when the page comes into view.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import gradio as gr

from app.ask.answer_page import answer_page
from app.ask.comparisons import ComparedAnswer, Comparison, ComparisonService, Vote
from app.ask.conversations import ConversationService
from app.ask.service import Tell
from app.ask.setting_answers import other_settings, own_setting
from app.ask.stream import Over, events_of
from app.ask.win_rates import WinRate, share_words, sure_words
from app.models.answer_settings import setting_words
from app.pages.ask_parts import clean_words
from app.pages.event_context import owns_the_computer, page_session
from app.pages.messages import tell
from app.pages.moment_cards import MomentCard, cards, text
from app.pages.running import RunningAnswers
from app.pages.shell import QUIET, Parts, Updates, current_blocks, markdown, ordered, signals
from app.presentation.i18n import t
from app.presentation.rendering import Json
from app.presentation.time_text import moment_words
from app.routes.system.api import LONGEST_QUESTION

if TYPE_CHECKING:
    from app.assistant import Assistant

_RECENT = 20  # questions to choose from


class CompareParts(Parts):
    """The components of the page."""

    def __init__(self) -> None:
        """Places them."""
        gr.Markdown(
            t(
                "Two settings answer a question of yours, named A and B only. Say which answer is "
                "better; then you are told which was which."
            )
        )
        with gr.Row(elem_classes="eb-tools"):
            self.question = gr.Textbox(
                label=t("Your question"), max_length=LONGEST_QUESTION, elem_id="eb-compare-question"
            )
            self.ask = gr.Button(t("Compare"), variant="primary", scale=0)
            self.stop = gr.Button(t("Stop"), visible=False, scale=0)
        with gr.Row(elem_classes="eb-tools", visible=False) as self.before:
            self.recent = gr.Dropdown([], value=None, label=t("Asked before"))
            self.search = gr.Button(t("Find one that they answer differently"), scale=0)
        with gr.Row(elem_classes="eb-tools"):
            self.other = gr.Dropdown([], label=t("Compare your setting with"))
        self.status = markdown(elem_id="eb-compare-status")
        with gr.Row(visible=False, elem_id="eb-compared") as self.answers:
            self.first, self.second = markdown(), markdown()
        with gr.Row(visible=False, elem_classes="eb-tools") as self.votes:
            self.a = gr.Button(t("A is better"))
            self.b = gr.Button(t("B is better"))
            self.both = gr.Button(t("Both are good"))
            self.neither = gr.Button(t("Both are bad"))
        self.rates = markdown(elem_id="eb-compare-rates")
        self.use = gr.Button(visible=False, variant="primary")
        self.open = gr.State("")  # the comparison that waits for a vote
        self.best = gr.State("")  # the setting that is better than the home's own


class CompareEvents:
    """What the components of the page do."""

    def __init__(self, assistant: Assistant, parts: CompareParts) -> None:
        self._assistant, self._parts = assistant, parts
        self._service = ComparisonService(assistant)
        self._conversations = ConversationService(assistant)
        self.running = RunningAnswers()

    def show(self, other: Any) -> Updates:
        """What can be asked and compared, and the votes so far; what is chosen stays."""
        choices = [(one.words, one.name) for one in other_settings(self._assistant)]
        known = other in [name for _, name in choices]
        return self._rated() | {
            self._parts.other: gr.Dropdown(
                choices=choices, value=other if known else choices[0][1],
                info=t("Yours: {setting}", setting=own_setting(self._assistant).words),
            ),
        }  # fmt: skip

    def ask(self, question: Any, other: Any) -> Iterator[Updates]:
        """Answers by both, one after the other, and shows nothing before both are through."""
        yield from self._asked([clean_words(question)[:LONGEST_QUESTION]], other)

    def search(self, other: Any) -> Iterator[Updates]:
        """Asks what was asked before, the latest first, until the two answers differ."""
        yield from self._asked(self._conversations.recent_questions(_RECENT) or [""], other)

    def _asked(self, questions: Sequence[str], other: Any) -> Iterator[Updates]:
        parts, pair = self._parts, self._service.pair("", str(other or ""))

        def work(tell: Tell, over: Over) -> None:
            self._service.tell_first_votable(questions, pair, tell, over)

        with self.running.answering(page_session()) as over:
            for event in events_of(work, over):
                yield self._heard(event)
        yield {parts.ask: gr.Button(visible=True), parts.stop: gr.Button(visible=False)}

    def vote(self, vote: Vote) -> Callable[[str], Updates]:
        """Keeps a vote, and tells which was which."""

        def voted(comparison_id: str) -> Updates:
            parts = self._parts
            comparison, is_stored = self._service.vote(comparison_id, vote)
            lost = t(
                "The vote was not stored: this home can only be read, or a moment is forgotten."
            )
            note = "" if is_stored else f"<p>{text(lost)}</p>"
            return self._rated() | {
                parts.status: _revealed(comparison) + note,
                parts.votes: gr.Row(visible=False),
                parts.open: "",
            }

        return voted

    def use(self, name: str) -> Updates:
        """Chooses the better setting for the home."""
        self._service.use(name, owner=owns_the_computer())
        tell(t("Kept. It counts after the next start."))
        return {self._parts.use: gr.Button(visible=False)}

    def _asking(self, status: str) -> Updates:
        parts = self._parts
        return {
            parts.status: f'<p class="eb-wait">{text(status)}</p>',
            parts.ask: gr.Button(visible=False),
            parts.stop: gr.Button(visible=True),
            parts.answers: gr.Row(visible=False),
            parts.votes: gr.Row(visible=False),
            parts.open: "",
        }

    def _heard(self, event: Json) -> Updates:
        """What an event of a comparison changes."""
        if event["kind"] == "waiting":
            return self._asking(t("Others are asking as well; it is your turn next …"))
        if event["kind"] == "question":
            return self._asking(t("Question {n} of {of} …", n=event["number"], of=event["of"]))
        if event["kind"] == "answering":
            return self._asking(t("Answer {n} of 2 is on its way …", n=event["done"] + 1))
        if event["kind"] == "error":
            return {self._parts.status: f"<p>{text(event['message'])}</p>"}
        return self._compared(event["comparison"], event["number"])

    def _compared(self, comparison: Comparison, asked: int) -> Updates:
        parts = self._parts
        status = t("Which answer is better?")
        if comparison.has_failed:
            status = t("One setting could not answer, so nothing is counted.")
        elif comparison.is_alike:
            status = t("Both settings give the same answer, so nothing is counted.")
            if asked > 1:
                status = t("Both settings answer your last {n} questions alike.", n=asked)
        named = _revealed(comparison) if comparison.has_failed else ""
        return {
            parts.status: f"<p>{text(status)}</p>{named}",
            parts.question: comparison.question,
            parts.answers: gr.Row(visible=True),
            parts.first: self._answer(
                t("A and B") if comparison.is_alike else "A", comparison.answers[0]
            ),
            parts.second: gr.Markdown(
                self._answer("B", comparison.answers[1]), visible=not comparison.is_alike
            ),
            parts.votes: gr.Row(visible=comparison.is_votable),
            parts.open: comparison.id if comparison.is_votable else "",
        }

    def _answer(self, letter: str, compared: ComparedAnswer) -> str:
        """An answer with the moments that it rests on, and nothing that tells its setting."""
        heading, home = f"<h2>{letter}</h2>", self._assistant
        if compared.answer is None:
            return f'{heading}<p class="eb-failed">{text(compared.trouble)}</p>'
        page = answer_page(compared.answer, home.store, home.timezone, time.time())
        said = " ".join(_sentence(one) for one in page["sentences"])
        return f"{heading}<p>{said}</p>{cards(map(_card, page['cards']))}"

    def _rated(self) -> Updates:
        """The votes so far, what they offer, and the questions that may be asked again."""
        rates = self._service.rates()
        best = next((one.setting for one in rates if one.is_better), "")
        parts, recent = self._parts, self._conversations.recent_questions(_RECENT)
        button = t("Use this for my home: {setting}", setting=setting_words(best))
        return {
            parts.recent: gr.Dropdown(choices=recent, value=None),
            parts.before: gr.Row(visible=bool(recent)),
            parts.rates: rates_table(rates),
            parts.use: gr.Button(button, visible=bool(best)),
            parts.best: best,
        }


def rates_table(rates: Sequence[WinRate]) -> str:
    """How often each setting was better than another, and what is known of it."""
    if not rates:
        return f"<p>{text(t('There are no votes yet.'))}</p>"
    heads = (t("Setting"), t("better"), t("worse"), t("alike"), t("Better than yours"), "")
    rows = [
        (setting_words(one.setting), one.won, one.lost, one.tied, share_words(one), sure_words(one))
        for one in rates
    ]
    note = t(
        "A setting is offered once it is better with a probability of at least 95 %. A vote goes "
        "with its question, which is among the conversations of Ask."
    )
    lines = "".join(f"<tr>{_cells(row, 'td')}</tr>" for row in rows)
    return (
        f"<h2>{text(t('Your votes'))}</h2><table><thead><tr>{_cells(heads, 'th')}</tr></thead>"
        f"<tbody>{lines}</tbody></table><p><small>{text(note)}</small></p>"
    )


def _cells(row: Iterable[object], tag: str) -> str:
    return "".join(f"<{tag}>{text(str(cell))}</{tag}>" for cell in row)


def _revealed(comparison: Comparison) -> str:
    a, b = (one.setting.words for one in comparison.answers)
    words = t("{one} was: {a}. {other} was: {b}.", one="A", other="B", a=a, b=b)
    return f"<p>{text(words)}</p>"


def _sentence(sentence: Json) -> str:
    marks = "".join(f" [{number}]" for number in sentence["marks"])
    return text(sentence["text"] + marks)


def _card(card: Json) -> MomentCard:
    """A moment of an answer; ``at`` reads in UTC as the wall clock did."""
    at = datetime.fromtimestamp(card["at"], UTC)
    title = f"{card['number']} · {moment_words(card['at'], 'UTC')}"
    who = ", ".join(card["people"])
    words = tuple(text(line) for line in (who, f"“{card['quote']}”") if line)
    day, clock = f"{at:%Y-%m-%d}", f"{at:%H:%M:%S}"
    return MomentCard(card["seek"], card["picture"], title, day, clock, words)


def page(assistant: Assistant) -> None:
    """Places the page, and what its components do."""
    signal, parts = signals("compare"), CompareParts()
    events, outputs = CompareEvents(assistant, parts), parts.all
    signal.focus(events.show, [parts.other], outputs, **ordered("compare", "once"))
    parts.recent.input(lambda one: one, parts.recent, parts.question, **ordered("compare"))
    asking = {**QUIET, "concurrency_id": "comparing", "trigger_mode": "once"}
    for sent in (parts.question.submit, parts.ask.click):
        sent(events.ask, [parts.question, parts.other], outputs, concurrency_limit=4, **asking)
    parts.search.click(events.search, [parts.other], outputs, concurrency_limit=4, **asking)
    parts.stop.click(events.running.stop, None, None, **QUIET)
    current_blocks().unload(events.running.close)
    votes: tuple[tuple[Vote, gr.Button], ...] = (
        ("a", parts.a), ("b", parts.b), ("both", parts.both), ("neither", parts.neither),
    )  # fmt: skip
    for vote, button in votes:
        button.click(events.vote(vote), [parts.open], outputs, **ordered("compare"))
    parts.use.click(events.use, [parts.best], outputs, **ordered("compare", "once"))
