"""``egobutler people``: who was met, and what the owner says of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from app.commands import base
from app.core.errors import PersonError
from app.people.service import PeopleResult, PeopleService, desk
from app.presentation.rendering import local_time, number_of
from memory.types.core import BiometricPrint, Person

if TYPE_CHECKING:
    from app.assistant import Assistant

_USE = {
    "list": "egobutler people",
    "show": "egobutler people show PERSON",
    "name": 'egobutler people name PERSON "NAME"',
    "merge": "egobutler people merge PERSON OTHER …",
    "split": "egobutler people split PERSON PRINT …",
    "undo": "egobutler people undo",
    "forget": "egobutler people forget PERSON",
}
_WORDS = {"list": (0, 0), "show": (1, 1), "name": (2, 99), "merge": (2, 99), "split": (2, 9999)}
_WORDS |= {"undo": (0, 0), "forget": (1, 1)}


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    parser = verbs.add_parser(
        "people",
        parents=[common],
        epilog="PERSON is a name or a number. " + "; ".join(_USE.values()),
    )
    parser.add_argument("action", nargs="?", choices=tuple(_USE), default="list")
    parser.add_argument("words", nargs="*", metavar="WORD", help="see below")
    parser.add_argument("--yes", action="store_true", help="forget without asking")
    parser.add_argument("--limit", type=int, default=24, help="how many prints to show")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Lists people, shows one, or changes something about them."""
    least, most = _WORDS[options.action]
    if not least <= len(options.words) <= most:
        raise PersonError(f"say: {_USE[options.action]}")
    with base.assistant(options) as butler:
        _ACTIONS[options.action](butler, desk(butler.store, butler.brains), options)
    return 0


def _list(butler: Assistant, at: PeopleService, options: argparse.Namespace) -> None:
    people, pairs = at.people(), at.suggestions()
    for person in people:
        print(line(person, butler.timezone))
    if not people:
        base.say("nobody was recognised yet; ingest a recording with faces or voices")
    for pair in pairs:
        base.say(f"Perhaps {pair.one.label} and {pair.two.label} are one person: {pair.why}")
    base.result_line(
        {
            "people": [person_json(person, butler.timezone) for person in people],
            "suggestions": [
                {"one": pair.one.number, "two": pair.two.number, "why": pair.why} for pair in pairs
            ],
        }
    )


def _show(butler: Assistant, at: PeopleService, options: argparse.Namespace) -> None:
    person = at.person(options.words[0])
    prints = at.samples(person.id, max(1, options.limit))
    print(line(person, butler.timezone))
    for biometric_print in prints:
        print(f"  {_print_line(biometric_print, butler)}")
    shown = [print_json(biometric_print, butler) for biometric_print in prints]
    base.result_line({"person": person_json(person, butler.timezone), "prints": shown})


def _name(butler: Assistant, at: PeopleService, options: argparse.Namespace) -> None:
    who, *name = options.words
    _report(butler, at, at.name_person(who, " ".join(name)))


def _merge(butler: Assistant, at: PeopleService, options: argparse.Namespace) -> None:
    into, *others = options.words
    _report(butler, at, at.merge_people(into, others))


def _split(butler: Assistant, at: PeopleService, options: argparse.Namespace) -> None:
    who, *prints = options.words
    strange = next((text for text in prints if not text.isdecimal()), None)
    if strange is not None:
        raise PersonError(
            f'"{strange}" is not a print; "egobutler people show {who}" lists the prints'
        )
    _report(butler, at, at.split_person(who, [int(text) for text in prints]))


def _undo(butler: Assistant, at: PeopleService, options: argparse.Namespace) -> None:
    _report(butler, at, at.undo_people())


def _forget(butler: Assistant, at: PeopleService, options: argparse.Namespace) -> None:
    person = at.person(options.words[0])
    if not options.yes:
        _ask_first(person)
    _report(butler, at, at.forget_person(person.id))
    base.say("The recordings themselves, and what was said in them, are as they were.")


def _ask_first(person: Person) -> None:
    """Waits for a yes; who cannot be asked has to say it beforehand."""
    if not sys.stdin.isatty():
        raise PersonError("this cannot be undone; add --yes to do it without being asked")
    base.say(
        f"Forget {person.label} with {_counts(person)}? This cannot be undone. Type yes to do it:"
    )
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise PersonError("nothing was forgotten")


def _report(butler: Assistant, at: PeopleService, result: PeopleResult) -> None:
    at.flush()
    base.say(f"{result.what} {number_of(result.captions, 'caption')} made again.")
    person = None if result.person is None else person_json(result.person, butler.timezone)
    base.result_line({"what": result.what, "person": person, "captions": result.captions})


_ACTIONS: dict[str, Callable[[Assistant, PeopleService, argparse.Namespace], None]] = {
    "list": _list,
    "show": _show,
    "name": _name,
    "merge": _merge,
    "split": _split,
    "undo": _undo,
    "forget": _forget,
}


def line(person: Person, timezone: str) -> str:
    """A person in one line."""
    number = f"{person.number:>4}  " if person.name else "      "
    if not person.faces + person.voices:
        return f"{number}{person.label}: nothing of them is left"
    first, last = (
        f"{local_time(at, timezone):%Y-%m-%d %H:%M}" for at in (person.first, person.last)
    )
    when = f"on {first}" if first == last else f"from {first} to {last}"
    return f"{number}{person.label}: {_counts(person)}, {when}"


def _counts(person: Person) -> str:
    counts: Sequence[tuple[int, str]] = ((person.faces, "face"), (person.voices, "voice"))
    return ", ".join(number_of(count, kind) for count, kind in counts if count) or "no prints"


def _print_line(biometric_print: BiometricPrint, butler: Assistant) -> str:
    when = f"{local_time(biometric_print.span.start, butler.timezone):%Y-%m-%d %H:%M:%S}"
    recording = _recording(biometric_print, butler)
    return f"{biometric_print.kind}  {biometric_print.id:<20} {when}  {recording}"


def _recording(biometric_print: BiometricPrint, butler: Assistant) -> str:
    clip = butler.store.recordings.clip(biometric_print.clip_id)
    return "" if clip is None else clip.recording_id


def person_json(person: Person, timezone: str) -> dict[str, object]:
    """A person for a program."""
    seen = person.faces + person.voices > 0
    first, last = (
        local_time(at, timezone).isoformat(timespec="seconds") if seen else None
        for at in (person.first, person.last)
    )
    return {
        "id": person.id,
        "number": person.number,
        "name": person.name,
        "label": person.label,
        "faces": person.faces,
        "voices": person.voices,
        "first": first,
        "last": last,
    }


def print_json(biometric_print: BiometricPrint, butler: Assistant) -> dict[str, object]:
    """A print for a program; its id is text, since a JavaScript number cannot hold it."""
    return {
        "id": str(biometric_print.id),
        "kind": biometric_print.kind,
        "clip": biometric_print.clip_id,
        "recording": _recording(biometric_print, butler),
        "start": biometric_print.span.start,
        "end": biometric_print.span.end,
        "box": biometric_print.box,
        "quality": biometric_print.quality,
    }
