"""What was said, as units with scores, and as a home in which one line stands in each clip."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from egorag.evidence.scoring import Scored
from egorag.evidence.units import Unit, UnitKind
from ingest.importers import ImportOptions, import_paths
from memory.store.store import Store
from memory.types.core import Span, Utterance
from tests.egorag import lives

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


def line(
    what: str,
    at: float = 0.0,
    speaker: str = "Ada",
    kind: UnitKind = "speech",
    recording: str = "talk-1",
) -> Unit:
    """Words of three seconds, ``at`` seconds after the talk of `lives`."""
    start = lives.TALK + at
    return Unit(recording, f"{recording}-0000", Span(start, start + 3), kind, what, speaker)


def scored(what: str, score: float, at: float = 0.0, speaker: str = "Ada") -> Scored:
    """What was said and how likely it answers."""
    return Scored(line(what, at, speaker), score, frozenset())


def write_talk(home: Path, said: Iterable[tuple[float, str, str]]) -> Store:
    """A store with one recording for each start, speaker and words."""
    store = Store.open(home)
    for number, (start, speaker, words) in enumerate(said):
        (clip,) = lives.record(store, f"talk{number:02}", start, 1)
        spoken = [Utterance(Span(start, start + 4), words, speaker)]
        store.perceptions.write_utterances("speech", "1", {clip.id: spoken})
        store.memories.write_caption(clip, f'{speaker}: "{words}"', "composed", "caption", "1")
    return store


def import_talk(folder: Path, said: Iterable[tuple[float, str, str]]) -> Store:
    """A store with one import of lines: their starts, speakers and words."""
    rows = [{"start": start, "speaker": who, "text": words} for start, who, words in said]
    file = folder / "talk.jsonl"
    file.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows))
    store = Store.open(folder / "home")
    (report,) = import_paths(store, [file], ImportOptions(timezone="UTC"))
    assert report.status != "failed", report.message
    return store
