"""Lines that are nested, numbered or packed to take all memory are refused (fault 35)."""

from __future__ import annotations

import gzip
import resource
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from ingest.importers import ImportOptions, import_paths, line_events, subtitles
from memory.store.store import Store
from tests.faults.homes import check
from tests.forks import forked

LIMIT = 1 << 30  # bytes of address space of the importing process
MOST = 1_000_000  # lines that are taken
SHARE = 10  # the endless file is tried with a tenth of the lines, in a tenth of the memory


def imports(home: Path, path: Path, told: Path, share: int) -> None:
    """Imports a file where there is room for so much more, and writes down what was said."""
    assert line_events.MOST_EVENTS == MOST
    line_events.MOST_EVENTS = subtitles.MOST_EVENTS = MOST // share
    store, taken = Store.open(home), Path("/proc/self/statm")
    used = int(taken.read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + LIMIT // share,) * 2)
    options = ImportOptions(day_one=date(2026, 3, 2), timezone="UTC")
    reports = import_paths(store, [path], options)
    told.write_text("".join(f"{report.status} {report.message}\n" for report in reports))
    store.close()


def _deep_list(path: Path) -> Path:
    text = '[{"start": 1, "end": 2, "text": "hello", "x": ' + "[" * 5_000_000
    path = path / "deep_DAY1.json"
    path.write_text(text)
    return path


def _deep_line(path: Path) -> Path:
    path = path / "deep_DAY1.jsonl"
    path.write_text('{"start": 1, "text": "x", "y": ' + '{"a":' * 150_000 + "\n")
    return path


def _long_number(path: Path) -> Path:
    path = path / "number_DAY1.jsonl"
    path.write_text('{"start": ' + "9" * 900_000 + ', "text": "x"}\n')
    return path


def _endless_cues(path: Path) -> Path:
    """What a billion cues begin with: more than are taken, in a file of 5 MB."""
    path = path / "VID_20260302_100000.srt"
    with path.open("w") as file:
        for _ in range(12):
            file.write("1\n00:00:01,000 --> 00:00:02,000\na\n\n" * (125_000 // SHARE))
    return path


def _packed(path: Path) -> Path:
    path = path / "bomb_DAY1.srt.gz"
    path.write_bytes(gzip.compress(bytes(50 << 20)))
    return path


FILES: dict[str, Callable[[Path], Path]] = {
    "not JSON": _deep_list,
    "no lines": _deep_line,
    "no lines with times": _long_number,
    "100,000 lines": _endless_cues,
    "unpack it first": _packed,
}


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are those of Linux")
@pytest.mark.parametrize("words", FILES)
def test_fault_35_lines_that_would_take_all_memory_are_refused_in_a_sentence(
    tmp_path: Path, words: str
) -> None:
    home, path, told = tmp_path / "home", FILES[words](tmp_path), tmp_path / "told"
    Store.open(home).close()
    share = SHARE if FILES[words] is _endless_cues else 1
    assert forked(lambda: imports(home, path, told, share)) == 0
    (line,) = told.read_text().splitlines()
    assert line.startswith(f"failed {path.name}")
    assert words in line
    assert "MemoryError" not in line
    assert check(home).recordings == []
