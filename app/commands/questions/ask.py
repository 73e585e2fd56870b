"""``egobutler ask QUESTION``: an answer with the moments that it rests on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

from app.auth.account_names import root_of
from app.auth.accounts import Accounts
from app.commands import base
from app.commands.options import CommandOptions, Reading, command, switch, value, word
from app.core.errors import PersonError
from app.presentation.answer_text import answer_text
from app.presentation.i18n import t, translate, use_locale
from app.presentation.parse_time import parse_moment
from app.presentation.progress_line import ReadingLine
from app.presentation.rendering import answer_json, explanation_json
from egorag.language.language import language_of
from memory.types.core import Answer, Recording, Scope

if TYPE_CHECKING:
    from app.assistant import Assistant

LONGEST_QUESTION = 2000
_ONLY = "search only moments {}; may be given again for another"


@command(models=True)
def ask(
    options: CommandOptions,
    question: Annotated[str, word("QUESTION", 'such as "where did I leave the keys?"')],
    at: Annotated[str | None, value("TIME", "answer as at this time: '2026-03-01 18:00'")] = None,
    choice: Annotated[
        list[str] | None, value("TEXT", "an answer to choose from; two or more")
    ] = None,
    person: Annotated[list[str] | None, value("NAME", _ONLY.format("with this person"))] = None,
    place: Annotated[list[str] | None, value("NAME", _ONLY.format("at this place"))] = None,
    device: Annotated[
        list[str] | None, value("NAME", _ONLY.format("recorded by this device"))
    ] = None,
    begin: Annotated[str | None, value("TIME", "search only from this time on", "--from")] = None,
    end: Annotated[str | None, value("TIME", "search only until this time", "--to")] = None,
    explain: Annotated[bool, switch("--explain", "show plan, interval and scores")] = False,
    retriever: Annotated[str | None, value("NAME", "how to search (default: pyramid)")] = None,
    deeper: Annotated[
        bool, switch("--deeper", "search in rounds of sub-questions; takes longer")
    ] = False,
    reading: Reading = None,
    across: Annotated[
        str | None, value("NAMES", "ask also those who let you: alice,lucia (egobutler grants)")
    ] = None,
) -> None:
    """Ask a question; the answer comes with the moments that it rests on."""
    text = _checked(question)
    choices = _choices(choice)
    if across is not None and deeper:
        raise PersonError("--deeper searches your own memories only; leave out one of the two")
    others_asked = () if across is None else _let(options, across)
    with base.assistant(options, retriever=retriever, reading=reading) as butler:
        moment = None if at is None else parse_moment(at, butler.timezone).timestamp()
        scope = _scope(butler, person or [], place or [], device or [], (begin, end))
        others: tuple[Recording, ...] = ()
        if across is not None:
            answer, others = _across(butler, others_asked, text, moment, choices, scope)
        else:
            with ReadingLine() as line:
                butler.on_reading_progress(line.show, line.show_conversion)
                answer = butler.ask(text, at=moment, choices=choices, scope=scope, deeper=deeper)
        store, zone = butler.store, butler.timezone
        with use_locale(language_of(text).code):
            for note in butler.asking_notes:
                base.say(translate(note))
            options.show(answer_text(answer, store, zone, others))
        options.result_line(answer_json(answer, store, zone, explain=explain, others=others))
        if explain and not options.json:
            shown = explanation_json(answer.explanation)
            print(json.dumps(shown, ensure_ascii=False, indent=2))


def _let(options: CommandOptions, names: str) -> tuple[str, ...]:
    """Those who are named, who have let this home ask; refused before it is opened, or made."""
    from app.across.granting import asker_at, granted

    asked = tuple(name.strip() for name in names.split(",") if name.strip())
    if not asked:
        raise PersonError("--across names nobody; say for example: --across alice,lucia")
    settings = options.settings()
    home = settings.home.resolve()
    accounts = Accounts.of(settings, root_of(home))
    try:
        granted(accounts, asker_at(accounts, home), asked)
    finally:
        accounts.database.close()
    return asked


def _across(
    butler: Assistant,
    names: tuple[str, ...],
    text: str,
    moment: float | None,
    choices: list[str] | None,
    scope: Scope,
) -> tuple[Answer, tuple[Recording, ...]]:
    """The answer from several homes, and the recordings of others that may be named."""
    from app.across.service import AcrossService

    accounts = Accounts.of(butler.settings, root_of(butler.home.resolve()))
    try:
        service = AcrossService(butler, accounts)
        found = service.ask(names, text, at=moment, choices=choices, scope=scope)
    finally:
        accounts.database.close()
    with use_locale(language_of(text).code):
        for name in found.unreached:
            base.say(
                t("{name}'s memories could not be reached; the answer is without them", name=name)
            )
    return found.answer, found.recordings


def _checked(question: str) -> str:
    """The question without lone surrogates; raises PersonError where there is none to answer."""
    if len(question) > LONGEST_QUESTION:
        raise PersonError(
            f"the question is longer than {LONGEST_QUESTION} letters; ask a shorter one"
        )
    if not any(letter.isalnum() for letter in question):
        raise PersonError(
            'the question is empty; ask for example: egobutler ask "who was at dinner?"'
        )
    return question.encode("utf-8", "replace").decode("utf-8")


def _scope(
    butler: Assistant,
    people: list[str],
    places: list[str],
    devices: list[str],
    bounds: tuple[str | None, str | None],
) -> Scope:
    """What the question is kept to; raises PersonError where something of it is not known."""
    from app.ask.service import AskService

    begin, end = (
        None if text is None else parse_moment(text, butler.timezone).timestamp() for text in bounds
    )
    return AskService(butler).scope(people, places, devices, begin, end)


def _choices(choices: list[str] | None) -> list[str] | None:
    """The answers to choose from; raises PersonError where that is no choice."""
    if choices is None:
        return None
    if len(choices) < 2 or not all(choice.strip() for choice in choices):
        raise PersonError("give two or more answers to choose from, each with words in it")
    return choices
