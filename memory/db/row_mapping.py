"""Rows of the database become values of the vocabulary, and back."""

from __future__ import annotations

import hashlib
import json
import math
import sqlite3
from typing import Any

import numpy as np

from memory.db.media_files import Storyboard
from memory.types.core import (
    BiometricPrint,
    Clip,
    Damage,
    Memory,
    Recording,
    RecordingState,
    Sighting,
    Span,
    TimeSource,
    Utterance,
    Word,
)
from memory.types.messages import decode_message, encode_message
from memory.types.paths import HomePaths, shown


def memory_id(level: str, key: str) -> int:
    """A 63-bit id that depends on what the memory is about only.

    Two runs over the same recordings give the same ids, whatever was interrupted in between.
    """
    digest = hashlib.blake2b(f"{level}:{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def print_id(clip_id: str, kind: str, number: int) -> int:
    """The 63-bit id of a clip's n-th print of a kind, the same at every run; never 0."""
    return memory_id(kind, f"{clip_id}:{number}") or 1


def recording_row(recording: Recording, paths: HomePaths) -> dict[str, Any]:
    """The columns of a recording."""
    return {
        "id": recording.id,
        "sha256": recording.sha256,
        "path": paths.stored(recording.path),
        "start": recording.start,
        "timezone": recording.timezone,
        "duration": recording.duration,
        "time_source": str(recording.time_source),
        "device": recording.device,
        "has_video": int(recording.has_video),
        "has_audio": int(recording.has_audio),
        "state": str(recording.state),
        "note": shown(encode_message(recording.note)),
        "take": recording.take,
        "clock_offset": recording.clock_offset,
        "kind": recording.kind,
        "size": recording.size,
        "file_removed": int(recording.file_removed),
    }


def to_recording(row: sqlite3.Row, paths: HomePaths) -> Recording:
    """A recording from its columns."""
    values = dict(row)
    return Recording(
        **values
        | {
            "path": paths.real(values["path"]),
            "time_source": TimeSource(values["time_source"]),
            "note": decode_message(values["note"]),
            "state": RecordingState(values["state"]),
            "has_video": bool(values["has_video"]),
            "has_audio": bool(values["has_audio"]),
            "file_removed": bool(values["file_removed"]),
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
        "print_id": utterance.print_id,
    }


def to_utterance(row: sqlite3.Row) -> Utterance:
    """An utterance from its columns and those of its person, if its voice belongs to one."""
    known = row["person_number"] is not None
    name = row["person_name"] or row["speaker"]
    return Utterance(
        Span(row["start"], row["end"]),
        row["text"],
        name,
        row["confidence"],
        row["language"],
        tuple(Word(Span(start, end), text) for start, end, text in json.loads(row["words"])),
        row["print_id"],
        name or (f"Person {row['person_number']}" if known else ""),
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
        "print_id": sighting.print_id,
        "most": sighting.most,
    }


def to_sighting(row: sqlite3.Row) -> Sighting:
    """A sighting from its columns and the name of its person, if it has one."""
    return Sighting(
        Span(row["start"], row["end"]),
        row["kind"],
        row["person_name"] or row["what"],
        row["confidence"],
        None if row["box"] is None else tuple(json.loads(row["box"])),
        row["count"],
        row["print_id"],
        row["most"],
    )


def to_memory(row: sqlite3.Row) -> Memory:
    """A memory from its columns."""
    return Memory(
        row["id"],
        row["level"],
        Span(row["start"], row["end"]),
        row["text"],
        () if row["source_ids"] == "[]" else tuple(json.loads(row["source_ids"])),
        row["model"],
        row["clip_id"] or "",
        row["recording_id"] or "",
    )


def print_row(biometric_print: BiometricPrint) -> dict[str, Any]:
    """The columns of a face or voice print; the vector as float32 bytes."""
    return {
        "id": biometric_print.id,
        "kind": biometric_print.kind,
        "clip_id": biometric_print.clip_id,
        "start": biometric_print.span.start,
        "end": biometric_print.span.end,
        "model": biometric_print.model,
        "quality": biometric_print.quality,
        "box": None if biometric_print.box is None else json.dumps(biometric_print.box),
        "vector": np.ascontiguousarray(biometric_print.vector, np.float32).tobytes(),
        "person_id": biometric_print.person_id,
    }


def to_print(row: sqlite3.Row) -> BiometricPrint:
    """A print from its columns."""
    return BiometricPrint(
        row["id"],
        row["kind"],
        row["clip_id"],
        Span(row["start"], row["end"]),
        np.frombuffer(row["vector"], np.float32),
        row["model"],
        row["quality"],
        None if row["box"] is None else tuple(json.loads(row["box"])),
        row["person_id"],
    )


def storyboard_row(clip_id: str, board: Storyboard) -> dict[str, Any]:
    """The columns of a storyboard; times as whole milliseconds after the first, rounded down."""
    first = board.times[0]
    offsets = [math.floor((at - first) * 1000) / 1000 for at in board.times]
    return {
        "clip_id": clip_id,
        "at": first,
        "offsets": json.dumps(offsets),
        "columns": board.columns,
        "width": board.width,
        "height": board.height,
        "path": board.path,
    }


def to_storyboard(row: sqlite3.Row) -> Storyboard:
    """A storyboard from its columns."""
    times = tuple(row["at"] + float(offset) for offset in json.loads(row["offsets"]))
    return Storyboard(row["path"], times, row["columns"], row["width"], row["height"])


def damage_row(clip_id: str, stage: str, number: int, damage: Damage) -> tuple[Any, ...]:
    """The columns of a damaged stretch, in order."""
    span = damage.span
    return clip_id, stage, number, span.start, span.end, damage.what, shown(damage.reason)
