"""An answer as lines of text, in the language of whoever reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.presentation.composed_text import in_words
from app.presentation.i18n import language, t, translate, use_locale
from app.presentation.rendering import (
    clock,
    pictures_note,
    quote_text,
    reading_note,
    recording_of,
)
from app.presentation.time_text import length_words, moment_words
from egorag.language.language import language_of
from memory.store.store import Store
from memory.types.core import UNNAMED_FACE, Answer, Citation, Coverage, Recording


def answer_text(
    answer: Answer, store: Store, timezone: str, others: Sequence[Recording] = ()
) -> str:
    """An answer and its citations as lines of text; ``others`` as of ``answer_json``."""
    notes = [t("You asked: {question}", question=answer.understood)] if answer.understood else []
    lines = [_in_brackets(note) for note in notes]
    lines.append(in_its_language(answer, store).text)
    lines += [
        f"  [{n}] {citation_text(c, store, timezone, others)}"
        for n, c in enumerate(answer.citations, 1)
    ]
    after = list[str]()
    if answer.searched is not None:
        after += [_camera_text(one, timezone) for one in answer.wearers if one.wearer]
    if answer.coverage.pending:
        waiting = length_words(sum(span.duration for span in answer.coverage.pending))
        after.append(t("{length} of this time are recorded but not indexed yet", length=waiting))
    pictures = answer.explanation.pictures
    announced = answer.abstained and pictures is not None and pictures.announced
    after += [reading_note(answer), pictures_note(answer) if announced else ""]
    spoken = language_of(answer.text)  # which may be one in which there are no pages
    after = [spoken.render(translate(note)).rstrip(".。") for note in after if note]
    lines += [f"  {_in_brackets(note)}" for note in after]
    return "\n".join(lines)


def in_its_language(answer: Answer, store: Store) -> Answer:
    """The answer, which quotes in its own language the captions that rules have composed."""
    with use_locale(language_of(answer.text).code):
        own = (one for one in answer.citations if one.quote and not one.wearer)
        told = {one.quote: quote_in_words(one, store) for one in own}
    sentences = []
    for sentence in answer.sentences:
        text = sentence.text
        for quote, words in told.items():
            text = text.replace(quote, words)
        sentences.append(replace(sentence, text=text))
    return replace(answer, sentences=tuple(sentences))


def _in_brackets(note: str) -> str:
    return f"（{note}）" if language() == "zh" else f"({note})"


def citation_text(
    citation: Citation, store: Store, timezone: str, others: Sequence[Recording] = ()
) -> str:
    """A citation as a person reads it: when, which file and where in a film, and the quote; of
    somebody else's, whose camera it is from."""
    recording = recording_of(citation, store, others)
    words = quote_in_words(citation, store)
    if recording is None and not citation.wearer:
        return f'"{words}"'
    parts = [t("{name}'s camera", name=citation.wearer)] if citation.wearer else []
    parts.append(moment_words(citation.span.start, timezone))
    if recording is not None and recording.kind == "import":
        parts.append(recording.name)
    elif recording is not None:
        begin, end = (at - recording.start for at in (citation.span.start, citation.span.end))
        parts.append(f"{recording.name} {clock(begin)}–{clock(end)}")
    return " · ".join([*parts, words])


def quote_in_words(citation: Citation, store: Store) -> str:
    """What is quoted: what was said as it was, what was composed in the person's language."""
    if citation.speaker is not None:
        return quote_text(citation)
    said = (
        utterance.text
        for clip_id in store.recordings.clips_within(citation.recording_id, citation.span)
        for utterance in store.perceptions.utterances(clip_id)
    )
    quoted = "somebody was in view" if citation.quote == UNNAMED_FACE else citation.quote
    return quoted if any(quoted in text or text in quoted for text in said) else in_words(quoted)


def _camera_text(coverage: Coverage, timezone: str) -> str:
    """What somebody's camera shows of the time that was asked about."""
    name = coverage.wearer
    if not coverage.indexed:
        return t("{name}'s camera shows nothing of this time", name=name)
    length = length_words(sum(span.duration for span in coverage.indexed))
    first, last = (
        moment_words(at, timezone) for at in (coverage.indexed[0].start, coverage.indexed[-1].end)
    )
    return t(
        "{name}'s camera recorded {length} of this time, from {first} to {last}",
        name=name, length=length, first=first, last=last,
    )  # fmt: skip
