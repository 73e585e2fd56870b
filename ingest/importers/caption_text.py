"""Join a clip's lines into one text: narration, and speech in quotation marks."""

from __future__ import annotations

from collections.abc import Iterable

from egogpt.text.english_grammar import quotable, quoted
from ingest.importers.line_events import ImportedLine

_ENDS = (".", "!", "?", "…", "。", "！", "？", '"', "'", "”")
LONGEST = 20_000  # characters of a caption; the lines themselves are all kept


def caption_of(events: Iterable[ImportedLine]) -> str:
    """The lines in order of time; neighbours of one speaker as one turn, repetitions once.

    ``I hold the phone. Tasha: "Pass it along."``
    """
    parts: list[str] = []
    turn: list[str] = []
    speaker = ""
    previous = ""
    length = 0
    for event in sorted(events, key=lambda line: (line.span.start, line.span.end)):
        text = quotable(event.text)
        length += len(text)
        if length > LONGEST:
            break
        if turn and (event.kind != "speech" or event.speaker != speaker):
            parts.append(_turn(speaker, turn))
            turn = []
        if event.kind == "speech":
            speaker = event.speaker
            turn.append(text)
        elif text != previous:
            previous = text
            parts.append(text if text.endswith(_ENDS) else f"{text}.")
    if turn:
        parts.append(_turn(speaker, turn))
    return " ".join(parts)


def _turn(speaker: str, texts: list[str]) -> str:
    who = f"{quotable(speaker)}:" if speaker else "Somebody says:"
    return f"{who} {quoted(' '.join(texts))}"
