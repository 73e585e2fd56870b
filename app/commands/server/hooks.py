"""``egobutler hooks``: who else is told when a recording is finished. Nobody, until you say so."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Annotated

from app.commands import base
from app.commands.options import CommandOptions, command, group, switch, word
from app.core.errors import PersonError
from memory.repositories.webhooks import Hook

hooks = group("Tell other programs when a recording is finished. Nobody, until you say so.")
_Id = Annotated[str, word("ID", "as list shows it")]


@command(hooks, "list")
def listed(options: CommandOptions) -> None:
    """List who is told."""
    with base.assistant(options) as butler:
        known = butler.hooks.all()
    for hook in known:
        options.show(hook_line(hook))
    if not known:
        base.say("no webhooks: nobody is told; add one with: egobutler hooks add ADDRESS")
    options.result_line({"hooks": [hook_json(hook) for hook in known]})


@command(hooks)
def add(
    options: CommandOptions,
    address: Annotated[str, word("ADDRESS", "such as https://example.org/recorded")],
    yes: Annotated[bool, switch("--yes", "agree without being asked")] = False,
) -> int:
    """Tell an address; status 1 where it was not added."""
    with base.assistant(options) as butler:
        base.say(butler.hooks.agreement(address))
        if not yes and not _agrees():
            base.say("not added; say yes, or run it again with --yes")
            return 1
        hook = butler.hooks.add(address)
    base.say(f"added as {hook.id}. Its secret is shown only now; messages are signed with it:")
    if not options.json:
        print(hook.secret)
    options.result_line(hook_json(hook) | {"secret": hook.secret})
    return 0


def _agrees() -> bool:
    """Asks, where somebody is there to be asked."""
    return sys.stdin.isatty() and base.typed("Add it? [y/N]") in ("y", "yes")


@command(hooks)
def test(options: CommandOptions, hook: _Id) -> int:
    """Send a test message; status 1 where it was not taken."""
    with base.assistant(options) as butler:
        try:
            trouble = butler.hooks.test(hook)
        except KeyError as error:
            raise _unknown(hook) from error
    options.show(f"it was not taken: {trouble}" if trouble else "it took the test message")
    options.result_line({"id": hook, "taken": not trouble, "trouble": trouble})
    return 1 if trouble else 0


@command(hooks)
def remove(options: CommandOptions, hook: _Id) -> None:
    """Tell an address nothing any more."""
    with base.assistant(options) as butler:
        if not butler.hooks.remove(hook):
            raise _unknown(hook)
    options.show("removed; what was on its way to it is not sent any more")
    options.result_line({"removed": hook})


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
