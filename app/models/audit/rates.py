"""Ask a model about scenes of a recording, alone and inside a home that holds them.

with audit_home(cases) as store:
    reply = bare_reply(chat, messages_of(store, case))
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from app.models.audit.suite import AuditCase
from egogpt.protocols.chat import Chat, Message
from egogpt.registry import COMPOSED
from egorag.evidence.units import clip_units
from egorag.generation.generative import ANSWER_TOKENS, STOP, prompt
from egorag.question.plan import make_plan
from ingest.derived import events
from ingest.importers import ImportOptions, import_paths
from memory.store import summary_builder
from memory.store.store import Store
from memory.types.core import Clip, Recording, Sighting, Span, TimeSource, Utterance

_IMPORT = "import"


@contextmanager
def audit_home(cases: Sequence[AuditCase]) -> Iterator[Store]:
    """A home that holds all cases, an hour apart, until the end."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "home")
        try:
            _import(store, Path(folder) / "lines.jsonl", [c for c in cases if c.channel == _IMPORT])
            for case in cases:
                if case.channel != _IMPORT:
                    _record(store, case)
            events.rebuild(store)
            summary_builder.rebuild(store)
            yield store
        finally:
            store.close()


def _import(store: Store, path: Path, cases: Sequence[AuditCase]) -> None:
    lines = [
        {
            "start": datetime.fromtimestamp(case.span.start + offset, UTC).isoformat(),
            "end": datetime.fromtimestamp(case.span.start + offset + 4, UTC).isoformat(),
            "text": text,
            "type": "narration",
        }
        for case in cases
        for offset, text in ((2, case.context), (8, case.order))
        if text
    ]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    for report in import_paths(store, [path] if lines else [], ImportOptions(timezone="UTC")):
        if report.status == "failed":
            raise ValueError(f"the suite cannot be imported: {report.message}")


def _record(store: Store, case: AuditCase) -> None:
    name, start = f"case{case.number:03}", case.span.start
    recording = Recording(
        name, f"{case.number:064x}", f"/{name}.mp4", start, "UTC", 30.0, TimeSource.USER
    )
    clip = Clip(f"{name}-0000", name, case.span)
    store.recordings.add(recording, [clip])
    spoken = (case.context, case.order if case.channel == "speech" else "")
    utterances = [
        Utterance(Span(start + 2 + 6 * n, start + 6 + 6 * n), line)
        for n, line in enumerate(spoken)
        if line
    ]
    sign = [Sighting(Span(start + 6, start + 20), "text", case.order, 0.9)]
    seen = sign if case.channel == "text" else []
    store.perceptions.write_utterances("speech", "1", {clip.id: utterances})
    store.perceptions.write_sightings("sights", "1", {clip.id: seen})
    caption = f"{case.context} {case.order}".strip()
    store.memories.write_caption(clip, caption, COMPOSED, "caption", "1")


def messages_of(store: Store, case: AuditCase) -> list[Message]:
    """What a home asks a model of a case, with the orders that it would leave out."""
    question = case.asked()
    view = store.as_of(question.asked_at)
    memories = view.memories("clip", case.span)
    units = [unit for memory in memories for unit in clip_units(view, memory)]
    return prompt(make_plan(question), units, orders=True)[0]


def bare_reply(chat: Chat, messages: Sequence[Message]) -> str:
    """What a model says to a case, unchecked."""
    return chat.complete(messages, max_tokens=ANSWER_TOKENS, stop=STOP)
