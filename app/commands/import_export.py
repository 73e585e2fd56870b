"""``egobutler import`` of what ``egobutler export`` wrote: a whole home, into an empty place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.backup.fault_text import count_words, fault_lines
from app.commands import base
from app.commands.options import CommandOptions
from app.core.errors import PersonError
from app.core.request_identity import current_user
from app.presentation.progress_line import BytesLine
from app.presentation.rendering import number_of
from memory.exchange.import_export import import_export
from memory.types.messages import UserMessage


def import_whole(options: CommandOptions, paths: Sequence[Path], whole: Path) -> int:
    """Takes one export in, then makes what no export holds (vectors of another model, say)."""
    if len(paths) > 1:
        raise PersonError(
            f"{whole} is a whole home of its own: import it alone, into an empty home"
        )
    home = options.settings().home
    with BytesLine() as line:
        came = import_export(whole, home, line.show)
    with base.assistant(options) as butler:
        butler.queue.work.catch_up()
        deed = UserMessage("app.deed-recordings", recordings=came.recordings)
        butler.store.audit.write(current_user(), "import", deed)
        options.show(f"{number_of(came.recordings, 'recording')} came to {butler.home}")
        if came.faults:
            options.show(f"NOT all is well in {whole}: {count_words(len(came.faults))}.")
            for fault in fault_lines(came.faults):
                options.show(f"  {fault}")
        report = {"home": str(butler.home), "recordings": came.recordings, "results": []}
        options.result_line(report | {"faults": [file_fault.row() for file_fault in came.faults]})
    return 1 if came.faults else 0
