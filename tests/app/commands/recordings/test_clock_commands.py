"""``egobutler clock``: a device's clock is set right once, or a recording is moved."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.commands.main import main
from app.commands.recordings.clock import NO_DEVICE, parse_length, spoken_length
from memory.store.store import Store
from memory.types.core import TimeSource
from tests.ingest.lives import NOON, filmed, put

pytestmark = pytest.mark.usefixtures("no_weights")

HOUR = 3600.0
GOPRO = "GoPro HD9"


def ran(*words: str) -> int:
    return main(["clock", *words, "--preset", "small", "--json"])


def test_the_command_lists_corrects_and_shifts(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = put(store, filmed("VID_20240131120000.mp4", 0.0))
    home = ("--home", str(tmp_path / "home"))
    assert ran(*home) == 0
    told = capsys.readouterr()
    assert "GoPro HD9: 1 recording" in told.err
    assert json.loads(told.out)["devices"][0]["offset_seconds"] == 0
    assert ran(GOPRO, "--set", "-8:00:00", *home) == 0
    told = capsys.readouterr()
    assert "VID_20240131120000.mp4 begins 2024-01-31 05:00:00 now" in told.err
    assert json.loads(told.out)["redated"][0]["clock_offset"] == -8 * HOUR
    assert ran("--shift", one.id, "-0:01:30", *home) == 0
    assert json.loads(capsys.readouterr().out)["redated"][0]["time_source"] == "user"
    assert [known.start - NOON for known in store.recordings.all()] == [-8 * HOUR - 90]
    assert ran(GOPRO, *home) == 0
    assert "corrected by -8:00:00" in capsys.readouterr().err


def test_what_has_no_date_is_listed_until_it_is_set(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = put(store, filmed("walk.mp4", 0.0, source=TimeSource.ARRIVAL))
    home = ("--home", str(tmp_path / "home"))
    assert ran(*home) == 0
    told = capsys.readouterr()
    assert "date unknown (1)" in told.err
    assert [listed["id"] for listed in json.loads(told.out)["undated"]] == [one.id]
    assert ran("--date", "walk", "2023-05-01 10:30", *home) == 0
    assert "walk.mp4 begins 2023-05-01 10:30:00 now" in capsys.readouterr().err
    assert ran(*home) == 0
    told = capsys.readouterr()
    assert "date unknown" not in told.err
    assert json.loads(told.out)["undated"] == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--set", "+1:00"), "device"),
        (("Kodak", "--set", "+1:00"), "device"),
        (("GoPro HD9", "--set", "soon"), "length of time"),
        (("--shift", "nobody", "+1:00"), "recorded yet"),
        (("--date", "nobody", "2023-05-01"), "recorded yet"),
        ((NO_DEVICE, "--set", "+1:00"), "--shift RECORDING"),
        (("Kodak",), "device"),
    ],
)
def test_the_command_says_what_is_wrong_with_its_words(
    tmp_path: Path, words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ran(*words, "--home", str(tmp_path / "empty")) == 1
    told = capsys.readouterr()
    assert (told.out, f"\n{told.err}".count("\negobutler: ")) == ("", 1)
    assert says in told.err.splitlines()[-1]


@given(st.integers(-(10**9), 10**9).map(lambda ms: ms / 1000))
def test_lengths_read_back(seconds: float) -> None:
    assert parse_length(spoken_length(seconds)) == pytest.approx(seconds, abs=1e-3)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("+8:00:00", timedelta(hours=8)),
        ("-0:01:30", -timedelta(seconds=90)),
        ("5:45", timedelta(hours=5, minutes=45)),
        ("0", timedelta()),
        ("+400d 3:00", timedelta(days=400, hours=3)),
        ("-1d", -timedelta(days=1)),
    ],
)
def test_lengths_are_read_as_people_write_them(text: str, length: timedelta) -> None:
    assert parse_length(text) == length.total_seconds()


@pytest.mark.parametrize("text", ["", "+", "8h", "1:60", "soon", "1:2:3:4", "--1:00"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        parse_length(text)
