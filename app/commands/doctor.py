"""``egobutler doctor``: checks the machine, the weights and the store."""

from __future__ import annotations

from typing import Any

from app.commands import base
from app.commands.options import CommandOptions, command
from app.doctor.findings import Finding
from app.models.errors import MODEL_ERRORS
from memory.types.errors import StoreError


@command()
def doctor(options: CommandOptions) -> int:
    """Check the machine, the weights and the store; status 1 where something is seriously wrong."""
    findings = _findings(options)
    for finding in () if options.json else findings:
        mark = ("ok  ", "green") if finding.good else ("LOOK", "bold yellow")
        options.show(mark, f"  {finding.what}: {finding.detail}")
        if finding.remedy:
            options.show(f"      → {finding.remedy}")
    report: dict[str, Any] = {
        f.what: {"ok": f.good, "detail": f.detail, "remedy": f.remedy} for f in findings
    }
    options.result_line(report)
    return 0 if all(finding.good or not finding.serious for finding in findings) else 1


def _findings(options: CommandOptions) -> list[Finding]:
    from app.doctor.doctor import examine, examine_closed

    try:
        with base.assistant(options) as butler:
            return examine(butler)
    except (
        StoreError,
        OSError,
        ValueError,
        *MODEL_ERRORS,
    ) as error:  # a home that does not open is what a doctor is asked about
        return examine_closed(options.settings(), str(error))
