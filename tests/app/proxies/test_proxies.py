"""Copies of recordings that browsers do not play: right in time, upright, bounded, and gone."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest
from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.privacy.share import CannotShare, share_piece
from app.proxies.maker import make
from app.proxies.media import is_playable, plays_as
from app.proxies.proxies import ProxyService
from ingest.probe.probe import probe
from memory.exchange.export import originals
from memory.store.store import Store
from memory.types.core import Recording, Span, TimeSource
from tests.media import make_audio, make_video, plain, tone

RED, BLUE = (220, 30, 30), (30, 30, 220)


def added(store: Store, file: Path, name: str = "old") -> Recording:
    made = Recording(name, name.ljust(64, "0"), str(file), 0.0, "UTC", 2.0, TimeSource.USER)
    store.recordings.add(made, [])
    return made


def desk_of(store: Store, program: str | None = None) -> ProxyService:
    def original(recording_id: str) -> Path | None:
        recording = store.recordings.get(recording_id)
        return None if recording is None else store.original(recording)

    return (
        ProxyService(store, original) if program is None else ProxyService(store, original, program)
    )


def ended(desk: ProxyService, recording_id: str) -> str:
    for _ in range(600):
        status = desk.status(recording_id)
        if status.state in ("ready", "failed"):
            return status.message or status.state
        time.sleep(0.05)
    raise AssertionError("it never ended")


def colours(path: Path) -> list[tuple[float, str]]:
    """When each picture is shown, and whether it is rather red or blue."""
    with av.open(path) as container:
        found = []
        for frame in container.decode(video=0):
            red, _, blue = frame.to_ndarray(format="rgb24").mean(axis=(0, 1))
            found.append((float(frame.time or 0.0), "red" if red > blue else "blue"))
        return found


@pytest.mark.parametrize("wanted", ["mp4", "webm"])
def test_copy_shows_and_sounds_when_the_recording_does(tmp_path: Path, wanted: str) -> None:
    old = make_video(
        tmp_path / "old.mkv", [plain(RED), plain(BLUE)], seconds=2, fps=10, codec="mpeg4",
        audio=tone(2.0), start_offset=1000.0,
    )  # fmt: skip
    copy = tmp_path / f"copy.{wanted}"
    told: list[float] = []
    make(old, copy, wanted, told.append)  # type: ignore[arg-type]
    assert all(0 <= share <= 1 for share in told)
    shown = colours(copy)
    turns = next(at for at, colour in shown if colour == "blue")
    assert shown[0][0] == pytest.approx(0.0, abs=0.05)
    assert turns == pytest.approx(1.0, abs=0.11)
    found = probe(copy)
    assert found.has_audio
    assert found.duration == pytest.approx(2.0, abs=0.15)
    assert is_playable(copy, wanted)  # type: ignore[arg-type]


def test_what_browsers_know_is_taken_over_as_it_is(tmp_path: Path) -> None:
    box = make_video(tmp_path / "box.mkv", seconds=2, fps=10, audio=tone(2.0))
    copy = tmp_path / "copy.mp4"
    make(box, copy, "mp4", lambda share: None)

    def packets(path: Path) -> list[bytes]:
        with av.open(path) as container:
            return [bytes(one) for one in container.demux(video=0) if one.size]

    assert len(packets(copy)) == len(packets(box)) == 20
    assert [at for at, _ in colours(copy)] == pytest.approx([n / 10 for n in range(20)], abs=0.002)
    assert plays_as(copy).startswith('video/mp4; codecs="avc1.')


def test_copy_stands_upright_and_has_even_sides(tmp_path: Path) -> None:
    turned = make_video(
        tmp_path / "turned.mp4", [plain(RED, 162, 120)], seconds=1, fps=5, rotation=90
    )
    copy = tmp_path / "copy.mp4"
    make(turned, copy, "mp4", lambda share: None)
    with av.open(copy) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (120, 162)
        assert isinstance(stream.time_base, Fraction)


@pytest.mark.parametrize("codec", ["mpeg4", "libx264"])
def test_copy_of_a_film_with_wide_pixels_is_as_wide(tmp_path: Path, codec: str) -> None:
    film = make_video(tmp_path / "a.mkv", seconds=1, codec=codec, aspect=Fraction(2, 1))
    make(film, tmp_path / "copy.mp4", "mp4", lambda share: None)
    copy = probe(tmp_path / "copy.mp4")
    assert (copy.width, copy.height) == (320, 120)


def test_sound_that_browsers_do_not_know_becomes_one_that_they_do(tmp_path: Path) -> None:
    sound = make_audio(tmp_path / "memo.wav", tone(2.0), codec="adpcm_ima_wav")
    copy = tmp_path / "copy.mp4"
    make(sound, copy, "mp4", lambda share: None)
    assert plays_as(copy) == 'audio/mp4; codecs="mp4a.40.2"'
    assert probe(copy).duration == pytest.approx(2.0, abs=0.2)


def test_desk_makes_one_and_it_goes_with_its_recording(store: Store, tmp_path: Path) -> None:
    desk = desk_of(store)
    made = added(store, make_video(tmp_path / "old.avi", seconds=1, fps=5, codec="mpeg4"))
    assert desk.status(made.id).state == "none"
    assert desk.want(made.id, "mp4").state in ("waiting", "making", "ready")
    assert ended(desk, made.id) == "ready"
    assert [path.name for path in (desk.folder / made.id).iterdir()] == ["proxy.mp4"]
    store.delete_recording(made.id)
    assert not (desk.folder / made.id).exists()
    assert desk.file(made.id) is None
    desk.close()


def test_a_film_never_shows_what_was_forgotten(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = added(store, make_video(tmp_path / "old.avi", seconds=1, fps=5, codec="mpeg4"))

    def forgotten_meanwhile(
        desk: ProxyService, of: Recording, source: Path, to: Path, as_: str, without: object
    ) -> str:
        to.write_bytes(b"the whole film")
        store.forgotten.mark(of.sha256, of.id, [of.span])
        return ""

    desk = desk_of(store)
    monkeypatch.setattr(ProxyService, "_run", forgotten_meanwhile)
    for why in ("meanwhile", "still holds it"):
        desk.want(made.id, "mp4")
        assert why in ended(desk, made.id)
        assert desk.file(made.id) is None
    assert list(desk.folder.glob("*/*")) == []
    desk.close()


@pytest.mark.parametrize("gone", [(0.0, 2.0), (2.0, 4.0)], ids=["beginning", "end"])
def test_of_a_linked_film_a_copy_without_what_was_forgotten_is_made(
    store: Store, tmp_path: Path, gone: tuple[float, float]
) -> None:
    """Also of one that browsers play as it is; what stays keeps its time."""
    film = make_video(
        tmp_path / "walk.mp4", [plain(RED), plain(BLUE)], seconds=4, fps=10, gop=5, audio=tone(4.0)
    )
    made = replace(added(store, film), duration=4.0)
    store.recordings.update(made)
    store.forgotten.mark(made.sha256, made.id, [Span(*gone)])
    desk = desk_of(store)
    desk.want(made.id, "mp4")
    assert ended(desk, made.id) == "ready"
    copy = desk.file(made.id)
    assert copy is not None
    shown = colours(copy)
    assert {colour for _, colour in shown} == ({"blue"} if gone[0] == 0 else {"red"})
    assert [shown[0][0], shown[-1][0]] == pytest.approx([2 - gone[0], 3.9 - gone[0]], abs=0.06)
    with av.open(copy) as container:
        heard = [float(one.time or 0) for one in container.decode(audio=0)]
    assert not any(gone[0] + 0.1 < at < gone[1] - 0.1 for at in heard)
    assert [path.name for path in copy.parent.iterdir()] == ["proxy.mp4"]
    desk.close()


def test_what_was_forgotten_of_a_linked_file_leaves_by_no_door(
    client: TestClient, assistant: Assistant, breakfast: Recording, tmp_path: Path
) -> None:
    gone = Span(breakfast.start, breakfast.start + 10)
    assert client.get(f"/media/{breakfast.id}").status_code == 200
    assistant.store.forgotten.mark(breakfast.sha256, breakfast.id, [gone])
    try:
        for headers in ({}, {"Range": "bytes=0-10"}):
            for more in ("", "?download=1"):
                reply = client.get(f"/media/{breakfast.id}{more}", headers=headers)
                assert (reply.status_code, "still holds it" in reply.text) == (409, True)
        assert client.get(f"/api/pages/recording/{breakfast.id}").json()["held"] is True
        with pytest.raises(CannotShare, match="was forgotten"):
            share_piece(
                assistant.store, assistant.brains, breakfast.id, 5, 15, tmp_path / "piece.mp4", ()
            )
        assert breakfast.path not in {
            str(one.path) for one in originals(assistant.store)[0].values()
        }
    finally:
        assistant.store.forgotten.allow(breakfast.sha256)
    assert client.get(f"/api/pages/recording/{breakfast.id}").json()["held"] is False


def test_what_cannot_be_made_says_why_and_leaves_nothing(store: Store, tmp_path: Path) -> None:
    desk = desk_of(store)
    broken = tmp_path / "broken.avi"
    broken.write_bytes(b"RIFF" + bytes(500))
    fine = make_video(tmp_path / "fine.mp4", seconds=1, fps=5, audio=tone(1.0))
    gone = added(store, tmp_path / "gone.avi", "gone")
    for name, file in (("broken", broken), ("fine", fine)):
        desk.want(added(store, file, name).id, "mp4")
    desk.want(gone.id, "mp4")
    assert "broken.avi" in ended(desk, "broken")
    assert "already has the form" in ended(desk, "fine")
    assert "not there" in ended(desk, gone.id)
    assert list(desk.folder.glob("*/*")) == []
    desk.close()


def test_after_a_crash_halves_and_strangers_are_swept_away(store: Store, tmp_path: Path) -> None:
    made = added(store, tmp_path / "old.avi")
    for place in (f"{made.id}/.proxy.mp4", f"{made.id}/proxy.mp4", "stranger/proxy.mp4"):
        path = store.media.proxies / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"film")
    desk = desk_of(store)
    assert [str(p.relative_to(desk.folder)) for p in desk.folder.glob("*/*")] == ["old/proxy.mp4"]


def test_those_not_watched_for_longest_make_room(store: Store, tmp_path: Path) -> None:
    desk = desk_of(store)
    for age, name in enumerate(("new", "middle", "oldest")):
        added(store, tmp_path / f"{name}.avi", name)
        path = desk.folder / name / "proxy.mp4"
        path.parent.mkdir(parents=True)
        path.write_bytes(bytes(100))
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
    desk.keep_within(250)
    assert {path.name for path in desk.folder.iterdir()} == {"new", "middle"}
    assert desk.file("middle") is not None, "watched now"
    desk.keep_within(100)
    assert {path.name for path in desk.folder.iterdir()} == {"middle"}
    desk.keep_within(0, spare="middle")
    assert desk.file("middle") is not None


def test_routes_tell_of_recordings_only(
    client: TestClient, assistant: Assistant, breakfast: Recording
) -> None:
    assert client.post("/media/nobody/proxy", json={}).status_code == 404
    place = f"/media/{breakfast.id}/proxy"
    assert client.get(place).status_code == 404
    assert client.post(place, json={"format": "exe"}).status_code == 422
    assert client.get(f"{place}/status").json()["state"] == "none"
    lost = Path(breakfast.path)
    kept = lost.rename(lost.with_suffix(".away"))
    try:
        assert client.post(place, json={}).status_code == 409
    finally:
        kept.rename(lost)
