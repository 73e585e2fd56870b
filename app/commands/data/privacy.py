"""``egobutler forget`` and ``egobutler retain``: what must go, and how long things are kept."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands import base
from app.core.errors import PersonError
from app.people.service import desk
from app.presentation.parse_time import parse_day, parse_moment
from app.presentation.rendering import number_of
from app.privacy.retention import LONGEST, RULES
from app.privacy.selection import BadRequest, ForgetRequest, Identity, Kind, resolve
from app.privacy.text import (
    due_json,
    due_lines,
    forgot_json,
    identity_lines,
    loss_json,
    preview_lines,
    result_lines,
)
from memory.types.deletion import DeletionRequest

if TYPE_CHECKING:
    from app.assistant import Assistant

_DOING = {
    "rows": "forgetting …",
    "files": "cutting files …",
    "summaries": "writing summaries anew …",
    "traces": "removing the last traces …",
}


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the two commands."""
    forget = verbs.add_parser("forget", parents=[common])
    forget.add_argument("--from", dest="start", metavar="TIME", help="e.g. '2026-03-01 18:00'")
    forget.add_argument("--to", dest="end", metavar="TIME", help="until when")
    what = forget.add_mutually_exclusive_group()
    what.add_argument("--day", help="e.g. 2026-03-01, yesterday")
    what.add_argument(
        "--recording",
        metavar="ID",
        help="an id, or the name of its file; with --from and --to: that part of it",
    )
    what.add_argument("--person", metavar="WHO", help="a name or number: who they are")
    what.add_argument("--place", metavar="NAME", help="a place as it was told, read or recognised")
    what.add_argument("--allow", type=Path, metavar="FILE", help="let a forgotten file come back")
    forget.add_argument(
        "--moments", action="store_true", help="with --person: every moment with them"
    )
    forget.add_argument(
        "--originals", action="store_true", help="cut files outside the home as well"
    )
    forget.add_argument("--dry-run", action="store_true", help="only say what would go")
    forget.add_argument("--yes", action="store_true", help="do not ask")
    forget.add_argument("--json", action="store_true", help="a line of JSON and no sentences")
    forget.set_defaults(run=run_forget)
    retain = verbs.add_parser("retain", parents=[common])
    for name, words in RULES.items():
        option = f"--{name.replace('_', '-')}"
        retain.add_argument(option, type=int, metavar="N", help=f"{words} 0: no such rule")
    retain.add_argument(
        "--bystanders",
        choices=("forget", "know"),
        help="faces and voices of people without a name: let go at once, or told apart (default)",
    )
    retain.add_argument("--dry-run", action="store_true", help="only say what would go")
    retain.set_defaults(run=run_retain)


def run_forget(options: argparse.Namespace) -> int:
    """Shows what would go, asks, and does it. Exit status 1 where something could not be done."""
    with base.assistant(options) as butler:
        if options.allow is not None:
            return _allow(butler, options.allow)
        try:
            target = resolve(butler.store, butler.timezone, _request(butler, options))
        except BadRequest as error:
            raise PersonError(str(error)) from error
        if isinstance(target, Identity):
            return _forget_identity(butler, target, options)
        return _forget(butler, target, options)


def _request(butler: Assistant, options: argparse.Namespace) -> ForgetRequest:
    kinds: tuple[Kind, ...] = ("day", "recording", "person", "place")
    kind = next((candidate for candidate in kinds if getattr(options, candidate)), None)
    timed = options.start is not None or options.end is not None
    within = options.recording if kind == "recording" and timed else ""
    if within:
        kind = None
    if kind is None and not (options.start and options.end):
        raise PersonError(
            "say what: --from TIME --to TIME, --day, --recording, --person or --place"
        )
    if kind is not None and timed:
        raise PersonError(f"say either --from and --to, or --{kind}")
    common = {"moments": options.moments, "originals": options.originals}
    try:
        if kind is None:
            start, end = (
                parse_moment(text, butler.timezone).timestamp()
                for text in (options.start, options.end)
            )
            return ForgetRequest("span", start, end, recording=within, **common)
        if kind == "day":
            return ForgetRequest("day", day=parse_day(options.day, butler.timezone), **common)
    except ValueError as error:
        raise PersonError(str(error)) from error
    return ForgetRequest(kind, name=getattr(options, kind), **common)


def _forget(butler: Assistant, request: DeletionRequest, options: argparse.Namespace) -> int:
    loss = butler.privacy.preview(request, originals=options.originals)
    _tell(preview_lines(loss, butler.timezone), options)
    if not loss.parts or options.dry_run:
        base.result_line({"preview": loss_json(loss)})
        return 0
    _confirm(options)

    def listen(what: str, done: int, total: int) -> None:
        _tell([_DOING[what]], options)

    done = butler.privacy.forget(
        request, originals=options.originals, clips=loss.clips, listen=listen
    )
    _tell(result_lines(done), options)
    base.result_line({"forgotten": forgot_json(done)})
    return 1 if done.failed else 0


def _forget_identity(butler: Assistant, who: Identity, options: argparse.Namespace) -> int:
    _tell(identity_lines(who), options)
    if options.dry_run:
        base.result_line({"preview": {"person": who.person.label}})
        return 0
    _confirm(options)
    at = desk(butler.store, butler.brains)
    result = butler.privacy.forget_identity(at, who.person.id)
    _tell([result.what], options)
    base.result_line({"forgotten": {"what": result.what, "captions": result.captions}})
    return 0


def _confirm(options: argparse.Namespace) -> None:
    if options.yes:
        return
    if not sys.stdin.isatty():
        raise PersonError("nothing was forgotten; add --yes to do it without being asked")
    print('This cannot be undone. Type "forget" to do it: ', end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() != "forget":
        raise PersonError("nothing was forgotten")


def _allow(butler: Assistant, path: Path) -> int:
    try:
        allowed = butler.privacy.allow(path)
    except OSError as error:
        raise PersonError(f"{path} cannot be read ({error.strerror})") from error
    base.say(
        f"{path.name} may be added again" if allowed else f"nothing of {path.name} was forgotten"
    )
    base.result_line({"allowed": allowed})
    return 0 if allowed else 1


def run_retain(options: argparse.Namespace) -> int:
    """Sets rules where some are given, and removes what is due."""
    chosen = {name: getattr(options, name) for name in RULES if getattr(options, name) is not None}
    with base.assistant(options) as butler:
        if options.bystanders and not options.dry_run:
            count = butler.privacy.let_bystanders_go(options.bystanders == "forget")
            base.say(f"{number_of(count, 'print')} of people without a name went")
        retention = butler.privacy.retention
        try:
            rules = retention.choose(chosen) if chosen else retention.rules()
        except ValueError as error:
            raise PersonError(str(error)) from error
        due = retention.due()
        for line in due_lines(due):
            base.say(line)
        if not options.dry_run:
            retention.run()
        if not rules:
            base.say(f"there are no rules; set one, e.g. --originals-days 30 (1 to {LONGEST})")
        base.result_line({"rules": rules, "due": due_json(due), "done": not options.dry_run})
    return 0


def _tell(lines: list[str], options: argparse.Namespace) -> None:
    for line in lines if not options.json else ():
        base.say(line)
