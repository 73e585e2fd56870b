"""A digest as Markdown. What was said or read in a recording is text here, never markup.

The words of a recording may hold anything: links, pictures that would be fetched, HTML. Each sign
that Markdown or HTML could read something into is escaped, and lines are never broken by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from app.days.digest import Amount, Cite, Digest, DigestLine, Promise
from app.days.digest_text import (
    day_address,
    due_words,
    facts,
    times_words,
    title,
    waiting_words,
    who_words,
)
from app.presentation.composed_text import in_words
from app.presentation.i18n import t
from app.presentation.labels import label_words
from app.presentation.rendering import clock, local_time
from app.presentation.time_text import length_words
from memory.store.store import Store

_SIGNS = re.compile(r"[\\`*_{}\[\]()<>#|~!$&@^=]")
_LINKS = re.compile(r"(?i)(://|www\.|mailto:|xmpp:)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def escaped(text: str) -> str:
    """The text on one line, with nothing in it that Markdown would turn into anything else."""
    signs = _SIGNS.sub(lambda sign: f"\\{sign.group()}", on_one_line(text))
    return _LINKS.sub(lambda link: re.sub(r"[:.]", r"\\\g<0>", link.group()), signs)


def on_one_line(text: str) -> str:
    """The text without what would break a line or move about on a terminal."""
    return " ".join(_CONTROL.sub(" ", text).split())


def digest_text(digest: Digest, store: Store) -> str:
    """The digest as plain text, for a terminal: nothing in it is markup, so nothing is escaped."""
    writer = _MarkdownWriter(store, digest.timezone, "", plain=True)
    return "\n".join(writer.lines(digest)).rstrip() + "\n"


def digest_markdown(digest: Digest, store: Store, address: str = "") -> str:
    """The digest as a file; with the ``address`` of the app, each line links to its moment."""
    writer = _MarkdownWriter(store, digest.timezone, address.rstrip("/"))
    return "\n".join(writer.lines(digest)).rstrip() + "\n"


class _MarkdownWriter:
    def __init__(self, store: Store, timezone: str, address: str, *, plain: bool = False) -> None:
        self._store, self._timezone, self._address = store, timezone, address
        self._escaped = on_one_line if plain else escaped
        self._title, self._heading = ("", "") if plain else ("# ", "## ")

    def lines(self, digest: Digest) -> Iterator[str]:
        yield f"{self._title}{title(digest.day)}"
        yield from ("", " · ".join(facts(digest)))
        if waiting := waiting_words(digest.waiting):
            yield from ("", waiting)
        if digest.summary:
            yield from ("", self._escaped(in_words(digest.summary)))
        yield from self._section(t("What happened"), (self._line(hour) for hour in digest.hours))
        yield from self._section(
            t("Who with"),
            (self._amount(person, length_words(person.seconds)) for person in digest.people),
        )
        for heading, amounts in ((t("Done"), digest.activities), (t("Places"), digest.places)):
            yield from self._section(
                heading, (self._amount(amount, times_words(amount.times)) for amount in amounts)
            )
        yield from self._section(t("Promised"), map(self._promise, digest.promised))
        yield from self._section(t("Still unfinished"), map(self._promise, digest.unfinished))

    def _section(self, heading: str, lines: Iterable[str]) -> Iterator[str]:
        items = list(lines)
        if items:
            yield from ("", f"{self._heading}{heading}", "", *(f"- {line}" for line in items))

    def _line(self, line: DigestLine) -> str:
        return f"{self._escaped(line.text)} {self._cite(line.cite)}".rstrip()

    def _amount(self, amount: Amount, words: str) -> str:
        label = self._escaped(label_words(amount.label))
        return f"{label}: {words} {self._cite(amount.cite)}".rstrip()

    def _promise(self, promise: Promise) -> str:
        due = due_words(promise, self._timezone)
        sentence = f"{self._escaped(who_words(promise))}: “{self._escaped(promise.said.text)}” "
        sentence += self._cite(promise.said.cite)
        box = "[x]" if promise.done is not None else "[ ]"
        done = "" if promise.done is None else f" {t('Done, it seems')}: {self._line(promise.done)}"
        return " ".join(filter(None, (box, f"{due}:" if due else "", sentence.rstrip()))) + done

    def _cite(self, cite: Cite | None) -> str:
        """``([09:30](address), breakfast.mp4 0:04)``."""
        if cite is None:
            return ""
        when = f"{local_time(cite.span.start, self._timezone):%H:%M}"
        if self._address:
            when = f"[{when}]({self._address}{day_address(cite, self._timezone)})"
        recording = self._store.recordings.get(cite.recording_id)
        name = "" if recording is None else self._escaped(recording.name)
        return f"({', '.join(filter(None, (when, f'{name} {clock(cite.offset)}'.strip())))})"
