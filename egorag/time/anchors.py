"""Words that hang a time on an event: "after the meeting", "while I was cooking", 会议之后.

The event ends at a pause, at other time words (made unreadable before) or at the question itself.
Words that only look so are left alone: "looked after", "after all", "before me", "for a while".
Which words do what stands in the table of the language, under ``anchors``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from egorag.time.calendar.time_reference import Anchor
from egorag.time.grammar.table import Table, load_table

_LONGEST = 14  # words of an event


def find_anchor(text: str, masked: str, table: Table) -> Anchor | None:
    """The event that a text's time hangs on, or None.

    Args:
        text: as it is written.
        masked: the text with its time words made unreadable (NUL characters).
        table: of the language.
    """
    low = table.low(masked)
    finder = _finder(table.name)
    return finder.between(text, low) or finder.single(text, low)


@cache
def _finder(name: str) -> _Finder:
    return _Finder(load_table(name).raw.get("anchors", {}))


@dataclass(frozen=True)
class _Finder:
    """The patterns of a language; one that a table leaves out matches nothing."""

    words: Mapping[str, Any]

    def pattern(self, name: str) -> re.Pattern[str]:
        return re.compile(self.words.get(name, r"(?!)"))

    def between(self, text: str, low: str) -> Anchor | None:
        """ "between the meeting and lunch"."""
        for match in self.pattern("between").finditer(low):
            second = self._without_tail(match["two"])
            events = self.pattern("events")
            if not (events.search(match["one"]) and events.search(second)):
                continue
            if self.pattern("choice").search(low[: match.start()]):
                continue
            two = slice(match.start("two"), match.start("two") + len(second))
            one = text[match.start("one") : match.end("one")]
            return Anchor("between", one, text[two], (match.start(), two.stop))
        return None

    def single(self, text: str, low: str) -> Anchor | None:
        """One event and its relation, which stands before or after it."""
        for match in self.pattern("start").finditer(low):
            start, end = _trimmed(low, match.start("event"), self._event_end(low, match))
            if lead := self.pattern("lead").match(low[start:end]):
                start += lead.end()
            event, word = low[start:end], match["word"]
            if end > start and self._is_event(text, low, match, event):
                begin, stop = min(match.start(), start), max(match.end("word"), end)
                begin = start if match.end("event") <= match.start("word") else begin
                relation = self.words["relations"][word]
                onwards = word in self.words.get("onwards", ())
                return Anchor(relation, text[start:end], "", (begin, stop), onwards)
        return None

    def _event_end(self, low: str, match: re.Match[str]) -> int:
        """An event that opens the question ends where the question itself begins."""
        end = match.end("event")
        if _opens(low, match.start()):
            question = self.pattern("question").search(low, match.start("event"), end)
            end = question.start() if question and low[end : end + 1] != "," else end
        return match.start("event") + len(self._without_tail(low[match.start("event") : end]))

    def _without_tail(self, event: str) -> str:
        return self.pattern("tail").sub("", event)

    def _is_event(self, text: str, low: str, match: re.Match[str], event: str) -> bool:
        word, head = match["word"], low[: match.start()].rstrip()
        if len(event.split()) > _LONGEST or not event[0].isalnum():
            return False
        if self.pattern("no_event").search(event) or self.pattern("no_head").search(head):
            return False
        special = self.words.get("only", {}).get(word, {})
        adverb = match.groupdict().get("adverb")
        if "head" in special and not adverb and re.search(special["head"], head):
            return False
        if "not" in special and re.match(special["not"], event):
            return False
        if "event" in special and not (
            re.match(special["event"], event)
            or (special.get("capital") and text[match.start("event")].isupper())
        ):
            return False
        opening = special.get("opening", {}).get("not", r"(?!)")
        if _opens(low, match.start()) and re.match(opening, event):
            return False
        return not special.get("asks") or self._tells(low, match, event)

    def _tells(self, low: str, match: re.Match[str], event: str) -> bool:
        """Whether a "when" tells a time rather than asks for one."""
        if not _opens(low, match.start()):
            head = low[: match.start()].rstrip()
            said = self.pattern("saying").search(head)
            return bool(said) or not self.pattern("knowing").search(head)
        rest = low[match.end("event") - len(match["event"]) + len(event) :].lstrip(" \0")
        return rest.startswith(",") or bool(self.pattern("asking").match(rest))


def _opens(low: str, at: int) -> bool:
    return not low[:at].strip(" \0,") or low[:at].rstrip().endswith((",", ".", ";"))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch without the white space at its ends."""
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip()), end - (len(inner) - len(inner.rstrip()))
