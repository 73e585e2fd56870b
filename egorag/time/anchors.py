"""Words that hang a time on an event: "after the meeting", "while I was cooking", 会议之后.

The event ends at a pause, at other time words (made unreadable before) or at the question itself.
Words that only look so are left alone: "looked after", "after all", "before me", "for a while".
Which words do what stands in the table of the language, under ``anchors``.
"""

from __future__ import annotations

import re

from egorag.time.calendar.time_reference import Anchor
from egorag.time.grammar.table import Table

_LONGEST = 14  # words of an event
_NONE = r"(?!)"  # matches nothing


def find_anchor(text: str, masked: str, table: Table) -> Anchor | None:
    """The event that a text's time hangs on, or None.

    Args:
        text: as it is written.
        masked: the text with its time words made unreadable (NUL characters).
        table: of the language.
    """
    finder = _Finder(text, masked, table)
    return finder.between() or finder.single()


class _Finder:
    """Finds events in a text by the patterns of its language; one left out matches nothing."""

    def __init__(self, text: str, masked: str, table: Table) -> None:
        self._text, self._low, self._words = text, table.low(masked), table.raw.get("anchors", {})

    def _pattern(self, name: str) -> re.Pattern[str]:
        return re.compile(self._words.get(name, _NONE))

    def between(self) -> Anchor | None:
        """ "between the meeting and lunch"."""
        for match in self._pattern("between").finditer(self._low):
            second = self._pattern("tail").sub("", match["two"])
            are_events = all(map(self._pattern("events").search, (match["one"], second)))
            if are_events and not self._pattern("choice").search(self._low[: match.start()]):
                one, two = match.span("one"), match.start("two")
                end = two + len(second)
                place = (match.start(), end)
                return Anchor("between", self._text[slice(*one)], self._text[two:end], place)
        return None

    def single(self) -> Anchor | None:
        """One event and its relation, which stands before or after it."""
        for match in self._pattern("start").finditer(self._low):
            start, end = self._event(match)
            event, word = self._low[start:end], match["word"]
            if event and self._is_event(match, event):
                begin, stop = min(match.start(), start), max(match.end("word"), end)
                begin = start if match.end("event") <= match.start("word") else begin
                relation, onwards = self._words["relations"][word], self._words.get("onwards", ())
                return Anchor(relation, self._text[start:end], "", (begin, stop), word in onwards)
        return None

    def _event(self, match: re.Match[str]) -> tuple[int, int]:
        """Where the event is; one that opens the question ends where the question itself begins."""
        start, end = match.span("event")
        if self._opens(match):
            question = self._pattern("question").search(self._low, start, end)
            end = question.start() if question and self._low[end : end + 1] != "," else end
        event = self._pattern("tail").sub("", self._low[start:end]).rstrip()
        end = start + len(event)
        start = end - len(event.lstrip())
        lead = self._pattern("lead").match(self._low[start:end])
        return start + (lead.end() if lead else 0), end

    def _is_event(self, match: re.Match[str], event: str) -> bool:
        head, only = self._low[: match.start()].rstrip(), self._words.get("only", {})
        special = only.get(match["word"], {})
        opening = special.get("opening", {}) if self._opens(match) else {}
        if (
            len(event.split()) > _LONGEST
            or not event[0].isalnum()
            or self._pattern("no_event").search(event)
            or self._pattern("no_head").search(head)
            or (re.search(special.get("head", _NONE), head) and not match.groupdict().get("adverb"))
            or any(re.match(words.get("not", _NONE), event) for words in (special, opening))
        ):
            return False
        named = special.get("capital") and self._text[match.start("event")].isupper()
        is_event = named or re.match(special.get("event", ""), event) is not None
        return is_event and (not special.get("asks") or self._tells(match, event, head))

    def _tells(self, match: re.Match[str], event: str, head: str) -> bool:
        """Whether a "when" tells a time rather than asks for one."""
        if not self._opens(match):
            said = self._pattern("saying").search(head)
            return bool(said) or not self._pattern("knowing").search(head)
        rest = self._low[match.start("event") + len(event) :].lstrip(" \0")
        return rest.startswith(",") or bool(self._pattern("asking").match(rest))

    def _opens(self, match: re.Match[str]) -> bool:
        """Whether a match opens a clause."""
        head = self._low[: match.start()]
        return not head.strip(" \0,") or head.rstrip().endswith((",", ".", ";"))
