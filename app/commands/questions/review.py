"""``egobutler review``: names and promises, asked before they are forgotten."""

from __future__ import annotations

from typing import Annotated, Literal

from app.commands import base
from app.commands.options import CommandOptions, command, word
from app.presentation.i18n import t
from app.views.review_view import ReviewQuestion, ReviewView


@command()
def review(
    options: CommandOptions,
    switch: Annotated[
        Literal["on", "off"] | None, word("on|off", "be asked, or no more; off deletes all replies")
    ] = None,
) -> None:
    """Ask about people with a name and open promises that are due, once it is on."""
    with base.assistant(options, writes=True) as butler:
        view = ReviewView(butler)
        if switch:
            view.switch(switch == "on")
        questions = view.due()
        if not view.on:
            options.show(t("The memory review is off. Switch it on: egobutler review on"))
        elif not questions:
            options.show(
                t("Nothing is due. People with a name and open promises are asked a day later.")
            )
        for question in () if options.json else questions:
            if not _ask(view, question, options):
                break
        due = [{"question": _words(one), "answer": one.answer} for one in questions]
        options.result_line({"on": view.on, "due": due})


def _ask(view: ReviewView, question: ReviewQuestion, options: CommandOptions) -> bool:
    """Whether the person goes on."""
    options.show(_words(question))
    base.typed(t("Enter shows the answer."))
    options.show(f"{question.answer} ({question.when})")
    reply = base.typed(t("Did you know it? y, n, or Enter to stop:"))
    if reply[:1] in {"y", "n"}:
        view.reply(question, reply[:1] == "y")
    return reply[:1] in {"y", "n"}


def _words(question: ReviewQuestion) -> str:
    """A terminal shows no face: the moment stands for it."""
    if not question.picture:
        return question.words
    return t("Who is in view on {when}?", when=question.when)
