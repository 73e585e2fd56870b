"""``egobutler compare QUESTION``: two answers, which of them is better, and the votes so far."""

from __future__ import annotations

import threading
from dataclasses import asdict
from typing import Annotated

from app.ask.comparisons import ComparedAnswer, Comparison, ComparisonService, Vote
from app.ask.win_rates import share_words, sure_words
from app.commands import base
from app.commands.options import CommandOptions, command, value, word
from app.models.answer_settings import setting_words
from app.presentation.answer_text import answer_text
from app.presentation.i18n import t, use_locale
from app.presentation.rendering import Json, answer_json
from egorag.language.language import language_of
from memory.store.store import Store

_VOTES: dict[str, Vote] = {"a": "a", "b": "b", "g": "both", "n": "neither"}
_SETTING = "STRATEGY/MODEL: flat/none, pyramid/qwen-0.5b; default: "


@command(models=True)
def compare(
    options: CommandOptions,
    question: Annotated[str, word("[QUESTION]", "what both answer; without it, your votes")] = "",
    a: Annotated[str, value("SETTING", f"{_SETTING}your home's own")] = "",
    b: Annotated[str, value("SETTING", f"{_SETTING}the first other one")] = "",
    use: Annotated[str, value("SETTING", "choose it, once your votes say that it is better")] = "",
) -> None:
    """Let two settings answer as A and B, and say which is better; then you see which was which."""
    with base.assistant(options, writes=bool(use or (question and not options.json))) as butler:
        service = ComparisonService(butler)
        with use_locale(language_of(question).code):
            if question:
                pair = service.pair(a, b)
                comparison = service.compare(question, pair, _progress, threading.Event())
                _show(comparison, butler.store, butler.timezone, options)
                if not options.json:
                    _vote(service, comparison, options)
                options.result_line(_json(comparison, butler.store, butler.timezone))
                return
        if use:
            service.use(use, owner=True)
            options.show(t("Kept. It counts after the next start."))
        rates = service.rates()
        for one in rates:
            options.show(f"{setting_words(one.setting)}: {share_words(one)}, {sure_words(one)}")
        if not rates:
            options.show(t("There are no votes yet."))
        options.result_line({"rates": [asdict(one) for one in rates]})


def _progress(event: Json) -> None:
    if event["kind"] == "answering":
        base.say(t("Answer {n} of 2 is on its way …", n=event["done"] + 1))


def _show(comparison: Comparison, store: Store, timezone: str, options: CommandOptions) -> None:
    for letter, one in zip("AB", comparison.answers, strict=True):
        said = answer_text(one.answer, store, timezone) if one.answer else one.trouble
        options.show(f"{letter}: {said}\n")


def _vote(service: ComparisonService, comparison: Comparison, options: CommandOptions) -> None:
    """Asks which is better, and tells which was which."""
    if comparison.has_failed:
        options.show(t("One setting could not answer, so nothing is counted."))
    elif comparison.is_alike:
        options.show(t("Both settings give the same answer, so nothing is counted."))
    else:
        reply = base.typed(
            t(
                "Which is better? {one}, {other}, {good} (both good), {bad} (neither), or nothing:",
                one="a", other="b", good="g", bad="n",
            )
        )  # fmt: skip
        vote = _VOTES.get(reply[:1])
        if vote and not service.vote(comparison.id, vote)[1]:
            base.say(
                t("The vote was not stored: this home can only be read, or a moment is forgotten.")
            )
    a, b = (one.setting.words for one in comparison.answers)
    options.show(t("{one} was: {a}. {other} was: {b}.", one="A", other="B", a=a, b=b))


def _json(comparison: Comparison, store: Store, timezone: str) -> Json:
    def side(compared: ComparedAnswer) -> Json:
        reply = compared.answer and answer_json(compared.answer, store, timezone)
        return {"setting": compared.setting.name, "answer": reply, "trouble": compared.trouble}

    a, b = map(side, comparison.answers)
    return {"question": comparison.question, "a": a, "b": b}
