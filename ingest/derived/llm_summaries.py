"""Summaries written by a language model, in the place of extracts, as far as they are borne out.

while write_next(store, chat, "written-1 qwen-1.5b"): ...

The model reads what a summary is made from (guesses, and words that give orders, left out) inside
an envelope. Each of its sentences is kept only with the memories that bear it out; where none is
left, the extract stays. One summary is one transaction: see ``memory.repositories.llm_summaries``.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from importlib.resources import files

from egogpt.grounding.claims import closed
from egogpt.grounding.entailment import (
    WINDOW,
    SourceSentence,
    is_guess,
    pieces_of,
    supporting_sources,
)
from egogpt.llm.llama_cpp import PromptTooLong
from egogpt.protocols.chat import Chat, Message
from egogpt.text.directives import orders, sanitize, scripts
from memory.repositories.llm_summaries import WRITTEN, WrittenSentence
from memory.store.store import Store
from memory.store.summary_builder import opening, salient
from memory.types.core import Level, Memory, Span, Utterance
from memory.types.timezones import zone

_log = logging.getLogger(__name__)
VERSION = f"{WRITTEN}1"
SENTENCES: dict[Level, int] = {"ten_minutes": 4, "hour": 6, "day": 8}
_WINDOW: dict[Level, int] = {"ten_minutes": WINDOW, "hour": 2, "day": 2}  # summaries stand alone
_SENTENCE_TOKENS = 50
_PROMPT_TOKENS = 500  # of the instructions and the example
_TOKENS_PER_WORD = 1.5
_LEAST = 200  # tokens of notes; below this a model that finds them too long is not asked again
_END = re.compile(r"(?<=[.!?])\s+(?=[\"“A-Z0-9])|(?<=[。！？])\s*|\n+")
_STOPS = tuple(".!?。！？")
_BULLET = re.compile(r"^(?:[-*•]+|\d+[.)])\s+")
_QUOTED = re.compile(r"[\"“][^\"“”]*[\"”]")
_NOT_MINE = re.compile(
    r"\b(?:wearer|camera|the user|narrator|the notes?|diary|footage|recording|video"
    r"|(?:you|your|yours)\b)|佩戴者|镜头|你",
    re.IGNORECASE,
)
# Whoever said "I" meant themselves, not the one who wears the camera.
_ANOTHERS_I = re.compile(
    r"(?<!\bI )\b(?:said|says|asked|asks|tells? \w+|told \w+),?(?: that| whether| if)?"
    r" (?:I|my|we)\b"
)
_PARTS_OF_DAY = ((5, "night"), (12, "morning"), (18, "afternoon"), (23, "evening"), (25, "night"))


class Stopped(Exception):
    """The summary that was being written is left for later."""


@dataclass(frozen=True, slots=True)
class SummarySource:
    """A memory that a summary is made from: what is read of it, and what bears sentences out."""

    stamp: str
    pieces: tuple[SourceSentence, ...]


def writer_of(name: str) -> str:
    """What the summaries of the model called ``name`` are marked with; no host, no options."""
    return f"{VERSION} {name.partition('@http')[0].partition('?')[0]}"


def write_all(
    store: Store,
    chat: Chat,
    writer: str,
    on_progress: Callable[[int], None],
    go_on: Callable[[], bool],
) -> int:
    """Writes what is due until nothing is, or ``go_on`` says no. Returns how many had their turn.

    ``on_progress`` is called with that number after each; ``go_on`` is asked while the model
    writes, too.
    Raises ChatError; what was written is kept.
    """
    done = 0
    try:
        while go_on() and write_next(store, chat, writer, go_on):
            done += 1
            on_progress(done)
    except Stopped:
        _log.info("a summary is left for later")
    return done


def write_next(
    store: Store, chat: Chat, writer: str, go_on: Callable[[], bool] = lambda: True
) -> bool:
    """Writes the summary that is due first. False where none is. Raises ChatError, LeftOff."""
    summary = store.written.next(writer)
    if summary is None:
        return False
    sources = store.as_of(float("inf")).by_id(summary.source_ids)
    written = written_from(store, chat, summary, sources, go_on)
    text = " ".join([opening(summary.text), *(sentence.text for sentence in written)]).strip()
    store.written.keep(summary, sources, writer, text, written)
    return True


def written_from(
    store: Store,
    chat: Chat,
    summary: Memory,
    sources: Sequence[Memory],
    go_on: Callable[[], bool] = lambda: True,
) -> list[WrittenSentence]:
    """The model's sentences about the sources that they bear out, in its order."""
    clock, names = _clock(store, summary), store.as_of(float("inf")).wearer_names()
    read = [_read(store, source, clock, names) for source in sources]
    pieces = [piece for source in read for piece in source.pieces]
    most = SENTENCES[summary.level]
    budget = max(_LEAST, chat.context_tokens - _PROMPT_TOKENS - most * _SENTENCE_TOKENS)
    by_text: dict[str, WrittenSentence] = {}
    for sentence in _asked(chat, read, most, budget, go_on):
        tidied = tidy(sentence)
        cited = supporting_sources(tidied, pieces, _WINDOW[summary.level]) if tidied else ()
        if cited:
            by_text.setdefault(tidied, WrittenSentence(tidied, cited))
    return _telling(list(by_text.values()), most)


def _telling(sentences: Sequence[WrittenSentence], most: int) -> list[WrittenSentence]:
    """Those that tell most of the span, in their order, where a model has written too many."""
    if len(sentences) <= most:
        return list(sentences)
    numbered = [Utterance(Span(n, n + 1), sentence.text) for n, sentence in enumerate(sentences)]
    chosen = {int(item.span.start) for item in salient(numbered, most)}
    return [sentence for n, sentence in enumerate(sentences) if n in chosen] or list(
        sentences[:most]
    )


def tidy(sentence: str) -> str:
    """The sentence as it may stand in the diary; empty for what does not belong there."""
    text = closed(sanitize(_BULLET.sub("", sentence.strip())).strip(" *_#>"))
    outside = _QUOTED.sub(" ", text)
    strange = _NOT_MINE.search(outside) or _ANOTHERS_I.search(outside)
    if strange or orders(_QUOTED.sub(" ", text)) or is_guess(text) or len(text) < 4:
        return ""
    return text if text.rstrip('"”')[-1:] in _STOPS else f"{text}."


def _asked(
    chat: Chat,
    sources: Sequence[SummarySource],
    most: int,
    budget: float,
    go_on: Callable[[], bool],
) -> Iterator[str]:
    """The sentences of the reply; of several replies, where the notes do not fit into one."""
    for lines in _portions(sources, budget):
        messages = _messages(lines, most)
        try:
            reply = _reply(chat, messages, most * _SENTENCE_TOKENS, go_on)
        except PromptTooLong:  # tokens were only guessed
            if budget / 2 < _LEAST:
                raise
            yield from _asked(chat, sources, most, budget / 2, go_on)
            return
        yield from _whole(reply)


def _reply(chat: Chat, messages: Sequence[Message], most: int, go_on: Callable[[], bool]) -> str:
    pieces: list[str] = []
    stream = chat.stream(messages, max_tokens=most)
    for piece in stream:
        if not go_on():
            close = getattr(stream, "close", None)  # a generator, whose model then stops
            if close is not None:
                close()
            raise Stopped
        pieces.append(piece)
    return "".join(pieces)


def _whole(reply: str) -> list[str]:
    """The sentences of a reply; a last one that the limit has cut off is left out."""
    parts = [part.strip() for part in _END.split(reply) if part and part.strip()]
    cut = len(parts) > 1 and parts[-1].rstrip('"”')[-1:] not in _STOPS
    return parts[:-1] if cut else parts


def _portions(sources: Sequence[SummarySource], budget: float) -> Iterator[list[str]]:
    """The notes in portions of at most ``budget`` tokens; what was noted before is not repeated."""
    portion: list[str] = []
    remaining, noted = budget, set[str]()
    for source in sources:
        new = [piece.text for piece in source.pieces if piece.text not in noted]
        noted |= set(new)
        words = " ".join(new)[: int(3 * budget)]
        cost = _tokens(words) + 6
        if not new:
            continue
        if portion and cost > remaining:
            yield portion
            portion, remaining = [], budget
        remaining -= cost
        portion.append(f"[{source.stamp}] {words}".replace("<", "(").replace(">", ")"))
    if portion:
        yield portion


def _tokens(text: str) -> float:
    han = sum("\u3400" <= letter <= "\u9fff" for letter in text)
    return _TOKENS_PER_WORD * len(text.split()) + 1.2 * han


def _messages(lines: Sequence[str], most: int) -> list[Message]:
    system, notes, diary = _prompt()
    asked = "<notes>\n" + "\n".join(lines) + "\n</notes>"
    return [
        Message("system", system.replace("{count}", str(most))),
        Message("user", notes),
        Message("assistant", diary),
        Message("user", asked),
    ]


@cache
def _prompt() -> tuple[str, str, str]:
    text = files("ingest.derived").joinpath("prompts", "summary.md").read_text(encoding="utf-8")
    system, notes, diary = (part.strip() for part in text.split("\n---\n"))
    return system, notes, diary


def _clock(store: Store, summary: Memory) -> tzinfo:
    """The wall clock on which the first recording of the span was made."""
    clips = store.memories.overlapping("clip", summary.span)
    recording = store.recordings.get(clips[0].recording_id) if clips else None
    return zone(recording.timezone if recording else "UTC")


def _read(store: Store, source: Memory, clock: tzinfo, wearer: frozenset[str]) -> SummarySource:
    moment = datetime.fromtimestamp(source.span.start, clock)
    stamp = f"{moment:%H:%M}"
    when = f"{stamp} {_part_of_day(moment.hour)} {moment:%A %-d %B %Y}"
    written = store.written.sentences(source.id)
    text = " ".join(sentence.text for sentence in written) if written else source.text
    for name in wearer:
        text = text.replace(f"{name} says:", "I say:").replace(f"{name} said ", "I said ")
    pieces = pieces_of(source.id, text.removeprefix(opening(text)), when)
    return SummarySource(stamp, tuple(piece for piece in pieces if not scripts(piece.text)))


def _part_of_day(hour: int) -> str:
    return next(name for until, name in _PARTS_OF_DAY if hour < until)
