"""``egobutler verify``: whether the home is whole, and what to do where it is not."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from app.commands import base
from app.privacy.view import gone_json, gone_lines
from app.rendering import number_of
from memory.verify import Verdict, repair, verify


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    parser = verbs.add_parser("verify", parents=[common], help="check that the home is whole")
    parser.add_argument("--repair", action="store_true", help="mend what can be mended")
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
        verdict = repair(butler.store) if options.repair else verify(butler.store)
        count = len(butler.store.recordings())
    for line in lines(verdict):
        base.say(line)
    if verdict.sound:
        base.say(f"{number_of(count, 'recording')}, all in order")
    elif not options.repair:
        base.say("mend it with: egobutler verify --repair, then egobutler retry")
    base.result_line(asdict(verdict) | {"sound": verdict.sound})
    return 0 if verdict.sound else 1


def _gone(options: argparse.Namespace) -> int:
    with base.assistant(options) as butler:
        found = butler.privacy.proof(options.phrase)
    for line in gone_lines(found):
        base.say(line)
    base.result_line(gone_json(found))
    return 0 if found.clean else 1


def lines(verdict: Verdict) -> list[str]:
    """What was found, a line each."""
    found = [] if verdict.integrity == "ok" else [f"the database is damaged: {verdict.integrity}"]
    found += [f"a thumbnail is missing: {path}" for path in verdict.missing_thumbnails]
    found += verdict.disagreements
    gone = verdict.missing_recordings
    found += [f"a recording was moved away or replaced: {path}" for path in gone]
    if verdict.stray_thumbnails:
        found.append(f"{len(verdict.stray_thumbnails)} thumbnails that nothing refers to")
    if verdict.stray_proxies:
        found.append(f"{len(verdict.stray_proxies)} copies for playing that belong to no recording")
    return found
