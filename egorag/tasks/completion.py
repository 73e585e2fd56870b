"""What a task is about: whether a later sentence tells of its being done, whether two are one.

    tells_done(commitments("I have to return the library books.")[0], "I took the books back.")
    -> True

Told by the deed (its verb, or another for it), the thing and who did it, by the words in each
language's ``tasks.toml``. The embedder's cosine and the judge of answers tell the done from the
open little better than chance (docs/design/retrieval.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache
from itertools import chain, dropwhile, islice, takewhile

from egogpt.extraction.english_clauses import PREPOSITIONS
from egogpt.text.is_question import is_question
from egogpt.text.lemmatizer import inflections
from egogpt.text.stemmer import stem
from egogpt.text.tokens import LIGHT_WORDS, STOP_WORDS, content_words, fold, words_of
from egorag.language.language import Language, language_of
from egorag.language.verbs import forms_of
from egorag.question.plan import without
from egorag.tasks.commitments import Commitment, commitments
from egorag.time.calendar.local_time import LocalTime
from egorag.time.resolve import find_time

MOST = 2 / 3  # of the words for what the deed is done to, so many must be told
_SAME = 0.6  # shared part of the words from which on two tasks are one
_LONGEST = 4  # words by which a thing is named
_LISTED = 2  # words of a clause that goes on with a list
_NEAR = 8  # words after a verb in which what it is done to is named
_SEVERAL = re.compile(r",|\b(?:and|und)\b|[和、]")
_SHORT = re.compile(r"(?<=\w)'s(?= (\w+)(?: (\w+))?)")
_CLAUSES = re.compile(r"[,;:，；。、]")
_ANY_DAY = LocalTime(0.0, UTC)


@dataclass(frozen=True, slots=True)
class TaskDeed:
    """What is to be done: the verbs that tell of it ("return", "take_back"), its own first, the
    stems of what it is done to, and those of all that was said."""

    verbs: tuple[str, ...]
    objects: frozenset[str]
    said: frozenset[str]
    several: bool


def tells_done(
    commitment: Commitment, sentence: str, *, told: bool = False, before: str = ""
) -> bool:
    """Whether the sentence tells of the commitment's task as of something done or being done.

    ``told``: it is an account ("I call the dentist", "Wash the car"), where speech would order.
    ``before`` was said just before it: "Has the parcel gone?" – "I sent it off at lunch."
    """
    reader, deed = _reader(commitment.language), deed_of(commitment)
    low = fold(sentence.replace("’", "'"))
    named = reader.met(deed, reader.cut(f"{fold(before)} {low}"))
    if is_question(low) or not named or commitments(sentence):
        return False
    for pattern, by in reader.table["hidden"]:
        low = re.sub(pattern, by, low)
    low = _SHORT.sub(lambda short: reader.spelt_out(short, deed), low)
    return any(
        reader.tells(deed, clause[:at], [*clause[at:], *listed], verb)
        for clause, listed in _clauses(commitment, _timeless(low), before)
        for at, word in enumerate(clause)
        for verb in (*deed.verbs, *reader.words("any"))
        if reader.is_told(word, verb.partition("_")[0], told=told)
    )


def _clauses(task: Commitment, text: str, before: str) -> Iterator[tuple[list[str], list[str]]]:
    """The words of each clause up to which nothing is said to be open, with those of clauses that
    go on with its list, where it does not name all that the deed is done to."""
    reader, deed, parts = _reader(task.language), deed_of(task), _CLAUSES.split(text)
    for n, part in enumerate(parts):
        if reader.pattern("open").search(",".join(parts[: n + 1])):
            continue
        clause = reader.resolved(task, part, " ".join((before, *parts[:n])))
        whole = deed.objects <= reader.met(deed, clause)
        listed = [] if whole else takewhile(reader.goes_on, parts[n + 1 :])
        yield clause, reader.cut(" ".join(listed))


@lru_cache(maxsize=4096)
def deed_of(commitment: Commitment) -> TaskDeed:
    """What is to be done."""
    reader = _reader(commitment.language)
    task = reader.pattern("clause").sub("", _timeless(commitment.task.lower()))
    words, particles = reader.cut(task), reader.words("particles")
    likely = [*words[1:2], *words[-1:], *(word for word in words if word == "back")]
    particle = next((word for word in likely if word in particles), "")
    verb = f"{commitment.verb}_{particle}" if particle else commitment.verb
    groups = [group.split() for group in reader.table["same"]]
    same = [v for group in groups if reader.forms(verb) & {*group} for v in group]
    verbs = dict.fromkeys([verb, *(reader.words("due") if verb == "due" else same)])
    objects = reader.content(word for word in words if word not in (commitment.verb, particle))
    said = frozenset(reader.stems(reader.cut(commitment.sentence)))
    if reader.pattern("it").search(fold(task)):
        lead = commitment.sentence.partition(commitment.task)[0]
        named = reader.first_named(f"{commitment.before} {lead}")
        objects, said = objects | named, said | named
    return TaskDeed(tuple(verbs), objects, said, _SEVERAL.search(task) is not None)


def hangs_on_before(commitment: Commitment) -> bool:
    """Whether a task is "it", of which nothing stands before it: "I'll do it tomorrow"."""
    it = _reader(commitment.language).pattern("it").search(fold(commitment.task))
    return it is not None and not (commitment.before or deed_of(commitment).objects)


def speaks_of(commitment: Commitment, word: str) -> bool:
    """Whether a word, in any form, is among those that were said."""
    reader = _reader(commitment.language)
    return deed_of(commitment).said.issuperset(reader.stems(reader.cut(word)))


def names_subject_of(text: str, other: str) -> bool:
    """Whether a text names what another names first."""
    reader = _reader(language_of(other))
    named = reader.first_named(other)
    return bool(named) and named <= reader.content(reader.cut(text))


def search_terms(commitment: Commitment, terms_like: Callable[[str], list[str]]) -> list[str]:
    """Words by which a text index finds what tells of a task; ``terms_like`` gives terms of the
    index that look like a word, of which those are taken that are the same in another form."""
    reader, deed = _reader(commitment.language), deed_of(commitment)
    verb, like = commitment.verb, terms_like
    same = {t for o in deed.objects for t in like(o) if reader.stems([t])[0] == o}
    told = [*reader.forms(verb).intersection(like(verb)), verb] if verb else []
    return [*deed.objects, *same, *told] if deed.objects else []


def are_one(one: Commitment, other: Commitment) -> bool:
    """Whether two tasks are the same, the one perhaps in fewer words: "fix the tap for Nora"."""
    if one.language != other.language:
        return False
    a, b = deed_of(one), deed_of(other)
    words = {*a.objects, a.verbs[0]}, {*b.objects, b.verbs[0]}
    if len(words[0] & words[1]) >= _SAME * len(words[0] | words[1]):
        return True
    within = a.objects <= b.objects or b.objects <= a.objects
    related = a.verbs[0] in b.verbs or b.verbs[0] in a.verbs
    return bool(a.objects and b.objects) and within and related


def _timeless(text: str) -> str:
    named = find_time(text, _ANY_DAY, "future")
    return without(text, named.pieces) if named else text


class _DeedReader:
    """Reads what tells that something was done, by the table of a language."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self.table = language.table("tasks")["done"]
        self._english = language.code == "en"
        function = STOP_WORDS if self._english else language.table("question")["function"]
        self._empty = {*map(fold, function), *self.words("light")}

    def pattern(self, name: str) -> re.Pattern[str]:
        return self._language.pattern("tasks", f"done.{name}")

    def words(self, name: str) -> frozenset[str]:
        return self._language.words("tasks", f"done.{name}")

    def cut(self, text: str) -> list[str]:
        """The words of a text; the signs of a Chinese one."""
        return [s for s in fold(text) if s.isalnum()] if self.table["signs"] else words_of(text)

    def stems(self, words: Iterable[str]) -> list[str]:
        ends = self.pattern("endings")
        return [stem(word) if self._english else ends.sub("", word) for word in words]

    def content(self, words: Iterable[str]) -> frozenset[str]:
        """The stems of the words that say what a deed is done to."""
        kept = [word for word in words if word not in self._empty and not word.isdigit()]
        strong = [word for word in kept if word not in LIGHT_WORDS]
        return frozenset(self.stems(strong or kept))

    def forms(self, verb: str) -> frozenset[str]:
        """The forms of a verb; of English as it stands."""
        return frozenset({verb}) if self._english else forms_of(verb, self._language)

    def is_told(self, word: str, verb: str, *, told: bool) -> bool:
        """Whether a word is the verb in a form that tells that it was done."""
        if self._english:
            done = told or word != verb or word in self.words("unchanged")
            return done and word in inflections(verb)
        return word in self.forms(verb) and bool(self.pattern("participle").fullmatch(word))

    def spelt_out(self, short: re.Match[str], deed: TaskDeed) -> str:
        """ "is" for the "'s" behind which the deed is told as done: "the bill's already paid"."""
        word = short[2] if short[1] in self.words("leads") else short[1]
        verbs = (verb.partition("_")[0] for verb in (*deed.verbs, *self.words("any")))
        told = bool(word) and any(self.is_told(word, verb, told=False) for verb in verbs)
        return " is" if told else short[0]

    def tells(self, deed: TaskDeed, before: list[str], behind: list[str], verb: str) -> bool:
        """Whether a verb between words tells of the deed, done by who tells it or nobody named."""
        whole = verb not in deed.verbs  # "I did the windows": nothing but the deed
        after = behind[1 : 1 + _NEAR]
        around = self._near(deed, after) if self.table["after"] else [*before, *after]
        meets = self._meets(deed, around, whole) and {*verb.split("_")[1:]} <= {*after}
        selves = [n for n, word in enumerate(before) if word in self.words("self")]
        others = self.words("others") & set(before[max(selves, default=0) :])
        if others or selves or before[-1:] == ["to"]:
            return meets and not others and before[-1:] != ["to"]
        passive = self.words("passive") & set(before[-3:]) and not behind[0].endswith("ing")
        if passive and self._meets(deed, before, whole):
            return True
        return meets and self._by_nobody(deed, before, after)

    def goes_on(self, clause: str) -> bool:
        """Whether a clause only goes on with a list: "I bought bread, milk and the eggs"."""
        words = words_of(_SEVERAL.sub(" ", clause))
        return len({*words}.difference(self._language.table("question")["determiners"])) <= _LISTED

    def first_named(self, text: str) -> frozenset[str]:
        """The stems of the first thing that a text names, for which it then says "it"; of German
        the first noun or name."""
        if self._language.table("question")["capital_nouns"]:
            nouns = map(self.cut, re.findall(r"\b[A-ZÄÖÜ]\w+(?: [A-ZÄÖÜ]\w+)*", text))
            return next(filter(None, map(self.content, nouns)), frozenset())
        determiners = "|".join(self._language.table("question")["determiners"])
        noun = re.search(rf"\b(?:{determiners}) (.+)" if determiners else "(.+)", text.lower())
        words = self.cut(re.split(r"[^\w -]", noun[1])[0] if noun else "")
        empty = self._empty | STOP_WORDS
        begun = dropwhile(empty.__contains__, words)
        named = takewhile(lambda word: word not in empty, begun)
        return self.content(islice(named, _LONGEST))

    def resolved(self, commitment: Commitment, clause: str, earlier: str) -> list[str]:
        """The words of a clause, with what the deed is done to for "it" and for nothing at all
        ("Already paid."), where that was named earlier."""
        deed, named = deed_of(commitment), content_words(earlier)
        if self.table["signs"]:  # 水费 is not 电费
            named = [*{*named} & {*content_words(commitment.task)}]
        if not self.met(deed, [part for word in named for part in self.cut(word)]):
            return self.cut(clause)
        objects = " ".join(sorted(deed.objects))
        verbs = [verb.partition("_")[0] for verb in deed.verbs]
        words = self.cut(self.pattern("it").sub(objects, clause))
        told = {word for word in words for verb in verbs if self.is_told(word, verb, told=False)}
        bare = told and not self.content(set(words) - told - self.words("leads"))
        return [*words, *self.cut(objects)] if bare else words

    def met(self, deed: TaskDeed, words: Iterable[str]) -> set[str]:
        """What of words is of the deed, also as the end of a word: "Rechnung", Stromrechnung."""
        named, compound = self.content(words), self.table["compounds"]
        ends = {n for n in named for o in deed.objects if compound and n[3:] and o.endswith(n)}
        return ends | (named & deed.objects)

    def _meets(self, deed: TaskDeed, words: Sequence[str], whole: bool) -> bool:
        """Whether words name most of what the deed is done to, or that alone in fewer words."""
        met = self.met(deed, words)
        if met and self.content(words) <= deed.said | met and not deed.several:
            return True
        return not whole and len(met) >= MOST * len(deed.objects) > 0

    def _near(self, deed: TaskDeed, words: Sequence[str]) -> list[str]:
        """What a verb is told to be done to, and behind which prepositions of the task: of "called
        my sister about grandma" the sister; nothing, where that is not the deed's."""
        phrases: list[list[str]] = [[]]
        for word in words:
            if word in PREPOSITIONS and self.content(phrases[-1]):
                phrases.append([])
            phrases[-1].append(word)
        kept = [phrase for n, phrase in enumerate(phrases) if not n or phrase[0] in deed.said]
        other = any(deed.said.isdisjoint(self.content(phrase)) for phrase in kept)
        return [] if other else [*chain(*kept)]

    def _by_nobody(self, deed: TaskDeed, before: Sequence[str], after: Sequence[str]) -> bool:
        """Whether the words before a verb leave out who did it: "just called", 电费已经交了."""
        known: Set[str] = deed.said | self.words("leads") | self._empty
        named, following = self.content(before), self.content(after)
        if not self.words("towards") & set(before) and named & deed.objects:
            known = set() if following & deed.objects else known  # 妈妈打了电话: she did
        return known >= set(self.stems(word for word in before if word not in known))


_reader = lru_cache(_DeedReader)
