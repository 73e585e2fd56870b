"""The thing that something was done with or to: a noun phrase, or a list of them."""

from __future__ import annotations

from egogpt.extraction.english_activities import CARRIERS, Catalogue, Phrase
from egogpt.extraction.english_clauses import (
    DATE,
    DETERMINERS,
    FIRST,
    KIN,
    PREPOSITIONS,
    Words,
    skip,
)
from egogpt.text.directives import imperatives
from egogpt.text.word_lists import word_list

STOP_NOUN = PREPOSITIONS | word_list("egogpt.extraction", "objects_stop_noun")

_WAYS = frozenset("it them forward back left right up down out away".split())


def object_of(
    words: Words, phrase: Phrase, at: int, ends: tuple[int, ...], known: Catalogue
) -> tuple[int, int]:
    """Where the thing stands that it was done with or to."""
    parts = phrase.pattern
    if len(parts) > 1 and (known.is_drink(parts[-1]) or parts[-1] in known.classes["food"]):
        return _noun_phrase(words, ends[0], known)  # "order a pizza": the pizza, and what else
    open_at = next((n for n, part in enumerate(parts) if part[0] in "*<" and len(part) != 8), None)
    if open_at is None or phrase.form == "noun":
        bite_of = words.low[ends[-1] : ends[-1] + 1] == ("of",)
        return _noun_phrase(words, ends[-1] + bite_of, known)
    start = ends[open_at - 1]
    if words.low[start : start + 1] and words.low[start] in PREPOSITIONS:
        return start, start
    if parts[-1][0] == "<":
        return start, _noun_phrase(words, ends[-1] - 1, known)[1]
    last = open_at + (parts[open_at + 1 : open_at + 2] != () and parts[open_at + 1][0] == "<")
    end = next(
        (at for at in range(start, ends[last]) if words.low[at] in ("to", "for", "from")),
        ends[last],
    )
    return (start, end) if last + 1 < len(parts) else _noun_phrase(words, start, known)


def _noun_phrase(words: Words, start: int, known: Catalogue) -> tuple[int, int]:
    """The words from ``start`` up to what ends a noun phrase or a list of them."""
    end = start
    while end < len(words.low):
        low = words.low[end]
        if low in ("and", ",", "&", "/") and end > start:
            if not _list_goes_on(words, end + 1, known):
                break
        elif low in STOP_NOUN and not (low in ("of", "with", "in") and _inside(words, end, start)):
            if low == "that" or low != "&":
                break
        elif DATE.match(words.raw[end]):
            break
        end += 1
    while end > start and words.low[end - 1] in (",", "and", "&"):
        end -= 1
    return start, end


def _inside(words: Words, at: int, start: int) -> bool:
    """Whether "of", "with" or "in" belongs to the name of the thing ("soup with ham")."""
    following = words.low[at + 1 : at + 2]
    if at == start or not following:
        return False
    if words.low[at] == "of":
        return True
    return (
        not words.names[at + 1]
        and following[0] not in KIN
        and following[0] not in ("my", "our", "the", "his", "her", "their")
        and words.low[at] != "in"
    ) or (words.low[at] == "in" and following[0] == "a")


def _list_goes_on(words: Words, at: int, known: Catalogue) -> bool:
    """Whether after a comma or "and" another thing is named, rather than something else told."""
    if at < len(words.low) and words.low[at] == "and":
        at += 1
    if at >= len(words.low) or words.low[at] in FIRST:
        return False
    after = skip(words.low, at, DETERMINERS)
    if after >= len(words.low) or words.low[after] in STOP_NOUN:
        return False
    if after > at:  # "a brush" is a thing, whatever "brush" may be besides
        return True
    form, base = words.low[after], words.base[after]
    told = form != base and form.endswith(("ed", "ing")) and base in known.phrases
    told = told or (form in imperatives() and _has_object(words, after + 1))
    return not told and not (form == base and base in CARRIERS)


def _has_object(words: Words, at: int) -> bool:
    """Whether what follows makes a verb of the word before: "turn my head", "walk forward"."""
    low = words.low[at : at + 1]
    return bool(low) and low[0] in DETERMINERS | PREPOSITIONS | _WAYS


def stripped(words: Words, start: int, end: int) -> str:
    """The words without articles in front and loose ends behind."""
    while start < end and (words.low[start] in DETERMINERS or words.low[start] in ("to", ",")):
        start += 1
    while end > start and words.low[end - 1] in (",", "and", "the", "a", "right", "together"):
        end -= 1
    return words.slice(start, end).strip(" ,.;")
