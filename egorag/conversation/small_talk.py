"""Tell small talk ("hi", "thanks, that helped", 你能做什么) from a question about a life.

Two readers, each enough: the words are made of nothing but phrases of a language's table
``small_talk.toml``, or, for an embedder, they are nearer to an example of small talk there than to
any question there, and none of their content words is met in the home's memories.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property
from itertools import chain
from typing import Any, Literal

from egogpt.text.tokens import STOP_WORDS, fold, tokens
from egorag.language.language import LANGUAGES, Language, language_of
from egorag.ranking.embedding_cache import CachedEmbedder, EmbedderFailed
from memory.store.view import View

Intent = Literal["ability", "thanks", "farewell", "greeting"]
INTENTS: tuple[Intent, ...] = ("ability", "thanks", "farewell", "greeting")
# Cosines. No question of LifeBench, LoCoMo, LLQA and everyday passes (MiniLM, 2026-11-27).
MARGIN = 0.15  # by which an example of small talk must be nearer than one of a question
LEAST = 0.4  # with the nearest example of small talk
_LONGEST = 66  # bytes of small talk: 22 Han signs
_WORD = re.compile(r"[\u4e00-\u9fff]|[^\W_\u4e00-\u9fff]+")
_CLOSE = 0.8  # of difflib's ratio: "thnaks"


@dataclass(frozen=True)
class Phrases:
    """One language's table of phrases."""

    language: Language

    @property
    def table(self) -> Mapping[str, Any]:
        """Phrases by what they are."""
        return self.language.table("small_talk")

    @cached_property
    def examples(self) -> tuple[tuple[str, str], ...]:
        """Every example with its intent, or "question"."""
        kinds = (*INTENTS, "question")
        return tuple((text, kind) for kind in kinds for text in self.table[kind])

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of small talk."""
        phrases = [text for text, kind in self.examples if kind != "question"]
        return frozenset(w for text in (*phrases, *self.table["fillers"]) for w in _words(text))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        groups = [f"(?P<{kind}>{_any_of(self.table[kind])})" for kind in INTENTS]
        return re.compile(f"(?:(?:{'|'.join([*groups, _any_of(self.table['fillers'])])}) )+")

    def read(self, words: Sequence[str]) -> Intent | None:
        """The intent of words that are made of the table's phrases alone; else None."""
        match = self._pattern.fullmatch(f"{' '.join(words)} ")
        return next((kind for kind in INTENTS if match and match[kind]), None)

    def is_thanks(self, words: Sequence[str]) -> bool:
        """Whether words begin with thanks and go on with what asks nothing: "thanks a million"."""
        said = f"{' '.join(words)} "
        begun = next((t for t in self.table["thanking"] if said.startswith(f"{t} ")), "")
        rest = said[len(begun) :].split()
        known = {*self.words, *STOP_WORDS, *self.table["thankful"]}
        return bool(begun) and set(rest) <= known and not {*rest[:1]} & {*self.table["asking"]}


@dataclass(frozen=True, slots=True)
class SmallTalk:
    """What was said, and the language in which it is answered."""

    intent: Intent
    language: Language


def _words(text: str) -> list[str]:
    """Lower-case words, Han signs each alone; a contraction as its full words would begin."""
    return _WORD.findall(re.sub(r"['’](\w+)", r" \1", fold(text)).replace(" s ", " is "))


def _any_of(phrases: Iterable[str]) -> str:
    spelled = {" ".join(_words(phrase)) for phrase in phrases}
    return "|".join(map(re.escape, sorted(spelled, key=len, reverse=True)))


@cache
def languages() -> tuple[Phrases, ...]:
    """The tables of all languages."""
    return tuple(Phrases(Language(code)) for code in LANGUAGES)


def phrases_for(text: str) -> Phrases:
    """The table of the language that a text is answered in."""
    return next(one for one in languages() if one.language == language_of(text))


def small_talk(text: str, view: View, embedder: CachedEmbedder | None) -> SmallTalk | None:
    """What is said that asks nothing about a life; None of all else."""
    if (said := by_phrases(text)) or embedder is None:
        return said
    return by_meaning(text, embedder, lambda word: view.count_text(word) > 0)


def by_phrases(text: str) -> SmallTalk | None:
    """Small talk by the words alone, typing errors forgiven; None of all else."""
    words = _words(text)
    if not words or len(text.encode()) > _LONGEST:
        return None
    as_said = ((table, words) for table in languages())
    spelled = ((table, [_spelled(word, table) for word in words]) for table in languages())
    for table, read in chain(as_said, spelled):
        if intent := table.read(read):
            return SmallTalk(intent, table.language)
    asks = text.rstrip().endswith(("?", "？"))
    thanked = () if asks else (table for table in languages() if table.is_thanks(words))
    return next((SmallTalk("thanks", table.language) for table in thanked), None)


def _spelled(word: str, table: Phrases) -> str:
    if word in table.words:
        return word
    if (short := re.sub(r"(\w)\1+$", r"\1", word)) in table.words:  # "heyyy"
        return short
    close = get_close_matches(word, table.words, 1, _CLOSE) if len(word) > 4 else []
    return close[0] if close else word


def by_meaning(
    text: str, embedder: CachedEmbedder, is_remembered: Callable[[str], bool]
) -> SmallTalk | None:
    """Small talk by an embedder; None of all else, or where it fails.

    ``is_remembered`` tells whether a word is met in the home's memories.
    """
    table = phrases_for(text)
    if len(text.encode()) > _LONGEST or _speaks_of_a_life(text, table, is_remembered):
        return None
    try:
        query = embedder.embed_query(text)
        vectors = embedder.embed_documents([example for example, _ in table.examples])
    except EmbedderFailed:
        return None
    best: dict[str, float] = {}
    for (_, kind), cosine in zip(table.examples, (vectors @ query).tolist()):
        best[kind] = max(best.get(kind, -1.0), cosine)
    intent = max(INTENTS, key=lambda kind: best[kind])
    near = best[intent] >= max(LEAST, best["question"] + MARGIN)
    return SmallTalk(intent, table.language) if near else None


def embed_examples(embedder: CachedEmbedder) -> None:
    """Has an embedder remember the examples of all languages."""
    texts = [text for table in languages() for text, _ in table.examples]
    with suppress(EmbedderFailed):
        embedder.embed_documents(texts)


def _speaks_of_a_life(text: str, table: Phrases, is_remembered: Callable[[str], bool]) -> bool:
    """Whether it names others or a number, or has a word that the home's memories have."""
    if any(word in table.table["others"] or word.isdigit() for word in _words(text)):
        return True
    other = [
        (at, token)
        for at, token in enumerate(tokens(text))
        if token.word not in STOP_WORDS and token.word not in table.words
    ]
    return any((at > 0 and token.capital) or is_remembered(token.word) for at, token in other)
