from __future__ import annotations

import io
from email.parser import BytesParser
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.assistant import Assistant
from app.core.settings import Settings
from app.http.byte_ranges import canonical_range
from app.routes.library.media import media_type, thumbnail_file
from app.views.library_view import entry_json
from memory.db.media_files import Storyboard
from memory.types.core import Recording
from tests.media import make_video, scene


def ranged(client: TestClient, recording: Recording, value: str, **headers: str):  # type: ignore[no-untyped-def]
    return client.get(f"/media/{recording.id}", headers={"Range": value, **headers})


def test_whole_file_says_that_it_takes_ranges(
    client: TestClient, breakfast: Recording, content: bytes
) -> None:
    reply = client.get(f"/media/{breakfast.id}")
    assert reply.status_code == 200
    assert reply.content == content
    assert reply.headers["accept-ranges"] == "bytes"
    assert reply.headers["content-type"] == "video/mp4"
    assert reply.headers["content-disposition"].startswith("inline")


def test_first_bytes(client: TestClient, breakfast: Recording, content: bytes) -> None:
    reply = ranged(client, breakfast, "bytes=0-99")
    assert reply.status_code == 206
    assert reply.content == content[:100]
    assert reply.headers["content-range"] == f"bytes 0-99/{len(content)}"
    assert reply.headers["content-length"] == "100"


def test_open_range_goes_to_the_end(
    client: TestClient, breakfast: Recording, content: bytes
) -> None:
    assert ranged(client, breakfast, "bytes=500-").content == content[500:]


def test_suffix_range_is_the_tail(client: TestClient, breakfast: Recording, content: bytes) -> None:
    reply = ranged(client, breakfast, "bytes=-500")
    assert reply.status_code == 206
    assert reply.content == content[-500:]


def test_suffix_longer_than_the_file_is_the_file(
    client: TestClient, breakfast: Recording, content: bytes
) -> None:
    reply = ranged(client, breakfast, "bytes=-999999999")
    assert reply.status_code == 206
    assert reply.content == content


def test_range_beyond_the_end_is_cut_there(
    client: TestClient, breakfast: Recording, content: bytes
) -> None:
    reply = ranged(client, breakfast, f"bytes=10-{len(content) + 5}")
    assert reply.headers["content-range"] == f"bytes 10-{len(content) - 1}/{len(content)}"


@pytest.mark.parametrize("value", ["bytes={}-", "bytes={}-{}", "bytes=-0", "bytes={}-,-0"])
def test_range_outside_the_file_cannot_be_satisfied(
    client: TestClient, breakfast: Recording, content: bytes, value: str
) -> None:
    reply = ranged(client, breakfast, value.format(len(content), len(content) + 9))
    assert reply.status_code == 416
    assert reply.headers["content-range"] == f"bytes */{len(content)}"


@pytest.mark.parametrize(
    "value",
    ["bytes=", "bytes=a-b", "bytes=5-2", "bytes=--5", "items=0-5", "0-5", "bytes=1_0-20", "bytes"],
)
def test_senseless_range_is_ignored(
    client: TestClient, breakfast: Recording, content: bytes, value: str
) -> None:
    reply = ranged(client, breakfast, value)
    assert (reply.status_code, len(reply.content)) == (200, len(content))


def test_ten_thousand_ranges_are_ignored(
    client: TestClient, breakfast: Recording, content: bytes
) -> None:
    listed = ",".join(f"{n}-{n}" for n in range(0, 20_000, 2))
    assert len(ranged(client, breakfast, f"bytes={listed}").content) == len(content)


def test_several_ranges_come_as_parts(
    client: TestClient, breakfast: Recording, content: bytes
) -> None:
    reply = ranged(client, breakfast, f"bytes=0-9,{len(content)}-,100-119,-7")
    assert reply.status_code == 206
    head = f"Content-Type: {reply.headers['content-type']}\r\n\r\n".encode()
    parts = BytesParser().parsebytes(head + reply.content).get_payload()
    where = [part["Content-Range"].split()[1].split("/")[0] for part in parts]
    assert where == ["0-9", "100-119", f"{len(content) - 7}-{len(content) - 1}"]
    assert parts[1].get_payload(decode=True) == content[100:120]


def test_range_of_a_changed_file_is_not_mixed_with_the_old_one(
    client: TestClient, breakfast: Recording
) -> None:
    etag = client.head(f"/media/{breakfast.id}").headers["etag"]
    assert ranged(client, breakfast, "bytes=0-9", **{"If-Range": etag}).status_code == 206
    assert ranged(client, breakfast, "bytes=0-9", **{"If-Range": '"old"'}).status_code == 200


def test_head_tells_the_length_and_ignores_ranges(
    client: TestClient, breakfast: Recording, content: bytes
) -> None:
    reply = client.head(f"/media/{breakfast.id}", headers={"Range": "bytes=0-9"})
    assert reply.status_code == 200
    assert reply.headers["content-length"] == str(len(content))


def test_download_keeps_the_name_of_the_file(client: TestClient, breakfast: Recording) -> None:
    reply = client.head(f"/media/{breakfast.id}?download=1")
    assert reply.headers["content-disposition"] == 'attachment; filename="breakfast.mp4"'


@pytest.mark.parametrize(
    "path",
    [
        "/media/nobody",
        "/media/..%2f..%2fetc%2fpasswd",
        "/media/%2e%2e/store.sqlite",
        "/media/",
        "/thumbnails/..%2f..%2fetc/passwd.jpg",
        "/thumbnails/%2e%2e/%2e%2e.jpg",
        "/thumbnails/x/..%5c..%5cx.jpg",
        "/thumbnails/x%00/y.jpg",
        "/thumbnails/",
        "/ui/../server.py",
        "/ui/%2e%2e/shell.py",
        "/ui/",
    ],
)
def test_nothing_outside_is_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (400, 404, 405, 307)


def test_moved_file_is_missed(client: TestClient, assistant: Assistant, tmp_path: Path) -> None:
    walk = next(r for r in assistant.store.recordings.all() if r.id.startswith("walk"))
    elsewhere = Path(walk.path).rename(tmp_path / "elsewhere.mp4")
    try:
        assert client.get(f"/media/{walk.id}").status_code == 404
        assert client.get(f"/api/pages/recording/{walk.id}").json()["available"] is False
    finally:
        elsewhere.rename(walk.path)


def test_thumbnail_is_a_picture(client: TestClient, assistant: Assistant) -> None:
    (picture,) = assistant.store.perceptions.thumbnails(
        assistant.store.recordings.clips(assistant.store.recordings.all()[0].id)[0].id
    )
    reply = client.get(f"/{picture.path}")
    assert reply.headers["content-type"] == "image/jpeg"
    assert reply.content.startswith(b"\xff\xd8")


def test_a_storyboard_leads_to_its_sheets_and_both_are_asked_for_again(
    client: TestClient, assistant: Assistant, breakfast: Recording
) -> None:
    store, folder = assistant.store, f"/thumbnails/{breakfast.id}"
    clip = store.recordings.clips(breakfast.id)[1]
    sheet = store.media.storyboard_path(breakfast.id, clip.id)
    store.media.write(sheet, b"\xff\xd8 sheet")
    times = (clip.span.start + 0.5, clip.span.start + 2.5)
    board = {clip.id: Storyboard(sheet, times, 4, 160, 90)}
    shown = store.perceptions.thumbnails(clip.id)
    store.perceptions.write_pictures("pictures", "pictures-1", {clip.id: shown}, board)
    reply = client.get(f"{folder}/storyboard.vtt")
    assert reply.headers["content-type"].startswith("text/vtt")
    first, second = reply.text.split("\n\n")[1:]
    name = Path(sheet).name
    assert first == f"00:00:30.000 --> 00:00:32.500\n{name}#xywh=0,0,160,90"
    assert second.startswith(f"00:00:32.500 --> 00:00:38.500\n{name}#xywh=160,0,160,90")
    for path in (f"{folder}/storyboard.vtt", f"{folder}/{name}"):
        reply = client.get(path)
        assert reply.headers["cache-control"] == "private, no-cache"
        again = client.get(path, headers={"If-None-Match": reply.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert client.get(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.get(f"{folder}/{name}", headers={"Range": "bytes=3-"}).content == b"sheet"
    assert client.get("/thumbnails/nothing/storyboard.vtt").status_code == 404


def test_the_picture_of_a_second_is_cut_out_of_its_sheet_and_kept_by_no_browser(
    client: TestClient, assistant: Assistant, breakfast: Recording
) -> None:
    store, address = assistant.store, f"/thumbnails/{breakfast.id}/at"
    clip = store.recordings.clips(breakfast.id)[1]
    sheet = store.media.storyboard_path(breakfast.id, clip.id)
    colours = ("red", "lime")
    drawn = Image.new("RGB", (320, 90))
    for number, colour in enumerate(colours):
        drawn.paste(colour, (160 * number, 0, 160 * number + 160, 90))
    written = io.BytesIO()
    drawn.save(written, "JPEG")
    store.media.write(sheet, written.getvalue())
    times = (clip.span.start + 0.5, clip.span.start + 2.5)
    board = {clip.id: Storyboard(sheet, times, 2, 160, 90)}
    shown = store.perceptions.thumbnails(clip.id)
    store.perceptions.write_pictures("pictures", "pictures-1", {clip.id: shown}, board)
    for second, colour in ((30, (254, 0, 0)), (33, (0, 255, 1))):
        reply = client.get(f"{address}/{second}")
        assert reply.headers["cache-control"] == "no-store"
        with Image.open(io.BytesIO(reply.content)) as picture:
            assert picture.size == (160, 90)
            seen = picture.convert("RGB").getpixel((80, 45))
        assert max(abs(a - b) for a, b in zip(seen, colour)) < 12  # type: ignore[arg-type]
    for second in (0, 45, 1e9):
        assert client.get(f"{address}/{second}").status_code == 204
    for second in ("-1", "nan", "x"):
        assert client.get(f"{address}/{second}").status_code == 422
    assert client.get("/thumbnails/nothing/at/3").status_code == 404
    store.media.write(sheet, b"no picture")
    assert client.get(f"{address}/30").status_code == 204


def test_thumbnail_route_does_not_follow_links_out(tmp_path: Path) -> None:
    folder = tmp_path / "thumbnails"
    (folder / "a").mkdir(parents=True)
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (folder / "a" / "b.jpg").symlink_to(tmp_path / "secret.jpg")
    assert thumbnail_file(folder, "a", "b.jpg") is None


@pytest.mark.parametrize("name", ["page.html", "x.svg", "x.js", "noend", "x.mp4.html"])
def test_recording_is_never_sent_as_something_that_runs(name: str) -> None:
    assert media_type(Path(name)) == "application/octet-stream"


@given(st.text(st.sampled_from("bytes=0123456789-, "), max_size=40), st.integers(1, 500))
def test_canonical_ranges_lie_inside_the_file(header: str, size: int) -> None:
    found = canonical_range(header, size)
    if found is None or found == f"bytes={size}-":
        return
    for part in found.removeprefix("bytes=").split(","):
        first, last = map(int, part.split("-"))
        assert 0 <= first <= last < size


def test_a_file_that_took_the_name_of_another_is_not_played_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(tmp_path / "no-weights"))
    film = tmp_path / "GX010001.MP4"
    butler = Assistant.open(Settings(tmp_path / "home", preset="small"))
    ids = []
    for number, seconds in enumerate((2, 3)):
        made = make_video(tmp_path / f"{number}.mp4", [scene(number)], seconds=seconds, fps=5)
        made.rename(film)
        (done,) = butler.ingest([film])
        ids.append(done.recording_id)
    assert butler.recording_path(ids[0]) is None
    assert butler.recording_path(ids[1]) == film
    shown = {e.recording.id: entry_json(e, butler.home) for e in butler.library() if e.recording}
    assert shown[ids[0]].place == "its file is not there at the moment"
    assert shown[ids[1]].place == "left where it is"
    assert shown[ids[0]].key != shown[ids[1]].key
    butler.close()
