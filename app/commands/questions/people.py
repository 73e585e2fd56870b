"""``egobutler people``: who was met, and what the owner says of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from app.commands import base
from app.commands.options import CommandOptions, Yes, command, group, value, word
from app.core.errors import PersonError
from app.people.service import PeopleResult, PeopleService, desk
from app.presentation.rendering import local_time, number_of
from app.presentation.time_text import moment_words
from memory.types.core import BiometricPrint, Person

if TYPE_CHECKING:
    from app.assistant import Assistant

people = group("List who was met, and say who they are. PERSON is a name or a number.")
_Who = Annotated[str, word("PERSON", "a name or a number")]


@command(people, "list")
def listed(options: CommandOptions) -> None:
    """List everybody, and who may be the same person."""
    with _desk(options) as (butler, at):
        known, pairs = at.people(), at.suggestions()
        for person in known:
            options.show(line(person, butler.timezone))
        if not known:
            base.say("nobody was recognised yet; ingest a recording with faces or voices")
        for pair in pairs:
            base.say(f"Perhaps {pair.one.label} and {pair.two.label} are one person: {pair.why}")
        options.result_line(
            {
                "people": [person_json(person, butler.timezone) for person in known],
                "suggestions": [
                    {"one": pair.one.number, "two": pair.two.number, "why": pair.why}
                    for pair in pairs
                ],
            }
        )


@command(people)
def show(
    options: CommandOptions,
    person: _Who,
    limit: Annotated[int, value("N", "how many prints to show")] = 24,
) -> None:
    """Show a person, and the faces and voices that are taken for theirs."""
    with _desk(options) as (butler, at):
        who = at.person(person)
        prints = at.samples(who.id, max(1, limit))
        options.show(line(who, butler.timezone))
        for biometric_print in prints:
            options.show(f"  {_print_line(biometric_print, butler)}")
        rows = [print_json(biometric_print, butler) for biometric_print in prints]
        options.result_line({"person": person_json(who, butler.timezone), "prints": rows})


@command(people)
def name(options: CommandOptions, person: _Who, words: Annotated[list[str], word("NAME")]) -> None:
    """Say who a person is."""
    with _desk(options) as (butler, at):
        _report(butler, at, options, at.name_person(person, " ".join(words)))


@command(people)
def merge(
    options: CommandOptions,
    person: _Who,
    others: Annotated[list[str], word("OTHER", "who is the same person")],
) -> None:
    """Make one person of several."""
    with _desk(options) as (butler, at):
        _report(butler, at, options, at.merge_people(person, others))


@command(people)
def split(
    options: CommandOptions,
    person: _Who,
    prints: Annotated[list[str], word("PRINT", "as show lists them")],
) -> None:
    """Make another person of some faces and voices."""
    strange = next((text for text in prints if not text.isdecimal()), None)
    if strange is not None:
        raise PersonError(
            f'"{strange}" is not a print; "egobutler people show {person}" lists the prints'
        )
    with _desk(options) as (butler, at):
        _report(butler, at, options, at.split_person(person, [int(text) for text in prints]))


@command(people)
def undo(options: CommandOptions) -> None:
    """Take the last change back."""
    with _desk(options) as (butler, at):
        _report(butler, at, options, at.undo_people())


@command(people)
def forget(options: CommandOptions, person: _Who, yes: Yes = False) -> None:
    """Forget who a person is, with their faces and voices; recordings stay."""
    with _desk(options) as (butler, at):
        who = at.person(person)
        if not yes:
            _ask_first(who)
        _report(butler, at, options, at.forget_person(who.id))
    base.say("The recordings themselves, and what was said in them, are as they were.")


@contextmanager
def _desk(options: CommandOptions) -> Iterator[tuple[Assistant, PeopleService]]:
    with base.assistant(options) as butler:
        yield butler, desk(butler.store, butler.brains)


def _ask_first(person: Person) -> None:
    """Waits for a yes; who cannot be asked has to say it beforehand."""
    if not sys.stdin.isatty():
        raise PersonError("this cannot be undone; add --yes to do it without being asked")
    about = f"Forget {person.label} with {_counts(person)}? This cannot be undone."
    if base.typed(f"{about} Type yes to do it:") not in ("y", "yes"):
        raise PersonError("nothing was forgotten")


def _report(
    butler: Assistant, at: PeopleService, options: CommandOptions, result: PeopleResult
) -> None:
    at.flush()
    options.show(f"{result.what} {number_of(result.captions, 'caption')} made again.")
    person = None if result.person is None else person_json(result.person, butler.timezone)
    options.result_line({"what": result.what, "person": person, "captions": result.captions})


def line(person: Person, timezone: str) -> str:
    """A person in one line."""
    number = f"{person.number:>4}  " if person.name else "      "
    if not person.faces + person.voices:
        return f"{number}{person.label}: nothing of them is left"
    first, last = (moment_words(at, timezone) for at in (person.first, person.last))
    when = f"on {first}" if first == last else f"from {first} to {last}"
    return f"{number}{person.label}: {_counts(person)}, {when}"


def _counts(person: Person) -> str:
    counts: Sequence[tuple[int, str]] = ((person.faces, "face"), (person.voices, "voice"))
    return ", ".join(number_of(count, kind) for count, kind in counts if count) or "no prints"


def _print_line(biometric_print: BiometricPrint, butler: Assistant) -> str:
    when = moment_words(biometric_print.span.start, butler.timezone, seconds=True)
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
