"""Write speech as subtitles: WebVTT with word times and speakers, and SRT.

Text that was heard is data: whatever would be markup in a subtitle is escaped, so that a player
shows it and never acts on it. Times are those of the recording, from 0 at its beginning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ingest.speakers.word_split import word_starts
from memory.types.core import Recording, Utterance

SHORTEST = 0.3  # seconds that a cue is shown at least
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class TimedLine:
    """A sentence with its times in the recording; each piece of it begins at the time before it."""

    start: float
    end: float
    who: str
    pieces: Sequence[tuple[float, str]]


def timed_lines(utterances: Iterable[Utterance], recording: Recording) -> Iterator[TimedLine]:
    """What is said inside a recording, in order, in pieces of a word or, untimed, more.

    Times lie inside their sentence and rise.
    """
    for utterance, start, end in _shown(utterances, recording):
        yield TimedLine(start, end, who(utterance), _timed(utterance, recording, start, end))


def transcript_vtt(utterances: Iterable[Utterance], recording: Recording) -> str:
    """A WebVTT file (W3C, 2019) whose words light up as they are spoken.

    Each sentence is a cue; ``<00:00:01.000>`` before a word is when it is said, ``<v Ann>`` who
    says it. Sentences outside the recording are left out.
    """
    cues = [
        f"{timestamp(line.start)} --> {timestamp(line.end)}\n{_voice(line)}{_marked(line)}"
        for line in timed_lines(utterances, recording)
    ]
    return "\n\n".join(["WEBVTT", *cues]) + "\n"


def transcript_srt(utterances: Iterable[Utterance], recording: Recording) -> str:
    """A SubRip file: sentences, with the speaker's name in front where it is known."""
    cues = [
        f"{number}\n{timestamp(start, ',')} --> {timestamp(end, ',')}\n{_named(cue)}"
        for number, (cue, start, end) in enumerate(_shown(utterances, recording), 1)
    ]
    return "\n\n".join(cues) + "\n" if cues else ""


def transcript_text(utterances: Iterable[Utterance], recording: Recording) -> str:
    """One line for each sentence: when, who, what."""
    lines = [
        f"[{timestamp(start).split('.')[0]}] {_named(utterance)}"
        for utterance, start, _ in _shown(utterances, recording)
    ]
    return "\n".join(lines) + "\n" if lines else ""


def who(utterance: Utterance) -> str:
    """Whose words they are: a name, else "Person 3", else nothing."""
    return _line(utterance.speaker or utterance.voice)


def _shown(
    utterances: Iterable[Utterance], recording: Recording
) -> Iterator[tuple[Utterance, float, float]]:
    """What is said inside the recording, in order, with its times in the recording."""
    for utterance in sorted(utterances, key=lambda line: (line.span.start, line.span.end)):
        start = max(utterance.span.start - recording.start, 0.0)
        end = min(utterance.span.end - recording.start, recording.duration)
        if start < recording.duration and end >= 0 and _line(utterance.text):
            yield utterance, start, max(end, start + SHORTEST)


def _named(utterance: Utterance) -> str:
    # SRT has no escapes, but players read <i> and {\an8}: brackets that look alike are shown.
    text = _line(utterance.text).translate(str.maketrans("<>{}", "‹›()")).replace("-->", "→")
    name = who(utterance).translate(str.maketrans("<>{}", "‹›()"))
    return f"{name}: {text}" if name else text


def _voice(line: TimedLine) -> str:
    return f"<v {_escaped(line.who)}>" if line.who else ""


def _marked(line: TimedLine) -> str:
    """The text with a timestamp before each piece but the first, which the cue itself times."""
    (_, first), *rest = line.pieces
    return _escaped(first) + "".join(f"<{timestamp(at)}>{_escaped(text)}" for at, text in rest)


def _timed(
    utterance: Utterance, recording: Recording, start: float, end: float
) -> list[tuple[float, str]]:
    """The text on one line: a word that is not timed inside it, or after the last, joins that."""
    pieces: list[tuple[float, str]] = []
    for at, text in _pieces(utterance):
        offset, clean = at - recording.start, _BLANKS.sub(" ", text)
        if not pieces:
            pieces.append((start, clean.lstrip()))
        elif round(pieces[-1][0], 3) < round(offset, 3) < round(end, 3):
            pieces.append((offset, clean))
        else:
            pieces[-1] = (pieces[-1][0], pieces[-1][1] + clean)
    at, text = pieces[-1]
    return [*pieces[:-1], (at, text.rstrip())]


def _pieces(utterance: Utterance) -> Sequence[tuple[float, str]]:
    """The text in pieces that each begin with a word, with the times of those words."""
    if not utterance.words:
        return [(utterance.span.start, utterance.text)]
    starts = [0, *word_starts(utterance.text, utterance.words)[1:], len(utterance.text)]
    return [
        (word.span.start, utterance.text[begin:end])
        for word, begin, end in zip(utterance.words, starts, starts[1:])
    ]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _line(text: str) -> str:
    """The text on one line, without control characters."""
    return _BLANKS.sub(" ", text).strip()


def timestamp(seconds: float, point: str = ".") -> str:
    """A time of WebVTT, and with a comma for the point of SubRip: ``01:02:03.004``."""
    whole, milliseconds = divmod(round(max(seconds, 0.0) * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}{point}{milliseconds:03}"
