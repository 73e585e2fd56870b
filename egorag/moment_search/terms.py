"""The terms that the free words of a search are looked up by."""

from __future__ import annotations

import re
from collections.abc import Sequence

from egogpt.text.lemmatizer import related_forms
from egogpt.text.tokens import STOP_WORDS, content_words
from memory.search.phrase_search import Term, letters_of

MOST = 24
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def free_terms(words: Sequence[str], typing: bool = False) -> list[Term]:
    """Each word that carries something, and of Chinese each word that does as well.

    Chinese words are not parted by spaces: "安娜的咖啡" is looked up as it stands and, since that
    may be in no text, by 安娜 and 咖啡. ``typing`` is whether the last word may go on.
    """
    latin: list[str] = []
    han: list[str] = []
    for word in words:
        runs = letters_of(word)
        rest = word
        for run in runs:
            rest = rest.replace(run, " ", 1)
            han += [run, *content_words(run)]
        latin += _WORD.findall(rest)
    strong = [word for word in latin if word.casefold() not in STOP_WORDS]
    unique = list(dict.fromkeys(strong or ([] if han else latin)))
    last = latin[-1] if latin and words and words[-1].endswith(latin[-1]) else ""
    terms = [term_of(word, typing and word == last and len(word) > 1) for word in unique]
    if typing and last and last not in unique:  # "th" may become "theatre"
        terms.append(Term(last, True))
    return [*terms, *(Term(run) for run in dict.fromkeys(han))][:MOST]


def term_of(word: str, begun: bool = False) -> Term:
    """A word with its irregular forms; the index knows the regular ones."""
    return Term(word, begun, tuple(sorted(related_forms(word.casefold()))))


def thing_names(term: Term) -> set[str]:
    """What a detector may call it: detectors name things in the singular."""
    word = term.text.casefold()
    names = {word, *term.forms}
    if word.endswith("s"):
        names |= {word[:-1], word.removesuffix("es"), f"{word.removesuffix('ies')}y"}
    return names
