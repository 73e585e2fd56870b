"""From nothing to cited answers: fetch weights, film the sample day, ingest it, ask, serve."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from app.assistant import Assistant
from app.core.settings import Settings
from app.demo.film import PartMissing
from app.demo.script import QUESTIONS, DemoQuestion
from app.models.errors import MODEL_ERRORS
from app.presentation.answer_text import answer_text
from app.presentation.progress_line import FetchAll, IngestLine
from app.presentation.rendering import results_text
from memory.db.disk_space import size_words
from memory.types.core import Answer, Span

Say = Callable[[str], None]
OWN_QUESTIONS = ("What was said?", "What did I see?", "What happened?")


def run(chosen: Settings, say: Say, *, video: Path | None, port: int | None) -> int:
    """The whole demonstration; exit status 1 where an answer does not cite its true moment.

    Settings are those that were ``chosen``; ``video`` takes the place of the sample day; the app is
    served at ``port``, where there is one.
    """
    began = time.monotonic()
    butler = Assistant.open(chosen)
    try:
        _fetch(butler, say)
        good = _sample_day(butler, say) if video is None else _own(butler, video, say)
        say(f"from start to answers: {time.monotonic() - began:.0f} s")
        if port is not None:
            from app.server.server import serve

            serve(butler, "127.0.0.1", port)
        return 0 if good else 1
    finally:
        butler.close()


def _fetch(butler: Assistant, say: Say) -> None:
    weights = butler.brains.weights
    bundles = [
        weights.catalogue.bundle(name) for name in weights.missing(butler.brains.preset.bundles)
    ]
    if bundles:
        total = sum(bundle.size for bundle in bundles)
        say(
            "EgoButler sees, hears and answers with models on this machine. Fetching them, once, "
            f"into {weights.root} ({size_words(total)}):"
        )
        for bundle in bundles:
            say(f"  {bundle.purpose} ({bundle.name}, {size_words(bundle.size)})")
        try:
            with FetchAll(total) as progress:
                weights.fetch([bundle.name for bundle in bundles], progress)
        except MODEL_ERRORS as error:
            say(f"{error}\nGoing on with what is here.")
    say(butler.preset_note)
    if line := butler.model_proposal:
        say(line)


def _ingest(butler: Assistant, paths: Sequence[Path], say: Say) -> bool:
    with IngestLine() as line:
        results = butler.ingest(paths, on_progress=line.show)
    say(results_text(results))
    return any(result.status != "failed" for result in results)


def _own(butler: Assistant, video: Path, say: Say) -> bool:
    if not _ingest(butler, [video], say):
        return False
    for question in OWN_QUESTIONS:
        answer = butler.ask(question)
        print(f"\nQ: {question}\nA: {answer_text(answer, butler.store, butler.timezone)}")
    return True


def _sample_day(butler: Assistant, say: Say) -> bool:
    say("making a sample day of four short films, with pictures and a voice made here …")
    try:
        day, files = butler.sample.film()
        butler.sample.keep(files)
    except PartMissing as error:
        say(f"{error} Or try a recording of yours: make demo VIDEO=path/to/video.mp4")
        return False
    if not _ingest(butler, files, say):
        return False
    asked_at = datetime.combine(day + timedelta(days=1), datetime.min.time().replace(hour=9))
    right = 0
    for asked in QUESTIONS:
        answer = butler.ask(asked.question, at=asked_at.astimezone().timestamp())
        print(f"\nQ: {asked.question}\nA: {answer_text(answer, butler.store, butler.timezone)}")
        right += cites(answer, asked, files[asked.scene], butler)
    print(f"\ncited right: {right}/{len(QUESTIONS)}", flush=True)
    return right == len(QUESTIONS)


def cites(answer: Answer, asked: DemoQuestion, path: Path, butler: Assistant) -> bool:
    """Whether the answer has a citation that overlaps the moment which answers the question."""
    for citation in answer.citations:
        recording = butler.store.recordings.get(citation.recording_id)
        if recording is not None and recording.name == path.name:
            true = Span(recording.start + asked.start, recording.start + asked.end)
            if citation.span.overlaps(true):
                return True
    return False
