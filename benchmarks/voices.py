"""Measure voice prints: cosines of one voice and of two, and the cost.

    python -m benchmarks.voices --shared FOLDER [--json]     # FOLDER/media/speech

Each speaker's recordings are cut into pieces of some seconds, every piece is printed on its own,
clean and with noise added, and every pair of pieces is compared; the two pieces of a pair may have
different noise. ``safe`` is the cosine that fewer than one in a thousand pairs of different people
reach; ``missed`` the share of pairs of one person that do not reach it.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from numpy.typing import NDArray

from egogpt.runtime.no_telemetry import send_nothing
from egogpt.runtime.threads import wait_passively
from egogpt.weights.store import WeightStore
from ingest.speakers.voice_prints import VoicePrinter
from ingest.speech.vad import find_speech
from memory.types.core import BiometricPrint, Span, Utterance, Word

RATE = 16_000
LENGTHS = (3.0, 5.0, 8.0)  # seconds of speech in a print
NOISES: Mapping[str, float | None] = {"clean": None, "hiss 20 dB": 20.0, "hiss 10 dB": 10.0}
SPEAKERS = {
    "first": "sb_ASR_spk1_*.wav",
    "second": "sb_ASR_spk2_*.wav",
    "Austen": "librivox/*.wav",
    "Kennedy": "jfk.flac",
    "Dickens": "two_cities.wav",
}
MORE = {"Blanchett": "cate_blanch*.mp3", "Ledger": "heath_ledger.mp3"}  # in Gradio's package

Sound = NDArray[np.float32]


def speakers(folder: Path) -> dict[str, Sound]:
    """All speech of each speaker, silences cut out."""
    import gradio

    more = Path(gradio.__file__).parent / "media_assets" / "audio"
    found = [(who, sorted(folder.glob(pattern))) for who, pattern in SPEAKERS.items()]
    found += [(who, sorted(more.glob(pattern))) for who, pattern in MORE.items()]
    return {who: np.concatenate([_speech(path) for path in paths]) for who, paths in found if paths}


def _speech(path: Path) -> Sound:
    from faster_whisper import decode_audio

    sound = np.asarray(decode_audio(str(path)), np.float32)
    pieces = [sound[round(p.start * RATE) : round(p.end * RATE)] for p in find_speech(sound)]
    joined = np.concatenate(pieces)
    return np.asarray(joined * 0.06 / np.sqrt(np.mean(joined**2)), np.float32)


def printed(printer: VoicePrinter, sound: Sound) -> BiometricPrint | None:
    """The best print of a piece that one person says."""
    seconds = sound.size / RATE
    words = tuple(
        Word(Span(at, min(at + 0.3, seconds)), "word") for at in np.arange(0, seconds - 0.1, 0.3)
    )
    said = Utterance(Span(0.0, seconds), " ".join(word.text for word in words), words=words)
    _, prints = printer.read(sound, 0.0, [said], lambda at: "clip")
    return max(prints.get("clip", []), key=lambda one: one.quality, default=None)


def pieces(
    printer: VoicePrinter, sounds: Mapping[str, Sound], seconds: float, noise: float | None
) -> list[tuple[str, int, NDArray[np.float32]]]:
    """Speaker, number of the piece and vector of every piece of some length in some noise."""
    rng, found, size = np.random.default_rng(0), [], round(seconds * RATE)
    for who, sound in sounds.items():
        for number, first in enumerate(range(0, sound.size - size + 1, size)):
            piece = sound[first : first + size]
            if noise is not None:
                hiss = rng.normal(0, 0.06 * 10 ** (-noise / 20), size)
                piece = (piece + hiss).astype(np.float32)
            if (made := printed(printer, piece)) is not None:
                found.append((who, number, made.vector))
    return found


def compare(prints: Sequence[tuple[str, int, NDArray[np.float32]]]) -> dict[str, float]:
    """Cosines of pairs of different pieces, of one person and of two."""
    same, different = [], []
    for (who, number, one), (other, second, two) in combinations(prints, 2):
        if who != other:
            different.append(float(one @ two))
        elif number != second:
            same.append(float(one @ two))
    safe = float(np.quantile(different, 0.999))
    return {
        "same_mean": round(float(np.mean(same)), 3),
        "same_5_percent": round(float(np.quantile(same, 0.05)), 3),
        "different_mean": round(float(np.mean(different)), 3),
        "different_most": round(max(different), 3),
        "equal_error_rate": round(_equal_error(np.array(same), np.array(different)), 4),
        "safe": round(safe, 3),
        "missed": round(float(np.mean(np.array(same) <= safe)), 3),
        "pairs": len(same) + len(different),
    }


def _equal_error(same: NDArray[np.float64], different: NDArray[np.float64]) -> float:
    limits = np.sort(np.concatenate([same, different]))
    rates = [(float((same < at).mean()), float((different >= at).mean())) for at in limits]
    missed, wrong = min(rates, key=lambda pair: abs(pair[0] - pair[1]))
    return (missed + wrong) / 2


def measure(folder: Path) -> dict[str, Any]:
    """The whole table."""
    printer = VoicePrinter(WeightStore().folder("voice"))
    sounds = speakers(folder)
    cpu = time.process_time()
    printed(printer, np.concatenate(list(sounds.values())))
    minutes = sum(sound.size for sound in sounds.values()) / RATE / 60
    cost = (time.process_time() - cpu) / minutes
    rows: dict[str, dict[str, float]] = {}
    for seconds in LENGTHS:
        made = {name: pieces(printer, sounds, seconds, snr) for name, snr in NOISES.items()}
        everything = [one for some in made.values() for one in some]
        rows |= {f"{seconds:.0f} s, {name}": compare(some) for name, some in made.items()}
        rows[f"{seconds:.0f} s, all together"] = compare(everything)
    return {"cpu_seconds_per_minute": round(cost, 2), "cosines": rows}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, required=True, help="holds media/speech")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    wait_passively()
    send_nothing()
    found = measure(options.shared / "media" / "speech")
    if options.json:
        print(json.dumps(found))
        return 0
    for name, row in found["cosines"].items():
        print(f"{name:18}", "  ".join(f"{key} {value}" for key, value in row.items()))
    print(f"{found['cpu_seconds_per_minute']} CPU-s per minute of speech")
    return 0


if __name__ == "__main__":
    sys.exit(main())
