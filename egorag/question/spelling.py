"""Typing errors: a word that nothing in the home holds is read as the nearest that something holds.

Names are left as they are: somebody who is not in the home is nobody else, and so are words of the
language: a shoe that nobody spoke of is no "she". One letter too many or too few, or two in the
wrong order, are near; another letter is near only in long words.
"""

from __future__ import annotations

import re

from rapidfuzz import fuzz, process

from egogpt.text.stemmer import stem
from egogpt.text.tokens import LIGHT_WORDS, STOP_WORDS, words_of
from egorag.language.glossary import is_word
from egorag.language.language import Language, language_of
from memory.store.view import View

NEAR = 85.0  # of 100, by the letters that two words share in order
_LEAST = 4  # letters
_WORD = re.compile(r"[A-Za-z]+")
_PERSON = re.compile(r"人物 ?(\d+)")


def respelt(view: View, question: str) -> str:
    """The question with misspelt words as the home spells them, and numbered people, too."""
    question = _PERSON.sub(r"Person \1", question)
    if not question.isascii():
        return question
    language = language_of(question)
    for typed, meant in language.table("question")["run_together"].items():
        question = re.sub(typed, meant, question, flags=re.IGNORECASE)
    return _WORD.sub(lambda at: _corrected(view, at[0], at.start() == 0, language), question)


def _corrected(view: View, word: str, first: bool, language: Language) -> str:
    low, table = word.lower(), language.table("question")
    asking = table["asking"] if first else ()
    named, short = word != low and not first, len(low) < _LEAST - first
    frequent = (STOP_WORDS, LIGHT_WORDS, table["asking"], table["function"])
    if named or short or any(low in words for words in frequent) or view.count_text(low):
        return word
    if asking and (near := process.extractOne(low, asking, scorer=fuzz.ratio, score_cutoff=NEAR)):
        return str(near[0])
    if len(low) < _LEAST or is_word(low, language.code):
        return word
    root = stem(low)
    terms = process.extract(
        root, view.terms_like(root), scorer=fuzz.ratio, score_cutoff=NEAR, limit=3
    )
    spelt = (_spelling(view, term) for term, _, _ in terms)
    return next((whole for whole in spelt if fuzz.ratio(low, whole) >= NEAR), word)


def _spelling(view: View, term: str) -> str:
    """A word of the home with this stem; "" where none may be known at the time asked."""
    for memory in view.by_id(list(view.search_text([term], limit=1))):
        stems = {word: stem(word) for word in words_of(memory.text)}
        return next((word for word, own in stems.items() if own == term or word == term), "")
    return ""
