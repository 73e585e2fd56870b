"""LoCoMo's conversations as timed lines, and its questions with the turns that answer them.

Source: Maharana et al., "Evaluating very long-term conversational memory of LLM agents" (2024).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SLOT = 30.0  # seconds from turn to turn: each is one clip
_WORDS_A_SECOND = 2.5
_TURN = re.compile(r"D:?(\d+):(\d+)")
CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open", 4: "single-hop", 5: "adversarial"}
MULTI_HOP, OPEN, ADVERSARIAL = CATEGORIES[1], CATEGORIES[3], CATEGORIES[5]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation; ``shown`` is what the photo shared with it shows."""

    id: str
    start: float
    speaker: str
    text: str
    shown: str = ""

    def lines(self) -> Iterator[dict[str, Any]]:
        """What the importer takes: what was said, and what was seen."""
        end = self.start + min(SLOT - 1, 1 + len(self.text.split()) / _WORDS_A_SECOND)
        yield {"start": self.start, "end": end, "text": self.text, "speaker": self.speaker}
        if self.shown:
            seen = f"{self.speaker} shows a photo: {self.shown}"
            yield {"start": end, "end": end + 0.5, "caption": seen}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question; all but ``text`` is label. ``evidence`` are starts of turns, in seconds UTC."""

    id: str
    text: str
    type: str
    answer: str
    evidence: frozenset[float]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation of many sessions and what is asked of it after the last."""

    name: str
    turns: tuple[Turn, ...]
    questions: tuple[Asked, ...]

    @property
    def asked_at(self) -> float:
        """An hour after the last turn."""
        return self.turns[-1].start + 3600


def read_conversations(path: Path) -> list[Conversation]:
    """All conversations of a file in LoCoMo's format, in its order."""
    return [_conversation(sample) for sample in json.loads(path.read_text(encoding="utf-8"))]


def _conversation(sample: dict[str, Any]) -> Conversation:
    turns = sorted(_turns(sample["conversation"]), key=lambda turn: turn.start)
    starts = {turn.id: turn.start for turn in turns}
    asked = [
        _asked(f"{sample['sample_id']}-{number}", question, starts)
        for number, question in enumerate(sample["qa"])
    ]
    return Conversation(sample["sample_id"], tuple(turns), tuple(asked))


def _turns(conversation: dict[str, Any]) -> Iterator[Turn]:
    for key, session in conversation.items():
        if not re.fullmatch(r"session_\d+", key) or not session:
            continue
        began = session_start(conversation[f"{key}_date_time"])
        for number, turn in enumerate(session):
            start = began + number * SLOT
            shown = turn.get("blip_caption") or ""
            yield Turn(turn["dia_id"], start, turn["speaker"], turn["text"], shown)


def session_start(words: str) -> float:
    """Seconds UTC of "1:56 pm on 8 May, 2023"."""
    return datetime.strptime(words, "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC).timestamp()


def _asked(name: str, question: dict[str, Any], starts: dict[str, float]) -> Asked:
    named = {
        f"D{session}:{turn}"
        for text in question.get("evidence", [])
        for session, turn in _TURN.findall(text)
    }
    return Asked(
        name,
        question["question"],
        CATEGORIES[question["category"]],
        str(question.get("answer", "")),
        frozenset(starts[turn] for turn in named if turn in starts),
    )
