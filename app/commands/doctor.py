"""``egobutler doctor``: checks the machine, the weights and the store."""

from __future__ import annotations

import argparse
from typing import Any

from app.commands import base
from app.core.errors import PersonError
from app.core.settings import Settings
from app.doctor.findings import Finding


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    doctor = verbs.add_parser("doctor", parents=[common])
    doctor.add_argument("--json", action="store_true", help="a line of JSON and no more")
    doctor.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Checks the machine, the weights and the store."""
    findings = _findings(options)
    if not options.json:
        for finding in findings:
            base.say(f"{'ok  ' if finding.good else 'LOOK'}  {finding.what}: {finding.detail}")
            if finding.remedy:
                base.say(f"      → {finding.remedy}")
    report: dict[str, Any] = {
        f.what: {"ok": f.good, "detail": f.detail, "remedy": f.remedy} for f in findings
    }
    base.result_line(report)
    return 0 if all(finding.good or not finding.serious for finding in findings) else 1


def _findings(options: argparse.Namespace) -> list[Finding]:
    from app.doctor.doctor import examine, examine_closed

    try:
        with base.assistant(options) as butler:
            return examine(butler)
    except PersonError as error:  # a home that does not open is what a doctor is asked about
        return examine_closed(Settings.of_options(options), str(error))
