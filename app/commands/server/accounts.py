"""Shared by ``egobutler users`` and ``tokens``: an action, and a NAME for all but ``list``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from app.auth.accounts import Accounts
from app.auth.errors import AccountsError
from app.core.errors import PersonError
from app.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a command does: how it is typed, and what does it."""

    use: str
    do: Callable[[Accounts, argparse.Namespace], None]


def add_actions(parser: argparse.ArgumentParser, actions: Mapping[str, Action]) -> None:
    """Lets a command take one of these actions, ``list`` where none is named."""
    parser.add_argument("action", nargs="?", choices=tuple(actions), default="list")
    parser.add_argument("name", nargs="?", metavar="NAME")
    parser.set_defaults(run=partial(_run, actions))


def uses(actions: Mapping[str, Action]) -> str:
    """How each is typed."""
    return "; ".join(action.use for action in actions.values())


def day(at: float) -> str:
    """The day of a time (seconds UTC) on this computer's clock."""
    return f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%d}"


def _run(actions: Mapping[str, Action], options: argparse.Namespace) -> int:
    action = actions[options.action]
    if (options.name is None) != (options.action == "list"):
        raise PersonError(f"say: {action.use}")
    accounts = Accounts(Settings.of_options(options).home)
    try:
        action.do(accounts, options)
    except AccountsError as error:
        raise PersonError(str(error)) from error
    finally:
        accounts.file.close()
    return 0
