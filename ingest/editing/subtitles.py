"""Write speech as subtitles: WebVTT with word times and speakers, and SRT.

Text that was heard is data: whatever would be markup in a subtitle is escaped, so that a player
shows it and never acts on it. Times are those of the recording, from 0 at its beginning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ingest.speakers.word_split import word_starts
from memory.types.core import Recording, Utterance

SHORTEST = 0.3  # seconds that a cue is shown at least


def transcript_vtt(utterances: Iterable[Utterance], recording: Recording) -> str:
    """A WebVTT file (W3C, 2019) whose words light up as they are spoken.

    Each sentence is a cue; ``<00:00:01.000>`` before a word is when it is said, ``<v Ann>`` who
    says it. Sentences outside the recording are left out.
    """
    cues = [
        f"{_clock(start)} --> {_clock(end)}\n{_voice(one)}{_timed(one, recording, start, end)}"
        for one, start, end in _shown(utterances, recording)
    ]
    return "\n\n".join(["WEBVTT", *cues]) + "\n"


def transcript_srt(utterances: Iterable[Utterance], recording: Recording) -> str:
    """A SubRip file: sentences, with the speaker's name in front where it is known."""
    cues = [
        f"{number}\n{_clock(start, ',')} --> {_clock(end, ',')}\n{_named(one)}"
        for number, (one, start, end) in enumerate(_shown(utterances, recording), 1)
    ]
    return "\n\n".join(cues) + "\n" if cues else ""


def transcript_text(utterances: Iterable[Utterance], recording: Recording) -> str:
    """One line for each sentence: when, who, what."""
    lines = [
        f"[{_clock(start).split('.')[0]}] {_named(one)}"
        for one, start, _ in _shown(utterances, recording)
    ]
    return "\n".join(lines) + "\n" if lines else ""


def who(utterance: Utterance) -> str:
    """Whose words they are: a name, else "Person 3", else nothing."""
    return _line(utterance.speaker or utterance.voice)


def _shown(
    utterances: Iterable[Utterance], recording: Recording
) -> Iterator[tuple[Utterance, float, float]]:
    """What is said inside the recording, in order, with its times in the recording."""
    for one in sorted(utterances, key=lambda said: (said.span.start, said.span.end)):
        start = max(one.span.start - recording.start, 0.0)
        end = min(one.span.end - recording.start, recording.duration)
        if start < recording.duration and end >= 0 and _line(one.text):
            yield one, start, max(end, start + SHORTEST)


def _named(one: Utterance) -> str:
    # SRT has no escapes, but players read <i> and {\an8}: brackets that look alike are shown.
    text = _line(one.text).translate(str.maketrans("<>{}", "‹›()")).replace("-->", "→")
    name = who(one).translate(str.maketrans("<>{}", "‹›()"))
    return f"{name}: {text}" if name else text


def _voice(one: Utterance) -> str:
    name = _escaped(who(one))
    return f"<v {name}>" if name else ""


def _timed(one: Utterance, recording: Recording, start: float, end: float) -> str:
    """The text with a timestamp before each word but the first, which the cue itself times.

    A timestamp must lie inside its cue and after those before it; others are left out.
    """
    pieces: list[str] = []
    last = start
    for at, text in _pieces(one):
        offset = at - recording.start
        if pieces and round(last, 3) < round(offset, 3) < round(end, 3):
            pieces.append(f"<{_clock(offset)}>")
            last = offset
        pieces.append(_escaped(text))
    # A line break would end the cue.
    return _line("".join(pieces))


def _pieces(one: Utterance) -> Sequence[tuple[float, str]]:
    """The text in pieces that each begin with a word, with the times of those words."""
    if not one.words:
        return [(one.span.start, one.text)]
    starts = [0, *word_starts(one.text, one.words)[1:], len(one.text)]
    return [
        (word.span.start, one.text[begin:end])
        for word, begin, end in zip(one.words, starts, starts[1:])
    ]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _line(text: str) -> str:
    """The text on one line, without control characters."""
    return re.sub(r"[\s\x00-\x1f\x7f\u2028\u2029]+", " ", text).strip()


def _clock(seconds: float, point: str = ".") -> str:
    whole, milliseconds = divmod(round(max(seconds, 0.0) * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}{point}{milliseconds:03}"
