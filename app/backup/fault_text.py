"""Sentences on damaged files of recordings."""

from __future__ import annotations

from collections.abc import Sequence

from app.presentation.i18n import t
from memory.integrity.file_faults import FileFault
from memory.types.paths import printable

SHOWN = 20  # files that are named before the rest is only counted


def fault_line(fault: FileFault) -> str:
    """One file in a line, by the name that the home has for it."""
    name = printable(fault.path)
    if not fault.inside:
        return {
            "missing": t("a linked recording was moved away: {name}", name=name),
            "unreadable": t("a linked recording cannot be read: {name}", name=name),
        }.get(fault.fault, t("a linked recording was changed or replaced: {name}", name=name))
    return {
        "missing": t("missing: {name}", name=name),
        "size": t("damaged, it has another size than what was recorded: {name}", name=name),
        "content": t("damaged, its bytes are not what was recorded: {name}", name=name),
        "unreadable": t("damaged, it cannot be read: {name}", name=name),
        "lost": t("lost, it does not know most of the files beside it: {name}", name=name),
    }[fault.fault]


def fault_lines(faults: Sequence[FileFault]) -> list[str]:
    """The first of them, a line each, and how many more there are."""
    lines = [fault_line(fault) for fault in faults[:SHOWN]]
    if len(faults) > SHOWN:
        lines.append(t("and {n} more", n=len(faults) - SHOWN))
    return lines


def count_words(count: int) -> str:
    """``3 files in it are damaged or missing``."""
    if count == 1:
        return t("1 file in it is damaged or missing")
    return t("{n} files in it are damaged or missing", n=count)
