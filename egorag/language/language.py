"""The language of a question, and what is said in it: words from its tables, dates by CLDR.

    language = language_of("Wo ist der Schlüssel?")      # Language("de")
    language.say("nothing_recorded", when="gestern")

A new language is a folder of tables with the same keys, and its code in ``LANGUAGES``.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache, reduce
from importlib.resources import files
from itertools import islice
from operator import getitem
from typing import Any, Literal

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from egogpt.text.chinese_text import is_chinese, mostly_chinese
from egogpt.text.directives import name_of, sanitize
from egogpt.text.tokens import STOP_WORDS, fold
from memory.types.messages import UserMessage, templates

LANGUAGES = ("en", "zh", "de")
_PART = re.compile(r"(?<!\?P)<(\w+)>")


@dataclass(frozen=True, slots=True)
class Language:
    """One language by its code ("en"); its tables are read when they are first asked for."""

    code: str

    def table(self, name: str) -> Mapping[str, Any]:
        """The table of the language with a name ("wording", "question", "small_talk")."""
        return _table(self.code, name)

    @property
    def empty_words(self) -> frozenset[str]:
        """The words that say nothing of what a question asks about, folded."""
        return _empty_words(self.code)

    def pattern(self, table: str, path: str) -> re.Pattern[str]:
        """A pattern of a table by its path ("done.clause"); of a list, any of its patterns."""
        entry = _entry(self.code, table, path)
        return _compiled(self.code, table, entry if isinstance(entry, str) else "|".join(entry))

    def patterns(self, table: str, path: str) -> tuple[re.Pattern[str], ...]:
        """The patterns of a list of a table, one by one."""
        return tuple(_compiled(self.code, table, one) for one in _entry(self.code, table, path))

    def rewrites(self, table: str, path: str) -> tuple[tuple[re.Pattern[str], str], ...]:
        """The pairs of a list of a table: a pattern, and what is put in its place."""
        pairs = _entry(self.code, table, path)
        return tuple((_compiled(self.code, table, pattern), by) for pattern, by in pairs)

    def words(self, table: str, path: str) -> frozenset[str]:
        """The words of an entry of a table, which blanks part."""
        return frozenset(_entry(self.code, table, path).split())

    def say(self, name: str, n: float | None = None, /, **values: object) -> str:
        """A sentence or phrase of the wording, in the form for ``n`` where it has several.

        Raises:
            KeyError: the wording has no such entry.
        """
        form = self.table("wording")[name]
        if not isinstance(form, str):
            form = form[Locale(self.code).plural_form(n if n is not None else 1)]
        number = "" if n is None else format_decimal(n, "0.##", locale=self.code)
        words = {key: self.render(str(value)) for key, value in values.items()}
        return str(form.format(n=number, **words))

    def render(self, text: str) -> str:
        """A message in this language, as far as it has templates; any other text as it is."""
        known = catalogue(self.code, "messages")
        if not known or not isinstance(text, UserMessage):
            return text
        template = known.get(text.key) or templates(text.key.partition(".")[0])[text.key]
        return template.format_map({key: self.render(value) for key, value in text.params.items()})

    def listed(self, parts: Sequence[str], last: str = "and") -> str:
        """ "a", "a and b", "a, b and c"."""
        *before, end = parts
        link = self.say(last)
        return link.join([*([self.say("comma").join(before)] if before else []), end])

    def day(self, day: date, today: date) -> str:
        """ "Tuesday 3 March", with the year where it is not this one."""
        name = "day" if day.year == today.year else "day_of_year"
        return format_date(day, self.say(name), locale=self.code)

    def date(self, day: date, pattern: str = "date") -> str:
        """A day by a pattern of the wording, without its weekday: "3 March 2026"."""
        return format_date(day, self.say(pattern), locale=self.code)

    def length(self, seconds: float) -> str:
        """A duration as a person says it: "40 seconds", "3 minutes", "1 hour 20 minutes"."""
        if seconds < 90:
            return self.amount(max(1, round(seconds)), "second")
        hours, minutes = divmod(round(seconds / 60), 60)
        parts = [(hours, "hour"), (minutes, "minute")]
        return self.say("joint").join(self.amount(n, unit) for n, unit in parts if n)

    def amount(self, n: float, unit: str) -> str:
        """So many seconds, minutes, hours: "1 minute", "2.5 hours"."""
        return self.say(unit, n)

    def quote(self, text: str) -> str:
        """Words in quotation marks, without markup and with none of these marks inside."""
        marks = str.maketrans(self.table("wording")["inner_marks"])
        return self.say("quoted", quote=sanitize(text).translate(marks))

    def addressed(self, text: str) -> str:
        """What the wearer told of themselves, told to them: "in my bag", "in your bag"."""
        for pattern, word in self.table("wording")["addressed"].items():
            text = re.sub(pattern, word, text)
        return text

    def name(self, name: str) -> str:
        """A name as a sentence may hold it, "somebody" without one."""
        number = name.removeprefix("Person ")
        if number != name and number.isdigit():
            return self.say("numbered", number=number)
        return name_of(name, self.table("wording")["called"]) if name else self.say("somebody")

    def speaker(self, name: str) -> str:
        """A name as one of who speaks, a role with its article: "der Dachdecker"."""
        roles = self.table("wording")["roles"]
        said = (a for a in roles if self.pattern("wording", f"roles.{a}").fullmatch(name))
        return " ".join([*islice(said, 1), self.name(name)])

    def label(self, name: str) -> str:
        """What a thing that was recognised is called; "" where that is not known."""
        return catalogue(self.code, "labels").get(name, "")

    def bare(self, question: str) -> str:
        """A question without the marks at its ends, and the blanks that its signs do without."""
        marks = self.table("question")["marks"]
        return re.sub(r"\s+", self.say("joint"), question).strip(marks)

    def speaks(self, text: str) -> bool:
        """Whether a text is in this language."""
        return language_of(text) == self


@cache
def _empty_words(code: str) -> frozenset[str]:
    return frozenset(map(fold, _table(code, "question")["function"]))


@lru_cache(maxsize=1024)
def language_of(text: str) -> Language:
    """The language of a text; English where nothing speaks for another."""
    if mostly_chinese(text):
        return Language("zh")
    signs = _signs_in(text)
    return Language(max(signs, key=signs.__getitem__))


def language_after(text: str, before: str) -> Language:
    """The language of a text that may be too short to tell ("Sicher?"): then that of ``before``."""
    if is_chinese(text):
        return Language("zh")
    signs, earlier = _signs_in(text), language_of(before)
    undecided = len(set(signs.values())) == 1 and earlier.code in signs
    return earlier if undecided else language_of(text)


def _signs_in(text: str) -> dict[str, tuple[int, int]]:
    """How many words of a Latin text speak for which language alone, and for it at all."""
    words = set(re.findall(r"[^\W\d_]+", text.lower()))
    codes = ("en", "de")
    return {code: (len(words & _own_signs(code)), len(words & _signs(code))) for code in codes}


@cache
def _signs(code: str) -> frozenset[str]:
    """Words by which a language is known: frequent ones, and its words of time."""
    table = _table(code, "time")
    phrases = (phrase for kind in table["words"].values() for group in kind.values()
               for phrase in group)  # fmt: skip
    return frozenset(table["signs"]) | {phrase.split()[0] for phrase in phrases}


@cache
def _own_signs(code: str) -> frozenset[str]:
    """The signs and function words of a language that are none of another."""
    return _common(code).difference(*(_common(other) for other in LANGUAGES if other != code))


def _common(code: str) -> frozenset[str]:
    function = STOP_WORDS if code == "en" else _table(code, "question")["function"]
    return _signs(code).union(function)


@cache
def catalogue(code: str, name: Literal["messages", "labels"]) -> Mapping[str, str]:
    """Key → template of ``egorag/messages.json``, or label → its name; none of English."""
    file = files("egorag.language").joinpath(code, f"{name}.json")
    found: Mapping[str, str] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    return found


@cache
def _table(code: str, name: str) -> Mapping[str, Any]:
    text = files("egorag.language").joinpath(code, f"{name}.toml").read_text("utf-8")
    return tomllib.loads(text)


def _entry(code: str, table: str, path: str) -> Any:
    return reduce(getitem, path.split("."), _table(code, table))


@cache
def _compiled(code: str, table: str, pattern: str) -> re.Pattern[str]:
    """The pattern, in which <name> stands for a part of the table, which may hold others."""
    parts = _table(code, table).get("parts", {})
    while (filled := _PART.sub(lambda name: parts[name[1]], pattern)) != pattern:
        pattern = filled
    return re.compile(pattern)
