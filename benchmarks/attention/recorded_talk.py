"""A real day as the hay that needles are hidden in: captions and speech of EgoLife."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from random import Random


def repeated(texts: Sequence[str], random: Random) -> Iterator[str]:
    """Given lines, such as a day's captions, from a random one on, in order and round and round."""
    start = random.randrange(len(texts))
    while True:
        yield texts[start]
        start = (start + 1) % len(texts)


def recorded(folder: Path) -> Callable[[Random], Iterator[str]]:
    """Captions and speech of EgoLifeQA's files events_DAY*.jsonl, in order, as talk.

    Raises:
        FileNotFoundError: The folder holds no such file.
    """
    files = sorted(folder.glob("events_DAY*.jsonl"))
    if not files:
        raise FileNotFoundError(f"{folder} holds no events_DAY*.jsonl; give EgoLifeQA's folder")
    texts = []
    for file in files:
        for row in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
            speaker = f"{row['sp']}: " if row.get("sp") else ""
            texts.append(speaker + " ".join(str(row["t"]).split()))
    return partial(repeated, texts)
