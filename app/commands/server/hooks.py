"""``egobutler hooks``: who else is told when a recording is finished. Nobody, until you say so."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from typing import Any

from app.commands import base
from app.core.errors import PersonError
from app.notifications.webhook_urls import RefusedAddress
from app.notifications.webhooks import TooManyHooks, WebhookService
from memory.repositories.webhooks import Hook


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    parser = verbs.add_parser("hooks", parents=[common])
    parser.add_argument("action", choices=("list", "add", "test", "remove"))
    parser.add_argument("which", nargs="?", help="add: the address; test, remove: the id")
    parser.add_argument("--yes", action="store_true", help="add: agree without being asked")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Exit status 1 where a webhook was not added, not found, or did not take the test."""
    if options.action != "list" and not options.which:
        what = "an address" if options.action == "add" else "an id; see: egobutler hooks list"
        raise PersonError(f"hooks {options.action} needs {what}")
    with base.assistant(options) as butler:
        match options.action:
            case "list":
                return _list(butler.hooks)
            case "add":
                return _add(butler.hooks, options.which, agreed=options.yes)
            case "test":
                return _test(butler.hooks, options.which)
        return _remove(butler.hooks, options.which)


def _list(desk: WebhookService) -> int:
    hooks = desk.all()
    for hook in hooks:
        base.say(hook_line(hook))
    if not hooks:
        base.say("no webhooks: nobody is told; add one with: egobutler hooks add ADDRESS")
    base.result_line({"hooks": [hook_json(hook) for hook in hooks]})
    return 0


def _add(desk: WebhookService, url: str, *, agreed: bool) -> int:
    try:
        base.say(desk.agreement(url))
        if not agreed and not _agrees():
            base.say("not added; say yes, or run it again with --yes")
            return 1
        hook = desk.add(url)
    except (RefusedAddress, TooManyHooks) as error:
        raise PersonError(str(error)) from error
    base.say(f"added as {hook.id}. Its secret is shown only now; messages are signed with it:")
    base.result_line(hook_json(hook) | {"secret": hook.secret})
    return 0


def _agrees() -> bool:
    """Asks, where somebody is there to be asked."""
    if not sys.stdin.isatty():
        return False
    print("Add it? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _test(desk: WebhookService, hook_id: str) -> int:
    try:
        trouble = desk.test(hook_id)
    except KeyError as error:
        raise _unknown(hook_id) from error
    base.say(f"it was not taken: {trouble}" if trouble else "it took the test message")
    base.result_line({"id": hook_id, "taken": not trouble, "trouble": trouble})
    return 1 if trouble else 0


def _remove(desk: WebhookService, hook_id: str) -> int:
    if not desk.remove(hook_id):
        raise _unknown(hook_id)
    base.say("removed; what was on its way to it is not sent any more")
    base.result_line({"removed": hook_id})
    return 0


def _unknown(hook_id: str) -> PersonError:
    return PersonError(f"there is no webhook {hook_id!r}; see: egobutler hooks list")


def hook_line(hook: Hook) -> str:
    """A webhook in one line for a person."""
    parts = [f"{hook.id}  {hook.url}"]
    if hook.reached:
        parts.append(f"last reached {datetime.fromtimestamp(hook.reached):%Y-%m-%d %H:%M}")
    if hook.waiting:
        parts.append(f"{hook.waiting} on the way")
    if hook.trouble:
        parts.append(f"LOOK: {hook.trouble}")
    return " · ".join(parts)


def hook_json(hook: Hook) -> dict[str, object]:
    """A webhook for a program, without its secret."""
    names = ("id", "url", "added", "reached", "trouble", "waiting")
    return {name: getattr(hook, name) for name in names}
