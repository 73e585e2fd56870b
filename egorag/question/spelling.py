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
_RUN_TOGETHER = (  # words of English that are typed without their apostrophe
    (re.compile(r"\b(what|where|when|who|how|why|that|there)s\b", re.IGNORECASE), r"\1's"),
    (
        re.compile(
            r"\b(did|does|do|is|was|are|were|have|has|had|could|would|should)nt\b", re.IGNORECASE
        ),
        r"\1n't",
    ),
)
_PERSON = re.compile(r"人物 ?(\d+)")
_ASKING = ("what", "where", "when", "who", "whose", "which", "why", "how", "did", "does")


def respelt(view: View, question: str) -> str:
    """The question with misspelt words as the home spells them, and numbered people, too."""
    question = _PERSON.sub(r"Person \1", question)
    if not question.isascii():
        return question
    parts: list[str] = []
    reached, language = 0, language_of(question)
    for typed, meant in _RUN_TOGETHER if language.code == "en" else ():
        question = typed.sub(meant, question)
    for match in _WORD.finditer(question):
        word, first = match.group(), match.start() == 0
        parts += [question[reached : match.start()], _corrected(view, word, first, language)]
        reached = match.end()
    return "".join([*parts, question[reached:]])


def _corrected(view: View, word: str, first: bool, language: Language) -> str:
    low, asking = word.lower(), language.code == "en" and first
    named = word != low and not first
    if (
        named
        or low in STOP_WORDS
        or low in LIGHT_WORDS
        or low in _ASKING
        or low in language.table("question")["function"]
        or len(low) < _LEAST - first
    ):
        return word
    if view.count_text(low):
        return word
    if asking and (near := process.extractOne(low, _ASKING, scorer=fuzz.ratio, score_cutoff=NEAR)):
        return near[0]
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
