"""Transcripts: which recording is meant, what was said in it or on some days, in which format."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from app.api_models.library import TranscriptLineReply, TranscriptReply
from app.presentation.labels import label_words
from app.presentation.rendering import clock, local_time
from app.presentation.time_text import day_words, recording_words
from ingest.editing.subtitles import (
    timed_lines,
    transcript_srt,
    transcript_text,
    transcript_vtt,
    who,
)
from memory.store.store import Store
from memory.types.core import Recording, Span, Utterance
from memory.types.paths import shown

SHOWN = 5  # recordings listed where a name fits several


class NoSuchTranscript(ValueError):
    """No recording, or more than one, is meant; the text says which there are."""


def find_recording(store: Store, name: str) -> Recording:
    """The recording with this id, or the only one whose file name holds ``name``.

    Raises NoSuchTranscript.
    """
    recordings = store.recordings.all()
    for recording in recordings:
        if recording.id == name:
            return recording
    exact = [candidate for candidate in recordings if candidate.name == shown(name)]
    folded = shown(name).casefold()
    matches = exact or [
        candidate for candidate in recordings if folded in candidate.name.casefold()
    ]
    if len(matches) == 1 and name:
        return matches[0]
    some = ", ".join(
        f"{recording_words(recording)} ({recording.id})"
        for recording in (matches or recordings)[:SHOWN]
    )
    more = " …" if len(matches or recordings) > SHOWN else ""
    if not recordings:
        raise NoSuchTranscript("nothing is recorded yet; add something with: egobutler ingest PATH")
    if matches:
        raise NoSuchTranscript(
            f"{len(matches)} recordings are called something like {name!r}; give the id of one: "
            f"{some}{more}"
        )
    raise NoSuchTranscript(f"no recording is called {name!r}; there are {some}{more}")


def spoken_in(store: Store, recording: Recording) -> list[Utterance]:
    """All that was said in a recording, in order of time."""
    utterances = [
        utterance
        for clip in store.recordings.clips(recording.id)
        for utterance in store.perceptions.utterances(clip.id)
    ]
    return sorted(utterances, key=lambda line: (line.span.start, line.span.end))


def spoken_within(store: Store, span: Span) -> list[Utterance]:
    """All that was said in clips that start in a span, whichever recordings they are of."""
    clips = store.moments.clips(span)
    said = (line for clip in clips for line in store.perceptions.utterances(clip.id))
    return sorted(said, key=lambda line: (line.span.start, line.span.end))


def days_text(utterances: Sequence[Utterance], timezone: str) -> str:
    """The sentences day by day, each with its time on the clock of the zone and its speaker."""
    lines, day = list[str](), None
    for utterance in utterances:
        at = local_time(utterance.span.start, timezone)
        if at.date() != day:
            day = at.date()
            lines += [*([""] if lines else []), f"{day_words(day)} ({day})", ""]
        speaker = who(utterance)
        lines.append(f"{at:%H:%M:%S}  {f'{speaker}: ' if speaker else ''}{utterance.text}")
    return "\n".join(lines) + "\n" if lines else ""


def speaker_of(utterance: Utterance) -> str:
    """Who says it, as people are called; "" where nobody knows."""
    return who(utterance)


def transcript_reply(store: Store, recording: Recording) -> TranscriptReply:
    """What is said in a recording, each word with its time, in the person's language."""
    lines = [
        TranscriptLineReply(
            start=line.start,
            end=line.end,
            time=clock(line.start),
            who=label_words(line.who),
            words=list(line.pieces),
        )
        for line in timed_lines(spoken_in(store, recording), recording)
    ]
    return TranscriptReply(lines=lines, outline=_outline(lines, recording.duration))


def _outline(lines: Sequence[TranscriptLineReply], duration: float) -> str:
    """A bar for each word, as tall as it has letters, up to a gap before the next."""
    bars = list[str]()
    for line in lines:
        ends = [*(at for at, _ in line.words[1:]), line.end]
        for (at, text), end in zip(line.words, ends, strict=True):
            left, width = at / duration, 0.85 * (end - at) / duration
            height = min(1.0, 0.25 + len(text) / 12)
            top = (1 - height) / 2
            bars.append(f"M{left:.5f} {top:.2f}h{width:.5f}v{height:.2f}h{-width:.5f}z")
    return "".join(bars)


def transcript_json(utterances: Sequence[Utterance], recording: Recording) -> str:
    """The sentences and their words with times in seconds from the beginning."""
    begun = recording.start
    sentences = [
        {
            "start": round(utterance.span.start - begun, 3),
            "end": round(utterance.span.end - begun, 3),
            "text": utterance.text,
            "speaker": who(utterance),
            "language": utterance.language,
            "confidence": utterance.confidence,
            "words": [
                {
                    "start": round(word.span.start - begun, 3),
                    "end": round(word.span.end - begun, 3),
                    "text": word.text,
                }
                for word in utterance.words
            ],
        }
        for utterance in utterances
    ]
    # One line: the command's last line of standard output is JSON, whatever the format.
    return (
        json.dumps({"recording": recording.id, "utterances": sentences}, ensure_ascii=False) + "\n"
    )


FORMATS: Mapping[str, Callable[[Sequence[Utterance], Recording], str]] = {
    "vtt": transcript_vtt,
    "srt": transcript_srt,
    "txt": transcript_text,
    "json": transcript_json,
}
