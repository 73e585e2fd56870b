"""An answer as chat Markdown in which nothing but our own marks has a meaning.

Words of an answer may come from speech, from text in view or from a model that read them; every
mark of theirs that could start Markdown, HTML, a formula or a link is escaped. What never can
(a comma, a quotation mark) is left alone, because screen readers are given the source.
"""

from __future__ import annotations

import re
from datetime import date

from app.rendering import pictures_note, reading_note
from app.web.moments import interval_words, length_words, moment_words, seek_address
from memory.store import Store
from memory.types import Answer, Citation, Coverage

LONGEST_QUOTE = 160
# A colon before a slash and the dot of "www." would make a link, a dot after a number a list.
_ACTIVE = re.compile(r"[\\`*_{}\[\]()#<>|~$&+=@!^-]|:(?=/)|(?<=www)\.", re.IGNORECASE)
_LISTED = re.compile(r"^(\d+)\.")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")


def plain(text: str) -> str:
    """Markdown that shows exactly this text, on one line."""
    line = " ".join(_UNSEEN.sub(" ", text).split())
    return _LISTED.sub(r"\1\\.", _ACTIVE.sub(r"\\\g<0>", line))


def shortened(text: str, longest: int = LONGEST_QUOTE) -> str:
    """The text, cut at a word where it is too long."""
    text = " ".join(text.split())
    return text if len(text) <= longest else text[:longest].rsplit(" ", 1)[0] + " …"


def answer_markdown(answer: Answer, store: Store, timezone: str, today: date) -> str:
    """The answer, the moments that it rests on, and how complete the search was."""
    parts = [f"*You asked: {plain(answer.understood)}*"] if answer.understood else []
    parts.append(_prose(answer, store))
    if answer.citations:
        parts.append(
            "\n".join(
                f"{number}. {_chip(citation, store, today)}"
                for number, citation in enumerate(answer.citations, 1)
            )
        )
    if answer.abstained:
        parts.append("*Try other words, or name the day or the hour that you have in mind.*")
        if note := pictures_note(answer):
            parts.append(f"*{plain(note)}*")
    if notes := _notes(answer, timezone, today):
        parts.append(f"*{plain(' · '.join(notes))}*")
    return "\n\n".join(parts)


def _prose(answer: Answer, store: Store) -> str:
    if len(answer.citations) < 2:
        return plain(answer.text)
    sentences = []
    for sentence in answer.sentences:
        marks = [
            f"[{number + 1}]({_address(answer.citations[number], store, 'cite')})"
            for number in sentence.citations
        ]
        sentences.append(" ".join([plain(sentence.text), *marks]))
    return " ".join(sentences)


def _chip(citation: Citation, store: Store, today: date) -> str:
    recording = store.recording(citation.recording_id)
    timezone = "UTC" if recording is None else recording.timezone
    when = moment_words(citation.span.start, timezone, today)
    return f"[▶ {when}]({_address(citation, store)}) {plain(shortened(citation.quote))}"


def _address(citation: Citation, store: Store, kind: str = "seek") -> str:
    recording = store.recording(citation.recording_id)
    begun = 0.0 if recording is None else recording.start
    start, end = citation.span.start - begun, citation.span.end - begun
    address = seek_address(citation.recording_id, start, end, shortened(citation.quote))
    return address.replace("#seek=", f"#{kind}=", 1)


def _notes(answer: Answer, timezone: str, today: date) -> list[str]:
    notes = []
    if answer.searched is not None:
        span = answer.searched
        said = answer.explanation.get("searched")  # what two ends cannot say: "Mondays"
        notes.append(f"Searched {said or interval_words(span.start, span.end, timezone, today)}")
    if pending := coverage_words(answer.coverage):
        whose = "of your recordings" if answer.searched is None else "of this time"
        notes.append(f"{pending} {whose} still being indexed")
    elif answer.searched is not None and not answer.coverage.indexed:
        notes.append("nothing was recorded then")
    if note := reading_note(answer):
        notes.append(note)
    return notes


def coverage_words(coverage: Coverage) -> str:
    """How much of the time asked about is recorded but cannot be found yet; empty if all can."""
    waiting = sum(span.duration for span in coverage.pending)
    return length_words(waiting) if waiting else ""
