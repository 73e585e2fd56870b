"""Ingest recordings, ask a question, and show the moments that the answer rests on.

python examples/ingest_and_ask.py HOME "Where did I leave the charger?" walk.mp4 holiday/
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from egobutler import Answer, Assistant, StoreError


def show(answer: Answer) -> None:
    """Print each sentence with the moments that support it."""
    for sentence in answer.sentences:
        print(sentence.text)
        for index in sentence.citations:
            citation = answer.citations[index]
            moment = datetime.fromtimestamp(citation.span.start, UTC)
            print(f"  {moment:%Y-%m-%d %H:%M:%S} UTC, {citation.recording_id}: {citation.quote}")


def main(home: str, question: str, *files: str) -> int:
    """Ingest the files and ask; exit status 1 where a file could not be read."""
    try:
        with Assistant.open(Path(home)) as assistant:
            results = assistant.ingest([Path(file) for file in files])
            for result in results:
                print(f"{result.status}: {result.message}")
            show(assistant.ask(question))
    except StoreError as error:  # a home that is busy, damaged or of a newer version
        print(error, file=sys.stderr)
        return 1
    return 0 if all(result.status in ("indexed", "already") for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
