"""``egobutler forget`` and ``egobutler retain``: what must go, and how long things are kept."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from typer import Option

from app.commands import base
from app.commands.options import CommandOptions, Yes, command, exclusive, switch, value
from app.core.errors import PersonError
from app.people.service import desk
from app.presentation.parse_time import parse_day, parse_moment
from app.presentation.rendering import number_of
from app.privacy.retention import LONGEST, RULES
from app.privacy.selection import ForgetRequest, Identity, Kind, resolve
from app.privacy.text import (
    due_json,
    due_lines,
    forgot_json,
    identity_lines,
    loss_json,
    preview_lines,
    result_lines,
)

if TYPE_CHECKING:
    from app.assistant import Assistant

_DOING = {
    "rows": "forgetting …",
    "files": "cutting files …",
    "summaries": "writing summaries anew …",
    "traces": "removing the last traces …",
}


_DryRun = Annotated[bool, switch("--dry-run", "only say what would go")]
_RULE = "{} 0: no such rule"


@command()
def forget(
    options: CommandOptions,
    start: Annotated[str, value("TIME", "e.g. '2026-03-01 18:00'", "--from")] = "",
    end: Annotated[str, value("TIME", "until when", "--to")] = "",
    day: Annotated[str, value("DAY", "e.g. 2026-03-01, yesterday")] = "",
    recording: Annotated[
        str, value("ID", "an id, or the name of its file; with --from and --to: that part of it")
    ] = "",
    person: Annotated[str, value("WHO", "a name or number: who they are")] = "",
    place: Annotated[str, value("NAME", "a place as it was told, read or recognised")] = "",
    allow: Annotated[Path | None, value("FILE", "let a forgotten file come back")] = None,
    moments: Annotated[bool, switch("--moments", "with --person: every moment with them")] = False,
    originals: Annotated[bool, switch("--originals", "cut files outside the home as well")] = False,
    dry_run: _DryRun = False,
    yes: Yes = False,
) -> int:
    """Delete a time, a day, a recording, a person or a place: show what would go, ask, do it.

    Status 1 where something could not be done.
    """
    named = {"day": day, "recording": recording, "person": person, "place": place}
    exclusive(**named, allow=allow)
    with base.assistant(options) as butler:
        if allow is not None:
            return _allow(butler, allow, options)
        request = resolve(
            butler.store,
            butler.timezone,
            _request(butler, (start, end), named, moments=moments, originals=originals),
        )
        if isinstance(request, Identity):
            return _forget_identity(butler, request, options, dry_run=dry_run, yes=yes)
        loss = butler.privacy.preview(request, originals=originals)
        _tell(preview_lines(loss, butler.timezone), options)
        if not loss.parts or dry_run:
            options.result_line({"preview": loss_json(loss)})
            return 0
        _confirm(yes)
        done = butler.privacy.forget(
            request, originals=originals, clips=loss.clips, listen=partial(_listen, options)
        )
        _tell(result_lines(done), options)
        options.result_line({"forgotten": forgot_json(done)})
    return 1 if done.failed else 0


def _listen(options: CommandOptions, what: str, done: int, total: int) -> None:
    if not options.json:
        base.say(_DOING[what])


def _request(
    butler: Assistant, bounds: tuple[str, str], named: Mapping[str, str], **common: Any
) -> ForgetRequest:
    kinds: tuple[Kind, ...] = ("day", "recording", "person", "place")
    kind = next((candidate for candidate in kinds if named[candidate]), None)
    within = named["recording"] if any(bounds) else ""
    if within:
        kind = None
    if kind is None and not all(bounds):
        raise PersonError(
            "say what: --from TIME --to TIME, --day, --recording, --person or --place"
        )
    if kind is not None and any(bounds):
        raise PersonError(f"say either --from and --to, or --{kind}")
    if kind is None:
        start, end = (parse_moment(text, butler.timezone).timestamp() for text in bounds)
        return ForgetRequest("span", start, end, recording=within, **common)
    if kind == "day":
        return ForgetRequest("day", day=parse_day(named["day"], butler.timezone), **common)
    return ForgetRequest(kind, name=named[kind], **common)


def _forget_identity(
    butler: Assistant, who: Identity, options: CommandOptions, *, dry_run: bool, yes: bool
) -> int:
    _tell(identity_lines(who), options)
    if dry_run:
        options.result_line({"preview": {"person": who.person.label}})
        return 0
    _confirm(yes)
    at = desk(butler.store, butler.brains)
    result = butler.privacy.forget_identity(at, who.person.id)
    _tell([result.what], options)
    options.result_line({"forgotten": {"what": result.what, "captions": result.captions}})
    return 0


def _confirm(yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise PersonError("nothing was forgotten; add --yes to do it without being asked")
    if base.typed('This cannot be undone. Type "forget" to do it:') != "forget":
        raise PersonError("nothing was forgotten")


def _allow(butler: Assistant, path: Path, options: CommandOptions) -> int:
    try:
        allowed = butler.privacy.allow(path)
    except OSError as error:
        raise PersonError(f"{path} cannot be read ({error.strerror})") from error
    options.show(
        f"{path.name} may be added again" if allowed else f"nothing of {path.name} was forgotten"
    )
    options.result_line({"allowed": allowed})
    return 0 if allowed else 1


@command()
def retain(
    options: CommandOptions,
    originals_days: Annotated[int | None, value("N", _RULE.format(RULES["originals_days"]))] = None,
    details_days: Annotated[int | None, value("N", _RULE.format(RULES["details_days"]))] = None,
    all_days: Annotated[int | None, value("N", _RULE.format(RULES["all_days"]))] = None,
    bystanders: Annotated[
        Literal["forget", "know"] | None,
        Option(help="faces and voices of people without a name: let go at once, or told apart"),
    ] = None,
    dry_run: _DryRun = False,
) -> None:
    """Set rules on how long things are kept, where some are given, and remove what is due."""
    said = {"originals_days": originals_days, "details_days": details_days, "all_days": all_days}
    chosen = {name: days for name, days in said.items() if days is not None}
    with base.assistant(options) as butler:
        if bystanders and not dry_run:
            count = butler.privacy.let_bystanders_go(bystanders == "forget")
            base.say(f"{number_of(count, 'print')} of people without a name went")
        retention = butler.privacy.retention
        rules = retention.choose(chosen) if chosen else retention.rules()
        due = retention.due()
        _tell(due_lines(due), options)
        if not dry_run:
            retention.run()
        if not rules:
            options.show(f"there are no rules; set one, e.g. --originals-days 30 (1 to {LONGEST})")
        options.result_line({"rules": rules, "due": due_json(due), "done": not dry_run})


def _tell(lines: list[str], options: CommandOptions) -> None:
    for line in () if options.json else lines:
        options.show(line)
