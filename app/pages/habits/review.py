"""The memory review on Habits: a question, its answer when wished, and whether it was known."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

import gradio as gr

from app.days.review import Topic
from app.pages.moment_cards import play_link, text
from app.pages.shell import Parts, Updates, markdown
from app.presentation.i18n import t
from app.views.review_view import ReviewQuestion, ReviewView

if TYPE_CHECKING:
    from app.assistant import Assistant


class ReviewParts(Parts):
    """The components of the tab."""

    def __init__(self) -> None:
        """Places them."""
        self.on = gr.Checkbox(
            label=t("Ask me about people and promises"),
            info=t("Your replies stay in this home. Switching it off deletes them."),
        )
        self.question = markdown(elem_id="eb-review")
        self.reveal = gr.Button(t("Show the answer"), visible=False)
        self.answer = markdown(elem_id="eb-review-answer")
        with gr.Row(visible=False) as self.verdict:
            self.known = gr.Button(t("I knew it"))
            self.unknown = gr.Button(t("I did not"))
        self.asked = gr.State(None)


class ReviewEvents:
    """What the components of the tab do."""

    def __init__(self, assistant: Assistant, parts: ReviewParts) -> None:
        self._view, self._parts = ReviewView(assistant), parts

    def open(self) -> Updates:
        """The question that is most overdue, or that there is none."""
        parts, on = self._parts, self._view.on
        question = next(iter(self._view.due()), None)
        words = _question(question) if question else _nothing() if on else ""
        return {
            parts.on: on,
            parts.question: words,
            parts.answer: "",
            parts.reveal: gr.Button(visible=question is not None),
            parts.verdict: gr.Row(visible=False),
            parts.asked: question and question.card.topic,
        }

    def switch(self, on: bool) -> Updates:
        """Switches it on or off."""
        self._view.switch(on)
        return self.open()

    def reveal(self, topic: Topic | None) -> Updates:
        """The answer with its moment; another question where it is forgotten meanwhile."""
        parts, question = self._parts, self._view.of(topic)
        if question is None:
            return self.open()
        return {
            parts.answer: f"<p><strong>{text(question.answer)}</strong> "
            f"{play_link(question.seek, f'▶ {text(question.when)}')}</p>",
            parts.reveal: gr.Button(visible=False),
            parts.verdict: gr.Row(visible=True),
        }

    def reply(self, known: bool) -> Callable[[Topic | None], Updates]:
        """Keeps the reply and asks on."""

        def replied(topic: Topic | None) -> Updates:
            if question := self._view.of(topic):
                self._view.reply(question, known)
            return self.open()

        return replied


def _question(question: ReviewQuestion) -> str:
    face = f'<p><img src="{escape(question.picture)}" alt=""></p>' if question.picture else ""
    due = (
        t("1 question is due.")
        if question.due == 1
        else t("{n} questions are due.", n=question.due)
    )
    return f"{face}<h3>{text(question.words)}</h3><p><small>{text(due)}</small></p>"


def _nothing() -> str:
    words = t("Nothing is due. People with a name and open promises are asked a day later.")
    return f"<p>{text(words)}</p>"
