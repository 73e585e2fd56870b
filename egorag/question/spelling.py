"""Typing errors: a word that nothing in the home holds is read as the nearest that something holds.

Names are left as they are: somebody who is not in the home is nobody else (in German, whose nouns
begin with capitals, too, no such word is read as a name), and so are words of the language: a shoe
that nobody spoke of is no "she". One letter too many or too few, or two in the
wrong order, are near; another letter is near only in long words.
"""

from __future__ import annotations

import re

from rapidfuzz import fuzz, process

from egogpt.text.stemmer import stem
from egogpt.text.tokens import LIGHT_WORDS, STOP_WORDS, fold
from egorag.language.glossary import is_word
from egorag.language.language import Language, language_of
from memory.store.view import View

NEAR = 85.0  # of 100, by the letters that two words share in order
_LEAST = 4  # letters
_NAMES = 200  # people who speak most
_WORD = re.compile(r"[a-zäöüß]+", re.IGNORECASE)
_PERSON = re.compile(r"人物 ?(\d+)")


def respelt(view: View, question: str) -> str:
    """The question with misspelt words as the home spells them, and numbered people, too."""
    question = _PERSON.sub(r"Person \1", question)
    language = language_of(question)
    if language.code == "zh":
        return question
    for typed, meant in language.table("question")["run_together"].items():
        question = re.sub(typed, meant, question, flags=re.IGNORECASE)
    return _WORD.sub(lambda at: _corrected(view, at[0], at.start() == 0, language), question)


def _corrected(view: View, word: str, first: bool, language: Language) -> str:
    low, table = word.lower(), language.table("question")
    asking = table["asking"] if first else ()
    capital = word != low and not first
    named, short = capital and language.code != "de", len(low) < _LEAST - first
    frequent = (STOP_WORDS, LIGHT_WORDS, table["asking"], table["function"])
    root = stem(fold(low))
    if named or short or any(low in words for words in frequent):
        return word
    if view.count_text(low):  # "Lesebrile" has the stem of "Lesebrille"
        known = [] if is_word(low, language.code) else [(root, 0.0, 0)]
    elif asking and (near := process.extractOne(low, asking, scorer=fuzz.ratio, score_cutoff=NEAR)):
        return str(near[0])
    elif len(low) < _LEAST or is_word(low, language.code):
        return word
    else:
        like = view.terms_like(root)
        known = process.extract(root, like, scorer=fuzz.ratio, score_cutoff=NEAR, limit=3)
    names = {name.lower() for name in view.speakers(_NAMES)} if capital else ()
    spelt = (_spelling(view, term, low) for term, _, _ in known)
    nearest = (whole for whole in spelt if fuzz.ratio(low, whole) >= NEAR and whole not in names)
    whole = next(nearest, low)
    if low.startswith(whole):  # "Muttis" is no "Mutti"
        return word
    return whole.capitalize() if capital else whole


def _spelling(view: View, term: str, typed: str) -> str:
    """A word of the home with this stem, as it was ``typed`` if possible; "" where none may be
    known at the time asked."""
    whole = term + fold(typed)[len(stem(fold(typed))) :]  # a stem may have another stem
    for memory in view.by_id(list(view.search_text([term, whole, typed], limit=1))):
        words = {word.lower(): fold(word) for word in _WORD.findall(memory.text)}
        same = [word for word, folded in words.items() if term in (folded, stem(folded))]
        return typed if typed in same else min(same, default="")
    return ""
