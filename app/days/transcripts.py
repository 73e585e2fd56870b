"""A recording's transcript: which recording is meant, what was said in it, and in which format."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from ingest.editing.subtitles import transcript_srt, transcript_text, transcript_vtt, who
from memory.store.store import Store
from memory.types.core import Recording, Utterance
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
    exact = [one for one in recordings if one.name == shown(name)]
    wanted = shown(name).casefold()
    found = exact or [one for one in recordings if wanted in one.name.casefold()]
    if len(found) == 1 and name:
        return found[0]
    some = ", ".join(f"{one.name} ({one.id})" for one in (found or recordings)[:SHOWN])
    more = " …" if len(found or recordings) > SHOWN else ""
    if not recordings:
        raise NoSuchTranscript("nothing is recorded yet; add something with: egobutler ingest PATH")
    if found:
        raise NoSuchTranscript(
            f"{len(found)} recordings are called something like {name!r}; give the id of one: "
            f"{some}{more}"
        )
    raise NoSuchTranscript(f"no recording is called {name!r}; there are {some}{more}")


def spoken_in(store: Store, recording: Recording) -> list[Utterance]:
    """All that was said in a recording, in order of time."""
    said = [
        one
        for clip in store.recordings.clips(recording.id)
        for one in store.perceptions.utterances(clip.id)
    ]
    return sorted(said, key=lambda one: (one.span.start, one.span.end))


def speaker_of(utterance: Utterance) -> str:
    """Who says it, as people are called; "" where nobody knows."""
    return who(utterance)


def transcript_json(utterances: Sequence[Utterance], recording: Recording) -> str:
    """The sentences and their words with times in seconds from the beginning."""
    begun = recording.start
    said = [
        {
            "start": round(one.span.start - begun, 3),
            "end": round(one.span.end - begun, 3),
            "text": one.text,
            "speaker": who(one),
            "language": one.language,
            "confidence": one.confidence,
            "words": [
                {
                    "start": round(word.span.start - begun, 3),
                    "end": round(word.span.end - begun, 3),
                    "text": word.text,
                }
                for word in one.words
            ],
        }
        for one in utterances
    ]
    # One line: the command's last line of standard output is JSON, whatever the format.
    return json.dumps({"recording": recording.id, "utterances": said}, ensure_ascii=False) + "\n"


FORMATS: Mapping[str, Callable[[Sequence[Utterance], Recording], str]] = {
    "vtt": transcript_vtt,
    "srt": transcript_srt,
    "txt": transcript_text,
    "json": transcript_json,
}
