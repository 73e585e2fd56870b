"""Clouds of other wearables: who said what when, whatever is wrapped around it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.importers import ImportOptions
from ingest.importers.format_detection import format_of
from memory.store.store import Store
from tests.ingest.importers.files import lines, take, write

UTC_HERE = ImportOptions(timezone="UTC")
NINE = 1_741_597_200.0  # 2025-03-10 09:00 UTC
LIFELOG: dict[str, Any] = {
    "id": "a1", "title": "Coffee", "markdown": "# Coffee", "isStarred": False,
    "startTime": "2025-03-10T09:00:00Z", "endTime": "2025-03-10T09:05:00Z",
    "contents": [
        {"type": "heading1", "content": "Coffee", "children": [
            {"type": "blockquote", "content": "Where are my keys?", "speakerName": "You",
             "speakerIdentifier": "user", "startTime": "2025-03-10T10:00:02+01:00",
             "endTime": "2025-03-10T10:00:04+01:00"},
            {"type": "blockquote", "content": "In the blue bowl.", "speakerName": "Maria",
             "startOffsetMs": 5000, "endOffsetMs": 7000, "speakerIdentifier": None}]},
        {"type": "blockquote", "content": "A voice.", "speakerName": "Unknown",
         "startTime": "2025-03-10T09:01:00Z", "endTime": "2025-03-10T09:01:02Z"},
        {"type": "blockquote", "content": "Nobody knows when."}],
}  # fmt: skip
CONVERSATION: dict[str, Any] = {
    "id": "c1", "created_at": "2025-03-10T09:06:00Z", "started_at": "2025-03-10T09:00:00Z",
    "finished_at": "2025-03-10T09:05:00Z", "structured": {"title": "Coffee"}, "language": "en",
    "transcript_segments": [
        {"text": "Where are my keys?", "speaker": "SPEAKER_00", "is_user": True, "start": 2.0,
         "end": 4.0},
        {"text": "In the blue bowl.", "speaker": "SPEAKER_01", "is_user": False, "start": 5.0,
         "end": 7.0}],
}  # fmt: skip
KEYS = (NINE + 2, NINE + 4, "me", "Where are my keys?")


@pytest.mark.parametrize(
    "wrapped", [LIFELOG, [LIFELOG], {"data": {"lifelogs": [LIFELOG]}, "meta": {}}]
)
def test_lifelogs_of_limitless(store: Store, tmp_path: Path, wrapped: object) -> None:
    path = write(tmp_path / "2025-03-10.json", json.dumps(wrapped))
    assert format_of(path) == "limitless"
    report = take(store, path, UTC_HERE)
    assert (report.status, report.lines, report.unread) == ("imported", 3, 1)
    bowl = (NINE + 5, NINE + 7, "Maria", "In the blue bowl.")
    assert lines(store) == [KEYS, bowl, (NINE + 60, NINE + 62, "", "A voice.")]


@pytest.mark.parametrize(
    "wrapped", [CONVERSATION, [CONVERSATION], {"conversations": [CONVERSATION]}]
)
def test_conversations_of_omi(store: Store, tmp_path: Path, wrapped: object) -> None:
    path = write(tmp_path / "omi.json", json.dumps(wrapped))
    assert format_of(path) == "omi"
    assert take(store, path, UTC_HERE).status == "imported"
    assert lines(store) == [KEYS, (NINE + 5, NINE + 7, "", "In the blue bowl.")]


@pytest.mark.parametrize("broken", [{"lifelogs": []}, {"lifelogs": [{"contents": 3}, 7, None]}])
def test_without_sentences_it_says_what_to_do(store: Store, tmp_path: Path, broken: object) -> None:
    report = take(store, write(tmp_path / "a.json", json.dumps(broken)), UTC_HERE)
    assert report.status == "failed"
    assert "export it again from Limitless" in report.message
