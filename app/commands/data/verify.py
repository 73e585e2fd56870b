"""``egobutler verify``: whether the home is whole, and what to do where it is not."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from app.backup.verdict_text import lines, remedies
from app.commands import base
from app.commands.options import CommandOptions, command, switch, value
from app.core.view_models import IngestResult
from app.presentation.progress_line import BytesLine, IngestLine
from app.presentation.rendering import number_of, result_json, results_text
from app.privacy.text import gone_json, gone_lines
from memory.integrity.verify import HomeReport
from memory.integrity.verify import repair as mend
from memory.integrity.verify import verify as check

if TYPE_CHECKING:
    from app.assistant import Assistant


@command(models=True)
def verify(
    options: CommandOptions,
    deep: Annotated[
        bool, switch("--deep", "read every byte of every recording and picture")
    ] = False,
    repair: Annotated[
        bool, switch("--repair", "mend what can be mended; no recording is deleted")
    ] = False,
    adopt: Annotated[
        bool,
        switch(
            "--adopt",
            "take recordings in again that lie in the home and that the database does not know",
        ),
    ] = False,
    gone: Annotated[
        bool, switch("--gone", "check that nothing of what was forgotten is left")
    ] = False,
    phrase: Annotated[str, value("TEXT", "with --gone: look for it in every byte")] = "",
) -> int:
    """Check rows, pictures and recordings of the home.

    A file that is not there or has another size than when it was recorded is noticed; --deep reads
    every byte. Ends with status 1 where something is to be done, and says what.
    """
    if gone or phrase:
        return _gone(options, phrase)
    with base.assistant(options) as butler:
        results = _adopt(butler) if adopt else []
        if repair:
            results += _mend(butler)
        with BytesLine() as line:
            verdict = check(butler.store, deep=deep, listen=line.show)
        count = len(butler.store.recordings.all())
    _tell(options, verdict, count)
    report = asdict(verdict) | {
        "sound": verdict.sound,
        "results": [result_json(r) for r in results],
    }
    options.result_line(report)
    return 0 if verdict.sound else 1


def _tell(options: CommandOptions, verdict: HomeReport, count: int) -> None:
    for line in lines(verdict):
        options.show(line)
    for remedy in remedies(verdict):
        options.show(f"→ {remedy}")
    if verdict.sound:
        options.show(f"{number_of(count, 'recording')}, all in order")
        if count and not verdict.deep:
            options.show(
                "Sizes were compared and no recording was read: verify --deep reads all bytes."
            )


def _gone(options: CommandOptions, phrase: str) -> int:
    with base.assistant(options) as butler:
        proof = butler.privacy.proof(phrase)
    for line in gone_lines(proof):
        options.show(line)
    options.result_line(gone_json(proof))
    return 0 if proof.clean else 1


def _adopt(butler: Assistant) -> list[IngestResult]:
    """Takes in again, where they lie, the recordings that no row names."""
    recordings = check(butler.store).stray.recordings
    if not recordings:
        base.say("every recording in the home is known: there is none to take in again")
    return _ingest(butler, [butler.home / name for name in recordings])


def _mend(butler: Assistant) -> list[IngestResult]:
    """Mends, and makes again what was taken out for that, where the recordings are there."""
    before = check(butler.store)
    mended = mend(butler.store)
    again = [
        recording
        for name in mended.again
        if (recording := butler.store.recordings.get(name)) is not None
    ]
    there = [path for recording in again if (path := butler.store.original(recording)) is not None]
    removed = len(before.missing_thumbnails) + len(before.unreadable_thumbnails)
    if removed:
        base.say(
            f"{number_of(removed, 'picture')} that could not be shown were taken out; they are "
            "made again where their recordings are there"
        )
    if gone := len(again) - len(there):
        base.say(
            f"{number_of(gone, 'recording')} of them {'is' if gone == 1 else 'are'} not there: "
            "what was taken out is made once the files are ingested again"
        )
    results = _ingest(butler, there)
    butler.queue.work.catch_up()
    return results


def _ingest(butler: Assistant, paths: list[Path]) -> list[IngestResult]:
    if not paths:
        return []
    with IngestLine(butler.queue.report) as line:
        results = butler.ingest(paths, on_progress=line.show)
    base.say(results_text(results))
    return results
