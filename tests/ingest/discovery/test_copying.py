"""A copy in the home is the file, whole and checked, and there is never a second one."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.discovery.copying import keep_copy
from ingest.errors import UnreadableMedia
from memory.db.disk_space import DiskNearlyFull
from memory.db.media_files import MediaFolder

WHEN = 1_700_000_000_250_000_000  # ns
FILM = bytes(range(256)) * 9000


def film(path: Path, content: bytes = FILM) -> tuple[Path, str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, ns=(WHEN, WHEN))
    return path, hashlib.sha256(content).hexdigest()


def kept(media: MediaFolder) -> list[str]:
    originals = media.home / "originals"
    return sorted(str(p.relative_to(originals)) for p in originals.rglob("*") if p.is_file())


def test_a_copy_has_the_content_the_name_and_the_time_of_the_file(tmp_path: Path) -> None:
    media = MediaFolder(tmp_path / "home")
    path, digest = film(tmp_path / "card" / "Ferien im März.mp4")
    copy = keep_copy(media, path, digest)
    assert copy == media.home / "originals" / digest[:2] / digest / "Ferien im März.mp4"
    assert copy.read_bytes() == FILM
    assert copy.stat().st_mtime_ns == WHEN
    assert copy.stat().st_ino != path.stat().st_ino, "a copy is a copy"


def test_the_same_content_is_copied_once_under_whatever_name_it_comes(tmp_path: Path) -> None:
    media = MediaFolder(tmp_path / "home")
    first = keep_copy(media, *film(tmp_path / "a.mp4"))
    written = first.stat().st_mtime_ns, first.stat().st_ino
    assert keep_copy(media, *film(tmp_path / "b.mp4")) == first
    assert (first.stat().st_mtime_ns, first.stat().st_ino) == written
    assert len(kept(media)) == 1


def test_a_file_that_is_not_the_one_that_was_hashed_is_not_kept(tmp_path: Path) -> None:
    media = MediaFolder(tmp_path / "home")
    path, digest = film(tmp_path / "walk.mp4")
    path.write_bytes(FILM[:-1] + b"!")
    with pytest.raises(UnreadableMedia, match=r"walk\.mp4: the file changed while"):
        keep_copy(media, path, digest)
    assert kept(media) == []


def test_a_copy_that_would_fill_the_disk_is_refused_before_it_begins(tmp_path: Path) -> None:
    media = MediaFolder(tmp_path / "home")
    path, digest = film(tmp_path / "walk.mp4")
    with pytest.raises(DiskNearlyFull, match=r"nearly full: .* left, .* needed"):
        keep_copy(media, path, digest, reserve=2**60)
    assert kept(media) == []


def test_a_copy_that_is_called_off_leaves_nothing(tmp_path: Path) -> None:
    media = MediaFolder(tmp_path / "home")
    path, digest = film(tmp_path / "walk.mp4")

    def stop(copied: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        keep_copy(media, path, digest, on_copied=stop)
    assert kept(media) == []
    assert keep_copy(media, path, digest).read_bytes() == FILM


def test_what_a_killed_process_left_is_removed_a_day_later(tmp_path: Path) -> None:
    media = MediaFolder(tmp_path / "home")
    left = media.home / "originals" / ".partial" / "0123-x.part"
    film(left)
    copy = keep_copy(media, *film(tmp_path / "walk.mp4"))
    assert [Path(name).name for name in kept(media)] == [copy.name]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    media = MediaFolder(tmp_path / "home")
    with pytest.raises(UnreadableMedia, match=r"gone\.mp4: it cannot be read"):
        keep_copy(media, tmp_path / "gone.mp4", "0" * 64)


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=6))
def test_there_is_one_copy_for_each_content(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes]
) -> None:
    place = tmp_path_factory.mktemp("copies")
    media = MediaFolder(place / "home")
    for number, content in enumerate(contents):
        path, digest = film(place / f"{number}.mp4", content)
        assert keep_copy(media, path, digest).read_bytes() == content
    assert len(kept(media)) == len(set(contents))
