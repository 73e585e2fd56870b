"""``egobutler import`` of what ``egobutler export`` wrote: a whole home, into an empty place."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from app.backup.fault_text import count_words, fault_lines
from app.commands import base
from app.commands.data.keep import BytesLine
from app.core.errors import PersonError
from app.core.request_identity import current_user
from app.core.settings import Settings
from app.presentation.rendering import number_of
from memory.exchange.import_export import import_export
from memory.types.errors import StoreError


def import_whole(options: argparse.Namespace, whole: Sequence[Path]) -> int:
    """Takes one export in, then makes what no export holds (vectors of another model, say)."""
    if len(options.paths) > 1:
        raise PersonError(
            f"{whole[0]} is a whole home of its own: import it alone, into an empty home"
        )
    home = Settings.of_options(options).home
    try:
        with BytesLine() as line:
            came = import_export(whole[0], home, line.show)
    except StoreError as error:
        raise PersonError(str(error)) from error
    with base.assistant(options) as butler:
        butler.queue.work.catch_up()
        butler.store.audit.write(current_user(), "import", f"{came.recordings} recordings")
        base.say(f"{number_of(came.recordings, 'recording')} came to {butler.home}")
        if came.faults:
            base.say(f"NOT all is well in {whole[0]}: {count_words(len(came.faults))}.")
            for fault in fault_lines(came.faults):
                base.say(f"  {fault}")
        report = {"home": str(butler.home), "recordings": came.recordings, "results": []}
        base.result_line(report | {"faults": [file_fault.row() for file_fault in came.faults]})
    return 1 if came.faults else 0
