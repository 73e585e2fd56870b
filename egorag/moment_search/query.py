"""Parse what a person types into the search box: words, "phrases" and operators; and its terms.

    parse('person:Anna "blue drawer" on:2026-03-16')
    written(query)  # the same query, in one fixed spelling; parse(written(q)) == q

Nothing is an error: what is no operator is a word, and a quote that nobody closed ends with the
text. ``looks:`` takes all words up to the next operator or quote, since a picture is described in
several. A search box has no place for a lesson in syntax.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from egogpt.text.lemmatizer import related_forms
from egogpt.text.tokens import STOP_WORDS, content_words
from memory.search.phrase_search import Term, letters_of

Operator: TypeAlias = Literal[
    "person", "on", "before", "after", "said", "text", "seen", "looks", "device", "in"
]
OPERATORS: tuple[Operator, ...] = (
    "person", "on", "before", "after", "said", "text", "seen", "looks", "device", "in",
)  # fmt: skip
_ALSO: dict[str, Operator] = {
    "who": "person", "with": "person", "day": "on", "date": "on", "until": "before",
    "since": "after", "heard": "said", "read": "text", "sign": "text", "saw": "seen",
    "picture": "looks", "camera": "device", "人": "person", "人物": "person", "日期": "on",
    "之前": "before", "之后": "after", "说": "said", "文字": "text", "看到": "seen",
    "像": "looks", "设备": "device",
}  # fmt: skip
_NAMES: dict[str, Operator] = {**{name: name for name in OPERATORS}, **_ALSO}
QUOTES = '"“”「」『』„'
_TOKEN = re.compile(
    rf"(?P<key>[^\W\d_]+)[:：](?:[{QUOTES}](?P<quoted>[^{QUOTES}]*)(?:[{QUOTES}]|$)"
    rf"|(?P<value>[^\s{QUOTES}]*))"
    rf"|[{QUOTES}](?P<phrase>[^{QUOTES}]*)(?:[{QUOTES}]|$)"
    rf"|(?P<word>[^\s{QUOTES}]+)"
)
MOST = 40  # words, phrases and operators that count, of each
_MOST_TERMS = 24
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Clause:
    """One operator with its value: ``person:Anna``."""

    operator: Operator
    value: str


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is looked for. Words may be there, phrases and clauses must."""

    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    clauses: tuple[Clause, ...] = field(default=())

    def values(self, operator: Operator) -> tuple[str, ...]:
        """The values of one operator, in the order in which they were typed."""
        return tuple(clause.value for clause in self.clauses if clause.operator == operator)

    @property
    def text(self) -> str:
        """The words as one text."""
        return " ".join(self.words)

    def __bool__(self) -> bool:
        return bool(self.words or self.phrases or self.clauses)


def parse(text: str) -> SearchQuery:
    """The query that a text says. Never raises; what is empty says nothing."""
    words: list[str] = []
    phrases: list[str] = []
    clauses: list[Clause] = []
    described = False  # whether bare words belong to the last clause, a looks:
    for match in _TOKEN.finditer(_plain(text)):
        operator = _NAMES.get((match["key"] or "").casefold())
        if operator:
            value = _tidy(match["quoted"] if match["quoted"] is not None else match["value"])
            described = operator == "looks" and match["quoted"] is None and bool(value)
            clauses += [Clause(operator, value)] if value else []
        elif match["phrase"] is not None:
            phrases += filter(None, [_tidy(match["phrase"])])
            described = False
        elif described:
            clauses[-1] = Clause("looks", " ".join((clauses[-1].value, *_pieces(match[0]))))
        else:  # a time such as a:b, or an address, is a word as well
            words += _pieces(match[0])
    once = tuple(dict.fromkeys(clauses))
    return SearchQuery(tuple(words[:MOST]), tuple(phrases[:MOST]), once[:MOST])


def written(query: SearchQuery) -> str:
    """The query in one spelling: words, phrases, then operators."""
    phrases = (f'"{phrase}"' for phrase in query.phrases)
    clauses = (f"{clause.operator}:{_quoted(clause.value)}" for clause in query.clauses)
    return " ".join((*query.words, *phrases, *clauses))


def without(query: SearchQuery, clause: Clause) -> SearchQuery:
    """The query with one clause less."""
    clauses = tuple(other for other in query.clauses if other != clause)
    return SearchQuery(query.words, query.phrases, clauses)


def _plain(text: str) -> str:
    """One line without control characters or halves of letters."""
    printable = "".join(" " if ord(c) < 32 or 0xD800 <= ord(c) <= 0xDFFF else c for c in text)
    return " ".join(printable.split())


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _pieces(text: str) -> list[str]:
    """The words of what was typed in one go, none of which could be read as anything else."""
    words = "".join(c for c in text if c not in QUOTES).split()
    return [word for word in words if _TOKEN.fullmatch(word) and not _is_clause(word)]


def _is_clause(word: str) -> bool:
    match = _TOKEN.fullmatch(word)
    return match is not None and (match["key"] or "").casefold() in _NAMES


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value


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
    return [*terms, *(Term(run) for run in dict.fromkeys(han))][:_MOST_TERMS]


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
