"""``egobutler demo``: a sample day, three questions, the app."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from app.commands import base
from app.commands.numbers import port
from app.core.errors import PersonError
from app.models.errors import MODEL_ERRORS
from memory.types.errors import StoreError


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    demo = verbs.add_parser("demo", parents=[common])
    demo.add_argument("--video", type=Path, help="a recording of yours instead of the sample day")
    demo.add_argument("--serve", type=int, choices=(0, 1), default=1)
    demo.add_argument("--port", type=port, default=7860)
    demo.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """A sample day from nothing to cited answers, then the web app."""
    from app.demo.run import run as show

    try:
        return show(options, base.say)
    except (StoreError, OSError, ValueError, *MODEL_ERRORS) as error:
        raise PersonError(str(error)) from error
