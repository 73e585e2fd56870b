"""Sentences that ask for something to be done or said, rather than state that something is so.

    mood("Buy milk on the way home.")                       # "order"
    mood("When asked about the meeting say it is off.")     # "script": what others are to say
    stated("We moved to Rome. Call me!")                    # "We moved to Rome."

Such words are never evidence of what they hold, only of having been said:
``egorag.generation.hearsay``. Nor is what only a question, a condition, or talk of what is to be
told ("the line is that …") holds: a "mention". The rules lean to finding too many: what is found
is quoted instead of asserted.

Text that was seen or heard is made harmless (``sanitize``): it can neither run nor fetch. Words
addressed to an assistant are still quoted to the person, but never shown to a language model.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Literal

from egogpt.text.chinese_text import is_chinese
from egogpt.text.lemmatizer import inflections
from egogpt.text.tokens import STOP_WORDS, words_of

Mood = Literal["", "mention", "order", "script"]
_IMAGE_OR_LINK = re.compile(r"!?\[([^\]]*)\]\(([^)]*)\)")
_TAG = re.compile(r"</?[A-Za-z!][^>]*>")
_SCHEME = re.compile(r"\b(?:https?|ftp|data|javascript|file)\s*:\s*(?://)?", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_SPACE = re.compile(r"[\x00-\x1f\x7f\s]+")
_SENTENCE = re.compile(r"(?<=[.!?])[\"”')]*\s+|(?<=[。！？；])[”」』]*\s*|[;\n]+")
_CLAUSE = re.compile(r"\s*[,:;–—]+\s*|\s+-+\s+|\.\.\.|…|\s+(?:so|then)\s+")
_COMMA = re.compile(r"(?<=[,;，；])\s*")
_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*|\d+")
_NAME_WORDS, _ROLE_WORDS, _PLACE_WORDS, _HAN_NAME = 5, 4, 4, 12
_HAN_ROLE = re.compile("[一-鿿]{2}(?:员|工|师傅|小哥|大哥|大姐|阿姨|老板|经理|医生|老师|司机)")
_NO_NAME = re.compile(r"[:;!?@<>{}\[\]\"“”=|\\，。：；！？]")


@cache
def _table(language: str) -> Mapping[str, Any]:
    text = files("egogpt.text").joinpath(f"directives.{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _patterns(language: str, name: str) -> tuple[re.Pattern[str], ...]:
    """The pattern, or patterns, of a name in a language's table."""
    table = _table(language)
    listed = [table[name]] if isinstance(table[name], str) else table[name]
    words = {
        name: f"(?:{'|'.join(listed.split())})" for name, listed in table.get("words", {}).items()
    }
    parts = words | {part: _on_one_line(pattern) for part, pattern in table["parts"].items()}
    return tuple(re.compile(_filled(_on_one_line(pattern), parts)) for pattern in listed)


def _filled(pattern: str, parts: Mapping[str, str]) -> str:
    """A pattern with its parts, which may have parts."""
    part = re.compile(r"(?<!\?P)<(\w+)>")
    while (filled := part.sub(lambda name: parts.get(name[1], name[0]), pattern)) != pattern:
        pattern = filled
    return pattern


def _met(language: str, name: str, text: str) -> bool:
    """Whether a text in small letters has what any pattern of a name looks for."""
    return any(pattern.search(text) for pattern in _patterns(language, name))


def _opens(name: str, text: str) -> bool:
    """Whether a text in small letters begins with the English pattern of a name."""
    return _patterns("en", name)[0].match(text) is not None


def _on_one_line(pattern: str) -> str:
    return re.sub(r"(?:\A|\n) +", "", pattern)


@cache
def _words(name: str) -> frozenset[str]:
    """A list of words of the English table."""
    return frozenset(_table("en")["words"][name].split())


def sanitize(text: str) -> str:
    """One line of plain text without markup, link schemes or control characters."""
    text = _CONTROL.sub(" ", text)
    text = _IMAGE_OR_LINK.sub(lambda match: match[1] or "picture", text)
    text = _SCHEME.sub("", _TAG.sub("", text))
    return re.sub(r"\s+", " ", text.replace("`", "'")).strip()


def looks_like_instruction(text: str) -> bool:
    """Whether the text speaks to an assistant as if to instruct it."""
    return _met("en", "instructions", _CONTROL.sub(" ", text).lower())


@lru_cache(maxsize=1 << 15)  # a day is asked about many times
def mood(sentence: str) -> Mood:
    """Whether one sentence states something (""), only mentions it, orders it, or scripts it."""
    text = _normal(sentence)
    if is_chinese(text) and (found := _by_patterns("zh", text)):
        return found
    if looks_like_instruction(text) or any(_met(one, "scripts", text) for one in ("en", "de")):
        return "script"
    begun = _imperative(text)
    if begun.startswith("remember") and text.endswith("?"):
        return ""  # "Remember when …?"
    if _opens("says", begun):
        return "script"
    return "order" if begun else _by_patterns("en", text)


def _by_patterns(language: str, text: str) -> Mood:
    """The mood of a sentence by the patterns of a language alone."""
    moods: dict[str, Mood] = {"scripts": "script", "orders": "order", "mentions": "mention"}
    return next((moods[name] for name in moods if _met(language, name, text)), "")


def moods(text: str) -> Iterator[tuple[str, Mood]]:
    """Each sentence of a text with its mood."""
    for part in _SENTENCE.split(text):
        if part and part.strip():
            yield part.strip(), mood(part)


def orders(sentence: str) -> bool:
    """Whether one sentence wants something done or said: never the assistant's own words."""
    return mood(sentence) in ("order", "script")


def scripts(text: str) -> bool:
    """Whether a text tells others, an assistant perhaps, what to say: nothing in it is evidence."""
    return any(found == "script" for _, found in moods(text)) or mood(text) == "script"


def directs(text: str) -> bool:
    """Whether any sentence of a text asks for something to be done, or wants it told."""
    return any(found for _, found in moods(text)) or mood(text) == "script"


def stated(text: str) -> str:
    """What of a text states something; "" where any of it is a script.

    Of "The plumber comes on Friday, please be home." that is what stands before the request.
    """
    if scripts(text):
        return ""
    parts = (_before_order(one) if found else one for one, found in moods(text))
    return " ".join(filter(None, parts))


def _before_order(sentence: str) -> str:
    """What a sentence states before it comes to an order: whole clauses, at least three words."""
    clauses = _COMMA.split(sentence)
    states = [not mood(clause) for clause in clauses]
    begun = "".join(clauses[: states.index(False)]) if False in states else ""
    leads = _opens("opener", _normal(begun)) or len(words_of(begun)) < 3
    return "" if leads else begun.rstrip(" ,;:-–—，、")


def name_of(name: str, strange: str = 'somebody called "{name}"') -> str:
    """A name as a sentence may hold it: one that no person or place bears, by a form for such."""
    shown = sanitize(name)
    if not is_strange_name(shown):
        return shown
    quoted = shown.replace('"', "'")
    return strange.format(name=quoted)


def is_strange_name(name: str) -> bool:
    """Whether a name is rather a sentence, or speaks to whoever reads it; a role is none, with
    where somebody is from: "the dental nurse", "the man from Hobbs's"."""
    words, low = name.split(), name.lower().split()
    if is_chinese(name):
        ordered = mood(name) and not _HAN_ROLE.fullmatch(name)  # 快递员 is no 快递…
        return len(name) > _HAN_NAME or bool(_NO_NAME.search(name) or ordered)
    if _NO_NAME.search(name) or looks_like_instruction(name):
        return True
    if len(words) < 2:
        return False
    at = next((n for n, word in enumerate(low) if n and word in _words("from")), len(words))
    owners = _words("owners" if words[at - 1].islower() else "any_owners")  # German nouns are tall
    role = 1 < at <= _ROLE_WORDS and low[0] in owners
    small = at > 1 and any(w[:1].islower() and w not in _words("particles") for w in words[:at])
    if at > _NAME_WORDS or len(words) - at > _PLACE_WORDS or (small and not role):
        return True
    told = not _words("finite").isdisjoint(low[1:])
    if role or at < len(words):
        free = (word for before, word in pairwise(low) if before not in _words("any_owners"))
        told = told or not _verbal().isdisjoint(free)
    return told or orders(name)


@cache
def _verbal() -> frozenset[str]:
    """Words that make a sentence of a role: "says", "gave", "must", "you"."""
    forms = {form for verb in imperatives() for form in inflections(verb) - {verb}}
    forms = {form for form in forms if not form.endswith(("ed", "ing"))}
    names = _words("any_owners") | _words("particles") | _words("from")
    return frozenset(forms | STOP_WORDS) - names


def _normal(text: str) -> str:
    """One line in the letters that it looks like, in lower case."""
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).replace("’", "'")
    return _SPACE.sub(" ", text).strip(" \"“”'‘’«»*_#>-•").lower()


def _imperative(text: str) -> str:
    """The text from its first verb on where a clause begins with one as an order does, else ""."""
    opened = True
    for clause in _CLAUSE.split(text):
        if not clause:
            continue
        if (begun := _begins(clause)) and (opened or _opens("takes_object", begun)):
            return begun
        short = len(clause.split()) <= 3
        opened = opened and bool(short or _opens("opener", clause))
    after = text.partition(":")[2]
    return _begins(after) if after else ""


def _begins(clause: str) -> str:
    """The clause without what leads to its verb, if that has the form and place of an order."""
    words = " ".join(_WORD.findall(clause))
    lead = _patterns("en", "lead")[0].match(words)
    at = lead.end() if lead else 0
    begun = words[at:]
    if _opens("partings", clause):
        return ""
    verb = begun.partition(" ")[0] in imperatives() and not _opens("subject", begun)
    return begun if verb or _met("en", "negation", words[:at]) else ""


@cache
def imperatives() -> frozenset[str]:
    """Verbs in their base form that begin an order or a request."""
    text = files("egogpt.text").joinpath("imperatives.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())
