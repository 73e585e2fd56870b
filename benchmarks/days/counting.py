"""Ask how often and how long things were done, and compare the numbers with the true ones.

    python -m benchmarks.days.counting benchmarks/training/counting/test [--model none] [--json]

A number is exact; low, which is true of "at least"; or high, which is false, as is any number of
what was never done. An answer may also only quote what was said.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from app.assistant import Assistant
from benchmarks.datasets.counting_data import CountingLife, CountingQuestion, read_counting
from benchmarks.homes.life import open_life
from memory.types.core import Answer

_WORDS = {
    "once": 1, "twice": 2, "einmal": 1, "zweimal": 2, "one": 1, "two": 2, "three": 3, "four": 4,
    "five": 5, "six": 6, "一": 1, "两": 2, "三": 3, "四": 4, "五": 5,
}  # fmt: skip
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?|" + "|".join(_WORDS), re.IGNORECASE)
_QUOTED = re.compile('["“„「]')
_LENGTH = re.compile(r"\bhours?\b|\bminutes?\b|stunden?|minuten?|小时|分钟", re.IGNORECASE)
_HOURS = re.compile(r"\bhours?\b|\bhrs?\b|stunden?|小时", re.IGNORECASE)


def number_told(answer: Answer, is_length: bool = False) -> float | None:
    """The number that an answer begins with, of a length in minutes; 0 where it says that nothing
    is known; None where it only quotes what was said."""
    lead = answer.sentences[0].text if answer.sentences and not answer.abstained else ""
    if _QUOTED.search(lead):
        return None
    found = [match[0].lower() for match in _NUMBER.finditer(re.split(r"[(（]", lead)[0])]
    numbers = [float(_WORDS.get(one) or one.replace(",", ".")) for one in found]
    if is_length and not _LENGTH.search(lead):
        return 0.0
    if _HOURS.search(lead) and numbers:
        return 60 * numbers[0] + (numbers[1] if len(numbers) > 1 else 0)
    return numbers[0] if numbers else 0.0


def outcome(asked: CountingQuestion, number: float | None) -> str:
    """ "exact", "low", "high", "missed" or "quoted" of what was done; "refused" or "invented" of
    what was not."""
    right = asked.minutes or len(asked.occasions)
    if not asked.occasions:
        return "refused" if number == 0 else "invented"
    if not number:
        return "quoted" if number is None else "missed"
    return "exact" if number == right else "low" if number < right else "high"


def ask_life(life: CountingLife, folder: Path, options: argparse.Namespace) -> Counter[str]:
    """The outcomes of a life's questions; lengths as "length: exact" and so on."""
    with tempfile.TemporaryDirectory() as home:
        assistant = open_life(Path(home), [folder / "lines.jsonl"], model=options.model)
        try:
            return Counter(_ask(assistant, one, options) for one in life.questions)
        finally:
            assistant.close()


def _ask(assistant: Assistant, asked: CountingQuestion, options: argparse.Namespace) -> str:
    answer = assistant.ask(asked.text, at=asked.asked_at)
    result = outcome(asked, number_told(answer, is_length=asked.minutes is not None))
    name = f"length: {result}" if asked.minutes else result
    if options.show:
        at = datetime.fromtimestamp(asked.asked_at, UTC)
        print(f"{name:16} {asked.text} ({at:%d %b}) {len(asked.occasions)} {asked.minutes or ''}")
        print("   ", answer.text[:400].replace("\n", " "))
    return name


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="a folder of lives")
    parser.add_argument("--model", default="none", choices=("none", "embedded"))
    parser.add_argument("--show", action="store_true", help="print questions and answers")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results = {
        life.name: ask_life(life, options.folder / life.name, options)
        for life in read_counting(options.folder)
    }
    together = sum(results.values(), Counter[str]())
    report = {**{life: dict(sorted(one.items())) for life, one in results.items()},
              "all": dict(sorted(together.items()))}  # fmt: skip
    if options.json:
        print(json.dumps(report))
    else:
        for name, counts in report.items():
            print(name, *(f"{outcome} {count}" for outcome, count in counts.items()), sep="  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
