"""What is cut out of a file is neither seen nor heard in it, and the rest is where it was."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from ingest.editing.remux_cut import CannotCut, cut_out, suffix_for
from ingest.errors import WasForgotten
from ingest.jobs.intake import sha256_of, take_in
from ingest.probe.probe import probe
from memory.store.store import Store
from memory.types.core import Span
from tests.media import Sound, make_audio, make_video, scene, tone

RATE = 16_000


def pictures(path: Path) -> dict[float, int]:
    """Offset → a fingerprint of the picture that is shown from then on."""
    about = probe(path)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        base = float(stream.time_base or 0)
        return {
            round(frame.pts * base - about.origin, 2): int(frame.to_ndarray(format="gray").mean())
            for frame in container.decode(stream)
            if frame.pts is not None
        }


def loud(path: Path) -> Sound:
    """For every hundredth of a second whether there is sound, 0 or 1."""
    about, heard = probe(path), np.zeros(RATE * 30, np.float32)
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        for frame in container.decode(audio=0):
            for piece in resampler.resample(frame):
                assert piece.pts is not None
                assert piece.time_base is not None
                at = max(0, round((float(piece.pts * piece.time_base) - about.origin) * RATE))
                samples = piece.to_ndarray().ravel()
                heard[at : at + samples.size] = samples
    return (np.abs(heard.reshape(-1, RATE // 100)).max(axis=1) > 0.02).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cut")


KINDS = (("a.mp4", "libx264", 0), ("b.mov", "libx264", 90), ("c.mkv", "libx264", 0),
         ("d.webm", "libvpx", 0), ("e.avi", "mpeg4", 0),
         ("f.mts", "libx264", 0), ("g.ts", "mpeg2video", 0))  # fmt: skip


@pytest.mark.parametrize(("name", "codec", "rotation"), KINDS, ids=[kind[0] for kind in KINDS])
def test_the_middle_is_gone_and_the_rest_is_at_its_time(
    folder: Path, name: str, codec: str, rotation: int
) -> None:
    scenes = [scene(number, 96, 64) for number in range(12)]
    source = make_video(
        folder / name, scenes, seconds=12, fps=5, gop=5, codec=codec, rotation=rotation,
        audio=tone(12.0, 440), metadata={"title": "A walk"},
    )  # fmt: skip
    target = folder / f"cut-{name}"
    target = target.with_suffix(suffix_for(source))
    cut = cut_out(source, target, [(4.3, 6.6)])
    before, after = pictures(source), pictures(target)
    assert cut.shift == 0.0
    assert [at for at in after if 4.0 <= at < 6.99] == []
    kept = {at: shown for at, shown in before.items() if not 4.0 <= at < 6.99}
    assert len(after) == len(kept)
    for (at, shown), (then, was) in zip(sorted(after.items()), sorted(kept.items()), strict=True):
        assert abs(at - then) < 0.02
        assert abs(shown - was) <= 1
    heard = loud(target)
    assert not heard[432:658].any()
    assert heard[20:400].all()
    assert heard[680:1180].all()
    assert probe(target).rotation == probe(source).rotation == rotation


@pytest.mark.parametrize("stretch", [(0.0, 4.3), (8.7, 12.0)], ids=["beginning", "end"])
def test_a_file_may_lose_its_beginning_or_its_end(folder: Path, stretch: Span) -> None:
    scenes = [scene(number, 96, 64) for number in range(12)]
    path = folder / "edge.mp4"
    if not path.exists():
        make_video(path, scenes, seconds=12, fps=5, gop=5, audio=tone(12.0, 440))
    cut = cut_out(path, folder / "edge-cut.mp4", [stretch])  # type: ignore[list-item]
    before, after = pictures(path), pictures(cut.path)
    begins = stretch[0] == 0.0  # type: ignore[index]
    assert (4.2 < cut.shift < 4.6) if begins else cut.shift == 0.0
    shown = {at + cut.shift: picture for at, picture in after.items()}
    assert min(shown) == pytest.approx(5.0 if begins else 0.0, abs=0.02)
    assert max(shown) == pytest.approx(11.8 if begins else 7.8, abs=0.02)
    for at, picture in shown.items():
        then = min(before, key=lambda one: abs(one - at))
        assert abs(then - at) < 0.02
        assert abs(before[then] - picture) <= 1


@pytest.mark.parametrize("name", ["s.wav", "s.mp3", "s.flac", "s.m4a", "s.ogg"])
def test_a_sound_file_is_silent_where_it_was_cut(folder: Path, name: str) -> None:
    source = make_audio(folder / name, tone(12.0, 440))
    cut = cut_out(source, folder / f"cut-{name}", [(4.3, 6.6)])
    heard = loud(cut.path)
    assert not heard[436:654].any()
    assert heard[20:410].all()
    assert heard[690:1180].all()
    assert cut.duration == pytest.approx(12.0, abs=0.2)


def test_a_file_of_which_nothing_would_be_left_is_not_written(folder: Path) -> None:
    source = make_video(folder / "short.mp4", [scene(0, 96, 64)], seconds=2, fps=5)
    with pytest.raises(CannotCut, match="nothing of it would be left"):
        cut_out(source, folder / "none.mp4", [(0.0, 9.0)])
    broken = folder / "broken.mp4"
    broken.write_bytes(b"no film" * 100)
    with pytest.raises(CannotCut, match=r"broken\.mp4"):
        cut_out(broken, folder / "none.mp4", [(0.0, 1.0)])


def test_a_forgotten_file_is_not_taken_in_again_until_it_is_allowed(
    folder: Path, store: Store
) -> None:
    source = make_video(folder / "again.mp4", [scene(0, 96, 64)], seconds=3, fps=5)
    store.forgotten.mark(sha256_of(source), "", [Span(0, 3)])
    with pytest.raises(WasForgotten, match=r"again\.mp4: you have had this recording"):
        take_in(store, source)
    assert store.recordings.all() == []
    assert store.forgotten.allow(sha256_of(source))
    assert take_in(store, source).recording.duration > 2


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "home")
