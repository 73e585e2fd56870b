"""Words with times become sentences with times, so that what is quoted is a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from memory.types.core import Span, Utterance, Word

PAUSE = 1.5  # seconds of silence that end a sentence even without a full stop
LONGEST = 20.0  # seconds after which a sentence without a full stop is cut at a comma
ENDS = (".", "?", "!", "…", "。", "？", "！")
BROKEN = "\ufffd"  # half a letter: where a model stopped inside one
CLOSING = "\"'”’)]»"
TITLES = frozenset({"mr.", "mrs.", "ms.", "dr.", "prof.", "st.", "vs.", "e.g.", "i.e."})


@dataclass(frozen=True, slots=True)
class Heard:
    """One word as recognised: its text with the blank before it, and how sure that is."""

    span: Span
    text: str
    probability: float
    no_speech: float = 0.0  # probability that nobody spoke in its window at all


def sentences(words: Iterable[Heard], language: str) -> list[Utterance]:
    """Sentence-like utterances that together hold every word, in order."""
    utterances: list[Utterance] = []
    current: list[Heard] = []
    for word in words:
        word = replace(word, text=word.text.replace(BROKEN, ""))
        if not word.text.strip():
            continue
        if current and word.span.start - current[-1].span.end > PAUSE:
            utterances += _cut(current, language)
            current = []
        current.append(word)
        if ends_sentence(word.text):
            utterances += _cut(current, language)
            current = []
    return utterances + _cut(current, language)


def ends_sentence(word: str) -> bool:
    """Whether a sentence ends with this word: "no." does, "Mr." and "J." do not."""
    text = word.strip().rstrip(CLOSING)
    if not text.endswith(ENDS):
        return False
    initial = len(text) == 2 and text[0].isalpha() and text[0].isupper() and text[0] != "I"
    return not initial and text.lower() not in TITLES


def _cut(words: Sequence[Heard], language: str) -> list[Utterance]:
    """One utterance, or several where a sentence goes on and on."""
    if not words:
        return []
    if words[-1].span.end - words[0].span.start <= LONGEST or len(words) < 2:
        return [_utterance(words, language)]
    middle = (words[0].span.start + words[-1].span.end) / 2
    commas = [i for i, word in enumerate(words[:-1], 1) if word.text.strip()[-1:] in ",;:、，"]
    cuts = commas or range(1, len(words))
    at = min(cuts, key=lambda i: abs(words[i].span.start - middle))
    return _cut(words[:at], language) + _cut(words[at:], language)


def _utterance(words: Sequence[Heard], language: str) -> Utterance:
    mean = sum(word.probability for word in words) / len(words)
    doubt = max(0.0, max(word.no_speech for word in words) - 0.5)
    return Utterance(
        Span(words[0].span.start, max(word.span.end for word in words)),
        "".join(word.text for word in words).strip(),
        confidence=round(min(max(mean - doubt, 0.0), 1.0), 3),
        language=language,
        words=tuple(Word(word.span, word.text.strip()) for word in words),
    )
