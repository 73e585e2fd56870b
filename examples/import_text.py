"""Import a diary, whose lines are "09:30 I fed the cat", and ask about it.

python examples/import_text.py HOME 2026-03-02 diary.txt "What did I feed the cat?"

EgoButler reads subtitles and JSON lines itself; this turns another text into JSON lines first.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from egobutler import Assistant


def to_json_lines(diary: Path, day: str) -> str:
    """Each line of the diary as a JSON object with its time and its text."""
    lines = []
    for line in diary.read_text(encoding="utf-8").splitlines():
        clock, _, text = line.partition(" ")
        start = datetime.fromisoformat(f"{day}T{clock}").astimezone()
        lines.append(json.dumps({"start": start.isoformat(), "text": text}))
    return "\n".join(lines)


def main(home: str, day: str, diary: str, question: str) -> int:
    """Import the diary and print the answer; exit status 1 where it could not be imported."""
    with TemporaryDirectory() as folder, Assistant.open(Path(home)) as assistant:
        converted = Path(folder) / f"{Path(diary).stem}.jsonl"
        converted.write_text(to_json_lines(Path(diary), day), encoding="utf-8")
        (report,) = assistant.import_text([converted])
        print(report.message)
        print(assistant.ask(question).text)
    return 0 if report.status in ("imported", "already") else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
