"""What sentences commit somebody to a task.

    commitments("Okay. I still have to pay the rent by Friday!")
    -> [Commitment("I still have to pay the rent by Friday!", "own", "pay the rent by Friday", …)]

Rules over single sentences, by the table ``tasks.toml`` of each language. Questions ("do I have to
…?"), denials, conditions ("I would, if …"), what is quoted, and what is done this very moment
("I'll have the soup") commit to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, islice, pairwise
from typing import Literal

from egogpt.text.lemmatizer import base_of
from egogpt.text.tokens import fold
from egorag.evidence.units import sentences
from egorag.language.language import LANGUAGES, Language

By = Literal["own", "asked", "due"]

_CUES: tuple[tuple[By, str], ...] = (
    ("due", "soft"), ("own", "firm"), ("asked", "firm"), ("own", "soft"), ("asked", "soft"),
)  # fmt: skip
_QUOTED = re.compile(r"[\"“”][^\"“”]*(?:[\"“”]|$)|(?<!\w)'[^']{3,}'(?!\w)")
_HAN_STOP = re.compile(r"(?<=[。！？!?])(?=[\u4e00-\u9fff])")
_LONGEST = 1_000  # signs of a sentence that are read
_LYRICS = re.compile(r"^\W*(?:\(?lyrics|♪|♫|\[?singing)")


@dataclass(frozen=True, slots=True)
class Commitment:
    """A task and who took it: ``own`` the speaker, ``asked`` the hearer; of what is only said to be
    ``due`` nobody is known.

    ``task`` is what is to be done, as said, without what leads to it; ``verb`` its verb in lower
    case, "" where none is said. ``lasting`` tasks stay open for weeks ("I have to …"); others
    ("I'll send it") are mostly done, or dropped, soon. ``before`` is the sentence before it.
    """

    sentence: str
    by: By
    task: str
    verb: str
    lasting: bool
    language: Language
    before: str = ""


def commitments(text: str) -> list[Commitment]:
    """The commitments of a text, at most one a sentence."""
    parts = _with_times(text) if may_commit(text) else []
    return [
        replace(found, before=before)
        for (before, _), (sentence, timed) in pairwise([("", ""), *parts])
        for found in _of_sentence(sentence, timed)
    ]


def may_commit(text: str) -> bool:
    """A quick test that every text passes in which `commitments` finds any."""
    return next(_languages(_folded(text)), None) is not None


def _with_times(text: str) -> list[tuple[str, str]]:
    """The sentences, each alone and with the time that the next one tells: "…? By Friday."."""
    times = [Language(code).pattern("tasks", "commitments.to_come") for code in LANGUAGES]
    found: list[tuple[str, str]] = []
    start = end = 0
    for part in chain.from_iterable(map(_HAN_STOP.split, sentences(text))):
        at = text.index(part, end)
        end = at + len(part)
        low = _folded(part).strip(" .!。！")
        if found and any(time.fullmatch(low) for time in times):
            found[-1] = found[-1][0], text[start:end]
        else:
            start = at
            found.append((part, part))
    return found


def _languages(low: str) -> Iterator[Language]:
    """The languages of which some sign of a commitment stands in a text."""
    low = f" {low}"
    for language in map(Language, LANGUAGES):
        if any(sign in low for sign in language.table("tasks")["commitments"]["signs"]):
            yield language


@lru_cache(maxsize=4096)
def _of_sentence(sentence: str, timed: str) -> tuple[Commitment, ...]:
    low = _QUOTED.sub(lambda match: " " * len(match.group()), _folded(sentence[:_LONGEST]))
    readers = (_SentenceReader(language, sentence, low, timed) for language in _languages(low))
    return tuple(islice(chain.from_iterable(reader.all() for reader in readers), 1))


def _folded(text: str) -> str:
    """Lower case, of the same length where it is the same letter for letter."""
    folded = fold(text.replace("’", "'"))
    if len(folded) == len(text):
        return folded
    kept = (sign if len(sign.lower()) != 1 else sign.lower() for sign in text)
    return "".join(kept).replace("’", "'")


@dataclass(frozen=True, slots=True)
class _SentenceReader:
    """A sentence, also in lower case and without what it quotes, read as one of a language;
    ``timed`` with the time that the next one names."""

    language: Language
    sentence: str
    low: str
    timed: str

    def all(self) -> Iterator[Commitment]:
        """The commitments, those of the surest cue first."""
        if self._pattern("condition").search(self.low) or _LYRICS.match(self.low):
            return
        end = self.low.rstrip()
        asks = self._pattern("question").search(end) and not self._pattern("tagged").search(end)
        for by, strength in _CUES:
            name = f"{by}_{strength}"
            if asks and (name != "asked_soft" or self._pattern("asking").match(self.low)):
                continue
            cues = self.language.patterns("tasks", f"commitments.{name}")
            for match in chain(*(cue.finditer(self.low) for cue in cues)):
                if not self._pattern("before").search(self.low[: match.start()]):
                    yield from self._task(match, by, firm=strength == "firm")

    def _pattern(self, name: str) -> re.Pattern[str]:
        return self.language.pattern("tasks", f"commitments.{name}")

    def _words(self, name: str) -> frozenset[str]:
        return self.language.words("tasks", f"commitments.{name}")

    def _task(self, match: re.Match[str], by: By, *, firm: bool) -> Iterator[Commitment]:
        """The task that a cue tells or that stands behind it, if it is one to be remembered."""
        groups = {name: said for name, said in match.groupdict().items() if said}
        spans = [match.span(name) for name in ("front", "task") if name in groups]
        (start, end), *rest = spans or [(match.end(), len(self.low))]
        if skipped := self._pattern("leads").match(self.low, start, end):
            start = skipped.end()
        told = " ".join(self.sentence[a:b].strip() for a, b in ((start, end), *rest))
        told = told.rstrip("?!.。？！ ")
        task = self._pattern("ends").sub("", told).strip(" ,，")
        low = _folded(task)
        verb = self._infinitive(groups) if "finite" in groups else base_of(groups.get("verb", ""))
        verb = verb or self._verb(match, by, low)
        alone = by == "own" and not re.search(r"\s", task)
        if not task or (alone and not self._pattern("joining").search(self.low[: match.start()])):
            return
        if verb not in self._words("no_verb") and self._counts(verb, low, by, firm=firm):
            lasting = firm or by == "due"
            yield Commitment(self.timed, by, task, verb, lasting, self.language)

    def _infinitive(self, groups: dict[str, str]) -> str:
        """The errand that a finite verb tells of, with what is parted from it: "Rufst … an"."""
        stem = groups.get("particle", "") + groups["finite"]
        for pattern, by in self.language.table("tasks")["commitments"]["finite"]:
            stem = re.sub(pattern, by, stem)
        errands = self._words("errands")
        return next((verb for verb in (f"{stem}en", f"{stem}n") if verb in errands), "not")

    def _verb(self, match: re.Match[str], by: By, task: str) -> str:
        """The verb of a task, with what is parted from it: "mitbring" of "bring … mit"."""
        patterns = self.language.patterns("tasks", "commitments.verb") if by != "due" else ()
        found = next(filter(None, (pattern.search(task) for pattern in patterns)), None)
        if found is None:
            return "due" if by == "due" else "not"
        verb = (found.groupdict().get("particle") or "") + found["verb"]
        gerund = self.low[: match.end()].endswith("mind ")
        return verb.removesuffix("ing") if gerund else verb

    def _counts(self, verb: str, task: str, by: By, *, firm: bool) -> bool:
        """Whether the deed is one that waits: by its verb, and by a time to come that is named."""
        errand, told = verb in self._words("errands"), by != "due"
        if verb in self._words("manner") or (told and self._pattern("talk").match(task)):
            return False
        if self.timed != self.sentence or self._pattern("to_come").search(self.low):
            return True
        if self._pattern("now").search(self.low):
            return False
        if told and self._pattern("waits").match(task):
            return True
        if told and self._pattern("at_hand").match(task) and not (firm and errand):
            return False
        if firm:
            return verb not in self._words("idle")
        return errand and verb not in self._words("on_the_spot")
