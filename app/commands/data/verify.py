"""``egobutler verify``: whether the home is whole, and what to do where it is not."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.backup.verdict_text import lines, remedies
from app.commands import base
from app.commands.data.keep import BytesLine
from app.core.view_models import IngestResult
from app.presentation.progress_line import ProgressLine
from app.presentation.rendering import number_of, result_json, results_text
from app.privacy.text import gone_json, gone_lines
from memory.integrity.verify import HomeReport, repair, verify

if TYPE_CHECKING:
    from app.assistant import Assistant


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    parser = verbs.add_parser(
        "verify",
        parents=[common],
        description="Checks rows, pictures and recordings of the home. A file that is not there "
        "or has another size than when it was recorded is noticed; --deep reads every byte. Ends "
        "with status 1 where something is to be done, and says what.",
    )
    parser.add_argument(
        "--deep", action="store_true", help="read every byte of every recording and picture"
    )
    parser.add_argument(
        "--repair", action="store_true", help="mend what can be mended; no recording is deleted"
    )
    parser.add_argument(
        "--adopt",
        action="store_true",
        help="take recordings in again that lie in the home and that the database does not know",
    )
    parser.add_argument(
        "--gone", action="store_true", help="check that nothing of what was forgotten is left"
    )
    parser.add_argument(
        "--phrase", default="", metavar="TEXT", help="with --gone: look for it in every byte"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Exit status 1 where something needs repair, or something forgotten is still there."""
    if options.gone or options.phrase:
        return _gone(options)
    with base.assistant(options) as butler:
        results = _adopt(butler) if options.adopt else []
        if options.repair:
            results += _mend(butler)
        with BytesLine() as line:
            verdict = verify(butler.store, deep=options.deep, listen=line.show)
        count = len(butler.store.recordings.all())
    _tell(verdict, count)
    report = asdict(verdict) | {
        "sound": verdict.sound,
        "results": [result_json(r) for r in results],
    }
    base.result_line(report)
    return 0 if verdict.sound else 1


def _tell(verdict: HomeReport, count: int) -> None:
    for line in lines(verdict):
        base.say(line)
    for remedy in remedies(verdict):
        base.say(f"→ {remedy}")
    if verdict.sound:
        base.say(f"{number_of(count, 'recording')}, all in order")
        if count and not verdict.deep:
            base.say(
                "Sizes were compared and no recording was read: verify --deep reads all bytes."
            )


def _gone(options: argparse.Namespace) -> int:
    with base.assistant(options) as butler:
        proof = butler.privacy.proof(options.phrase)
    for line in gone_lines(proof):
        base.say(line)
    base.result_line(gone_json(proof))
    return 0 if proof.clean else 1


def _adopt(butler: Assistant) -> list[IngestResult]:
    """Takes in again, where they lie, the recordings that no row names."""
    recordings = verify(butler.store).stray.recordings
    if not recordings:
        base.say("every recording in the home is known: there is none to take in again")
    return _ingest(butler, [butler.home / name for name in recordings])


def _mend(butler: Assistant) -> list[IngestResult]:
    """Mends, and makes again what was taken out for that, where the recordings are there."""
    before = verify(butler.store)
    mended = repair(butler.store)
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
    with ProgressLine(butler.queue.report) as line:
        results = butler.ingest(paths, on_progress=line.show)
    base.say(results_text(results))
    return results
