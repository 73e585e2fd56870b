"""Rows of the database become values of the vocabulary, and back."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import Any

from memory.types import (
    Clip,
    Memory,
    Recording,
    RecordingState,
    Sighting,
    Span,
    TimeSource,
    Utterance,
    Word,
)


def memory_id(level: str, key: str) -> int:
    """A 63-bit id that depends on what the memory is about only.

    Two runs over the same recordings give the same ids, whatever was interrupted in between.
    """
    digest = hashlib.blake2b(f"{level}:{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def recording_row(recording: Recording) -> dict[str, Any]:
    """The columns of a recording."""
    return {
        "id": recording.id,
        "sha256": recording.sha256,
        "path": recording.path,
        "start": recording.start,
        "timezone": recording.timezone,
        "duration": recording.duration,
        "time_source": str(recording.time_source),
        "device": recording.device,
        "has_video": int(recording.has_video),
        "has_audio": int(recording.has_audio),
        "state": str(recording.state),
        "note": recording.note,
    }


def to_recording(row: sqlite3.Row) -> Recording:
    """A recording from its columns."""
    values = dict(row)
    return Recording(
        **values
        | {
            "time_source": TimeSource(values["time_source"]),
            "state": RecordingState(values["state"]),
            "has_video": bool(values["has_video"]),
            "has_audio": bool(values["has_audio"]),
        }
    )


def to_clip(row: sqlite3.Row) -> Clip:
    """A clip from its columns."""
    return Clip(row["id"], row["recording_id"], Span(row["start"], row["end"]))


def utterance_row(clip_id: str, number: int, utterance: Utterance) -> dict[str, Any]:
    """The columns of an utterance; words as [start, end, text] triples."""
    words = [[word.span.start, word.span.end, word.text] for word in utterance.words]
    return {
        "clip_id": clip_id,
        "number": number,
        "start": utterance.span.start,
        "end": utterance.span.end,
        "text": utterance.text,
        "speaker": utterance.speaker,
        "confidence": utterance.confidence,
        "language": utterance.language,
        "words": json.dumps(words, ensure_ascii=False),
    }


def to_utterance(row: sqlite3.Row) -> Utterance:
    """An utterance from its columns."""
    return Utterance(
        Span(row["start"], row["end"]),
        row["text"],
        row["speaker"],
        row["confidence"],
        row["language"],
        tuple(Word(Span(start, end), text) for start, end, text in json.loads(row["words"])),
    )


def sighting_row(clip_id: str, stage: str, number: int, sighting: Sighting) -> dict[str, Any]:
    """The columns of a sighting."""
    return {
        "clip_id": clip_id,
        "stage": stage,
        "number": number,
        "kind": sighting.kind,
        "what": sighting.what,
        "start": sighting.span.start,
        "end": sighting.span.end,
        "confidence": sighting.confidence,
        "box": None if sighting.box is None else json.dumps(sighting.box),
        "count": sighting.count,
    }


def to_sighting(row: sqlite3.Row) -> Sighting:
    """A sighting from its columns."""
    return Sighting(
        Span(row["start"], row["end"]),
        row["kind"],
        row["what"],
        row["confidence"],
        None if row["box"] is None else tuple(json.loads(row["box"])),
        row["count"],
    )


def to_memory(row: sqlite3.Row) -> Memory:
    """A memory from its columns."""
    return Memory(
        row["id"],
        row["level"],
        Span(row["start"], row["end"]),
        row["text"],
        tuple(json.loads(row["source_ids"])),
        row["model"],
        row["clip_id"] or "",
        row["recording_id"] or "",
    )
