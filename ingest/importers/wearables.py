"""Conversations that other wearables' clouds give back as JSON: Limitless lifelogs, and Omi's.

Limitless: the replies of ``GET /v1/lifelogs`` (its OpenAPI description), alone, in lists or pages.
What was said are the nodes of type ``blockquote``; ``speakerIdentifier`` "user" is the wearer.
Omi: the replies of ``GET /v1/dev/user/conversations?include_transcript=true`` (docs.omi.me); the
times of ``transcript_segments`` count from ``started_at``, ``is_user`` is the wearer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ingest.importers.day_clock import LineTimes
from ingest.importers.errors import unreadable_lines
from ingest.importers.jsonl import load
from ingest.importers.line_events import Collector, Script
from ingest.importers.start_time import ImportSource

_WEARER = "me"
_NOBODY = ("", "unknown")  # how a voice without a name is called
_Add = Callable[[dict[str, Any], int, Collector, LineTimes], None]


def read_limitless(source: ImportSource) -> Script:
    """The sentences of Limitless lifelogs.

    Raises:
        UnreadableLines: it holds none that is dated.
    """
    return _read(source, ("lifelogs", "lifelog"), _add_lifelog, "Limitless")


def read_omi(source: ImportSource) -> Script:
    """The sentences of Omi's conversations. Raises as ``read_limitless``."""
    return _read(source, ("conversations", "memories"), _add_conversation, "Omi")


def _read(source: ImportSource, lists: tuple[str, ...], add: _Add, device: str) -> Script:
    collector = source.collector()
    moments = LineTimes(source.path, source.timezone, source.options.day_one)
    for number, entry in enumerate(_entries(load(source.path), lists), start=1):
        try:
            add(entry, number, collector, moments)
        except (ValueError, TypeError, AttributeError, KeyError):
            collector.tally.skip(number)
    if not collector.events:
        reason, advice = "ingest.lines-no-sentences", "ingest.lines-export-transcripts"
        raise unreadable_lines(source.path, reason, advice, device=device)
    return Script(
        source.path,
        source.options.timezone or moments.timezone,
        moments.source,
        collector.events,
        collector.tally,
        subject=source.options.subject or device,
    )


def _entries(value: Any, lists: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The objects in a reply, a list of them or of replies, or one alone."""
    if isinstance(value, list):
        for each in value:
            yield from _entries(each, lists)
    elif isinstance(value, dict):
        inner = next((value[name] for name in ("data", *lists) if name in value), None)
        if isinstance(inner, (dict, list)):
            yield from _entries(inner, lists)
        else:
            yield value


def _add_lifelog(
    entry: dict[str, Any], number: int, collector: Collector, moments: LineTimes
) -> None:
    begun = moments.at(entry["startTime"])
    for node in _nodes(entry.get("contents")):
        if node.get("type") != "blockquote" or not isinstance(node.get("content"), str):
            continue
        start = _node_time(node, "start", begun, moments)
        if start is None:
            collector.tally.skip(number)
            continue
        wearer = node.get("speakerIdentifier") == "user"
        collector.add(
            number, start, _node_time(node, "end", begun, moments), "speech", node["content"],
            _WEARER if wearer else _name(node.get("speakerName")),
        )  # fmt: skip


def _nodes(contents: Any) -> Iterator[dict[str, Any]]:
    """The nodes of a tree in order."""
    for node in contents if isinstance(contents, list) else ():
        if isinstance(node, dict):
            yield node
            yield from _nodes(node.get("children"))


def _node_time(node: dict[str, Any], side: str, begun: float, moments: LineTimes) -> float | None:
    if stamp := node.get(f"{side}Time"):
        return moments.at(stamp)
    offset = node.get(f"{side}OffsetMs")
    return begun + offset / 1000 if isinstance(offset, (int, float)) else None


def _add_conversation(
    entry: dict[str, Any], number: int, collector: Collector, moments: LineTimes
) -> None:
    begun = moments.at(entry.get("started_at") or entry["created_at"])
    language = entry.get("language")
    for segment in entry.get("transcript_segments") or ():
        collector.add(
            number, begun + float(segment["start"]), begun + float(segment["end"]), "speech",
            str(segment["text"]),
            _WEARER if segment.get("is_user") else _name(segment.get("speaker_name")),
            language if isinstance(language, str) else "",
        )  # fmt: skip


def _name(speaker: Any) -> str:
    name = speaker if isinstance(speaker, str) else ""
    return "" if name.strip().lower() in _NOBODY else name
