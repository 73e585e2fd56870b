"""``egobutler ask QUESTION``: an answer with the moments that it rests on."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from app.commands import base
from app.core.errors import PersonError
from app.presentation.parse_time import parse_moment
from app.presentation.progress_line import ReadingLine
from app.presentation.rendering import answer_json, answer_text, explanation_json
from memory.types.core import Scope

if TYPE_CHECKING:
    from app.assistant import Assistant

LONGEST_QUESTION = 2000


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    ask = verbs.add_parser("ask", parents=[common])
    ask.add_argument("question")
    ask.add_argument("--json", action="store_true", help="a line of JSON instead of text")
    ask.add_argument("--at", help="answer as at this time, e.g. '2026-03-01 18:00'")
    ask.add_argument(
        "--choice", action="append", metavar="TEXT", help="an answer to choose from; two or more"
    )
    for name, what in (
        ("person", "with this person"),
        ("place", "at this place"),
        ("device", "recorded by this device"),
    ):
        ask.add_argument(
            f"--{name}",
            action="append",
            default=[],
            metavar="NAME",
            help=f"search only moments {what}; may be given again for another",
        )
    ask.add_argument("--from", dest="begin", metavar="TIME", help="search only from this time on")
    ask.add_argument("--to", dest="end", metavar="TIME", help="search only until this time")
    ask.add_argument("--explain", action="store_true", help="show plan, interval and scores")
    ask.add_argument("--retriever", metavar="NAME", help="how to search (default: pyramid)")
    ask.add_argument(
        "--deeper", action="store_true", help="search in rounds of sub-questions; takes longer"
    )
    add_reading(ask)
    ask.set_defaults(run=run)


def add_reading(command: argparse.ArgumentParser) -> None:
    """Adds the option that says how much is read for an answer."""
    command.add_argument(
        "--reading",
        metavar="HOW",
        help="notes (default): the best moments; long: all of the hour or day that is asked about; "
        "auto: that where it suits; long:NAME with that model (docs/models.md)",
    )


def run(options: argparse.Namespace) -> int:
    """Answers a question."""
    if len(options.question) > LONGEST_QUESTION:
        raise PersonError(
            f"the question is longer than {LONGEST_QUESTION} letters; ask a shorter one"
        )
    question = options.question.encode("utf-8", "replace").decode("utf-8")  # no lone surrogates
    if not any(letter.isalnum() for letter in question):
        raise PersonError(
            'the question is empty; ask for example: egobutler ask "who was at dinner?"'
        )
    choices = _choices(options.choice)
    with base.assistant(options) as butler:
        at = None if options.at is None else base.moment_of(options.at, butler.timezone).timestamp()
        scope = _scope(butler, options)
        with ReadingLine() as line:
            butler.on_reading_progress(line.show, line.show_conversion)
            answer = butler.ask(
                question, at=at, choices=choices, scope=scope, deeper=options.deeper
            )
        for note in butler.asking_notes:
            base.say(note)
        if options.json:
            base.say(answer_text(answer, butler.store, butler.timezone))
            base.result_line(
                answer_json(answer, butler.store, butler.timezone, explain=options.explain)
            )
            return 0
        print(answer_text(answer, butler.store, butler.timezone))
        if options.explain:
            shown = explanation_json(answer.explanation)
            print(json.dumps(shown, ensure_ascii=False, indent=2))
    return 0


def _scope(butler: Assistant, options: argparse.Namespace) -> Scope:
    """What the question is kept to; raises PersonError where something of it is not known."""
    from app.ask.service import AskService

    try:
        begin, end = (
            None if text is None else parse_moment(text, butler.timezone).timestamp()
            for text in (options.begin, options.end)
        )
        desk = AskService(butler)
        return desk.scope(options.person, options.place, options.device, begin, end)
    except ValueError as error:
        raise PersonError(str(error)) from error


def _choices(choices: list[str] | None) -> list[str] | None:
    """The answers to choose from; raises PersonError where that is no choice."""
    if choices is None:
        return None
    if len(choices) < 2 or not all(choice.strip() for choice in choices):
        raise PersonError("give two or more answers to choose from, each with words in it")
    return choices
