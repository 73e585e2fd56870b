"""Measure speech recognition: word error rate per set, CPU-seconds per minute.

    python -m benchmarks.speech --shared FOLDER            # FOLDER/media/speech
    python -m benchmarks.speech talk.wav other.flac --json # each with its text beside it, talk.txt

The word error rate is over texts normalised as OpenAI normalises them for Whisper's own figures.
CPU time is that of all threads over all files end to end, loading apart: files shorter than
Whisper's 30 s would else pay for the silence that it fills them up with. Sets marked with * have
references that hold typing errors, which no recogniser can get right; they are left out of the sum.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from numpy.typing import NDArray

from egogpt.runtime.no_telemetry import send_nothing
from egogpt.runtime.threads import wait_passively
from egogpt.weights.store import WeightStore
from ingest.speech.registry import available, load_recogniser
from ingest.speech.transcribe import Recogniser

RATE = 16_000
BUNDLED = ("whisper-base", "whisper-tiny.en")
PAUSE = 0.8  # seconds between files laid end to end

# John F. Kennedy, inaugural address, 1961; Charles Dickens, A Tale of Two Cities, 1859.
KENNEDY = """And so, my fellow Americans, ask not what your country can do for you, ask what you
can do for your country."""
DICKENS = """It was the best of times, it was the worst of times, it was the age of wisdom, it was
the age of foolishness, it was the epoch of belief, it was the epoch of incredulity, it was the
season of Light, it was the season of Darkness, it was the spring of hope, it was the winter of
despair, we had everything before us, we had nothing before us, we were all going direct to Heaven,
we were all going direct the other way. In short, the period was so far like the present period,
that some of its noisiest authorities insisted on its being received, for good or for evil, in the
superlative degree of comparison only."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A recording of speech and what is said in it."""

    group: str
    path: Path
    text: str

    @property
    def faulty(self) -> bool:
        """Whether the reference is known to hold errors."""
        return self.group.endswith("*")


def shared_speech(folder: Path) -> list[Spoken]:
    """The recordings of ``folder`` whose words are known."""
    found = [
        *_librivox(folder / "librivox"),
        Spoken("Kennedy", folder / "jfk.flac", KENNEDY),
        Spoken("Dickens", folder / "two_cities.wav", DICKENS),
        *_speechbrain(folder),
    ]
    return [one for one in found if one.path.is_file()]


def _librivox(folder: Path) -> Iterator[Spoken]:
    index = folder / "transcription"
    for line in index.read_text().splitlines() if index.is_file() else ():
        if match := re.fullmatch(r"<s>(.*)</s>\s*\((\S+)\)\s*", line):
            yield Spoken("LibriVox", folder / f"{match[2]}.wav", match[1])


def _speechbrain(folder: Path) -> Iterator[Spoken]:
    index = folder / "sb_ASR_train.json"
    entries = json.loads(index.read_text()) if index.is_file() else {}
    for name, entry in entries.items():
        yield Spoken("SpeechBrain*", folder / f"sb_ASR_{name}.wav", entry["words"])


def with_texts(paths: Sequence[Path]) -> list[Spoken]:
    """Files whose text lies beside them. Raises FileNotFoundError where one is missing."""
    return [Spoken("files", path, path.with_suffix(".txt").read_text()) for path in paths]


def errors(reference: Sequence[str], heard: Sequence[str]) -> int:
    """Words inserted, left out or mistaken: the Levenshtein distance over words."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(reference, 1):
        before, row[0] = row[:], i
        for j, other in enumerate(heard, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (word != other))
    return row[-1]


def measure(recogniser: Recogniser, spoken: Sequence[Spoken]) -> dict[str, Any]:
    """Error rates by group and in all, and what the recogniser costs."""
    from faster_whisper import decode_audio
    from whisper.normalizers import EnglishTextNormalizer

    plain = EnglishTextNormalizer()
    sounds = [np.asarray(decode_audio(str(one.path)), np.float32) for one in spoken]
    cost = _cost(recogniser, sounds)
    wrong: dict[str, int] = {}
    total: dict[str, int] = {}
    for one, sound in zip(spoken, sounds):
        said = " ".join(utterance.text for utterance in recogniser.transcribe(sound, 0.0))
        reference = plain(one.text).split()
        counted = [one.group] if one.faulty else [one.group, "in all"]
        for group in counted:
            wrong[group] = wrong.get(group, 0) + errors(reference, plain(said).split())
            total[group] = total.get(group, 0) + len(reference)
    return {
        "recogniser": recogniser.name,
        "version": recogniser.version,
        "word_error_rate": {group: round(wrong[group] / total[group], 4) for group in total},
        "words": total,
        **cost,
    }


def _cost(recogniser: Recogniser, sounds: Sequence[NDArray[np.float32]]) -> dict[str, float]:
    pause = np.zeros(round(PAUSE * RATE), np.float32)
    everything = np.concatenate([part for sound in sounds for part in (sound, pause)])
    cpu, wall = time.process_time(), time.perf_counter()
    recogniser.transcribe(everything, 0.0)
    minutes = everything.size / RATE / 60
    return {
        "minutes": round(minutes, 2),
        "cpu_seconds_per_minute": round((time.process_time() - cpu) / minutes, 2),
        "wall_seconds_per_minute": round((time.perf_counter() - wall) / minutes, 2),
    }


def table(report: Mapping[str, Any]) -> str:
    """The result as a few lines for a person."""
    lines = [f"{report['recogniser']} ({report['version']})"]
    for group, rate in sorted(
        report["word_error_rate"].items(), key=lambda one: one[0] == "in all"
    ):
        lines.append(f"  {group:14} {100 * rate:5.1f} % of {report['words'][group]:4} words wrong")
    cpu, minutes = report["cpu_seconds_per_minute"], report["minutes"]
    return "\n".join([*lines, f"  {cpu:.2f} CPU-s per minute of speech ({minutes:.1f} minutes)"])


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, help="recordings with .txt beside them")
    parser.add_argument("--shared", type=Path, help="a folder that holds media/speech")
    parser.add_argument("--recogniser", action="append", help="default: the bundled ones")
    parser.add_argument("--language", help="what is spoken (default: detected)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    wait_passively()
    send_nothing()
    spoken = with_texts(options.files)
    if options.shared is not None:
        spoken += shared_speech(options.shared / "media" / "speech")
    if not spoken:
        print("Nothing to listen to: give files, or --shared FOLDER.", file=sys.stderr)
        return 1
    weights, results = WeightStore(), []
    for name in options.recogniser or BUNDLED:
        if reason := available(name, weights):
            print(f"{name} is left out: {reason}", file=sys.stderr)
            continue
        results.append(measure(load_recogniser(name, weights, options.language), spoken))
        if not options.json:
            print(table(results[-1]), flush=True)
    if options.json:
        print(json.dumps(results))
    return 0 if results else 1


if __name__ == "__main__":
    sys.exit(main())
