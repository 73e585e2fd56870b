"""What the Timeline fetches, and that it is what the store holds clip by clip."""

from __future__ import annotations

import io
from datetime import date

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from app.assistant import Assistant
from app.days.strip import strip
from app.days.timeline import day_span, moments, timeline
from app.routes.library.media import media_type
from memory.types.core import Recording, Span
from tests.app.homes import MORNING, summarise

TUESDAY = date(2026, 3, 3)


def test_what_is_read_at_once_is_what_each_clip_holds(assistant: Assistant) -> None:
    store = assistant.store
    found = moments(store, day_span(TUESDAY, "UTC"))
    assert len(found) == 7
    for one in found:
        assert one.caption == (store.memories.caption(one.clip_id) or "")
        assert one.indexed == (store.memories.caption(one.clip_id) is not None)
        assert one.speech == tuple(said.text for said in store.perceptions.utterances(one.clip_id))
        assert one.thumbnails == tuple(
            kept.path for kept in store.perceptions.thumbnails(one.clip_id)
        )
        recording = store.recordings.get(one.recording_id)
        assert recording is not None
        assert recording.start + one.offset == one.start


def test_the_strip_holds_what_the_hours_hold(assistant: Assistant) -> None:
    whole, glance = (
        timeline(assistant.store, TUESDAY, "UTC"),
        strip(assistant.store, TUESDAY, "UTC"),
    )
    assert glance is not None
    assert [hour.moments for hour in glance.hours] == [len(hour.moments) for hour in whole.hours]
    assert [hour.summary for hour in glance.hours] == [hour.summary for hour in whole.hours]
    assert glance.pending == 1
    assert sum(glance.talk) * 300 == pytest.approx(4 * 8), "four sentences of eight seconds"
    assert sum(glance.pictured) == 4, "two minutes of breakfast, two of the walk"
    assert strip(assistant.store, date(1, 1, 1), "UTC") is None


def test_revision_changes_with_what_is_shown_and_only_then(
    assistant: Assistant, client: TestClient
) -> None:
    def revision() -> str:
        return str(client.get("/api/pages/revision?day=2026-03-03").json()["revision"])

    before = revision()
    assert client.get("/api/pages/day/2026-03-03").json()["revision"] == before
    assert revision() == before
    hour = Span(MORNING - 1800, MORNING + 1800)
    (kept,) = assistant.store.memories.overlapping("hour", hour)
    summarise(assistant.store, "hour", hour, "Tea, for once.")
    changed = revision()
    assert changed != before
    summarise(assistant.store, "hour", hour, kept.text)
    clip = assistant.store.recordings.clip(moments(assistant.store, hour)[0].clip_id)
    assert clip is not None
    caption = assistant.store.memories.caption(clip.id) or ""
    now = revision()
    assistant.store.memories.write_caption(clip, "I make tea.", "test", "caption", "1")
    assert revision() != now
    assistant.store.memories.write_caption(clip, caption, "test", "caption", "1")


def test_calendar_says_how_much_of_each_day_is_recorded(client: TestClient) -> None:
    (march,) = client.get("/api/pages/days").json()["months"]
    assert [(day["day"], day["amount"]) for day in march["days"]] == [
        ("2026-03-03", "4 min"),
        ("2026-03-04", "2 min"),
    ]


@pytest.mark.parametrize(
    "asked",
    ["start=0&end=9999", "start=5&end=5", "start=9&end=1", "start=nan&end=1", "start=1e300&end=2",
     "start=inf&end=inf", "start=x&end=y", ""],
)  # fmt: skip
def test_moments_of_no_time_or_too_much_are_refused(client: TestClient, asked: str) -> None:
    assert client.get(f"/api/pages/moments?{asked}").status_code == 422


def test_large_replies_are_compressed_for_those_who_can_read_them(client: TestClient) -> None:
    asked = f"/api/pages/moments?start={MORNING + 86_400}&end={MORNING + 86_400 + 7200}"
    small = client.get(asked, headers={"Accept-Encoding": "gzip"})
    plain = client.get(asked, headers={"Accept-Encoding": "identity"})
    assert small.json() == plain.json()
    assert "content-encoding" not in plain.headers
    assert ("content-encoding" in small.headers) == (len(plain.content) >= 4096)


def test_sheet_holds_a_picture_for_each_minute_and_is_sent_once(
    client: TestClient, breakfast: Recording
) -> None:
    asked = f"/api/pages/sheet?start={MORNING - 1800}"
    reply = client.get(asked)
    sheet = Image.open(io.BytesIO(reply.content))
    assert (reply.headers["content-type"], sheet.size) == ("image/jpeg", (1600, 540))
    minute = [sheet.crop((160 * n, 270, 160 * n + 160, 360)) for n in range(10)]
    bright = [max(band[1] for band in one.getextrema()) > 60 for one in minute]
    assert bright == [True, True, *[False] * 8], "09:30 and 09:31 have one, 09:32 has none"
    again = client.get(asked, headers={"If-None-Match": reply.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_thumbnail_that_is_known_is_not_sent_again(
    client: TestClient, assistant: Assistant, breakfast: Recording
) -> None:
    (picture, *_) = assistant.store.perceptions.thumbnails(
        assistant.store.recordings.clips(breakfast.id)[0].id
    )
    first = client.get(f"/{picture.path}")
    again = client.get(f"/{picture.path}", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("2026-03-16?t=18:42", "/?open=timeline&day=2026-03-16&t=18%3A42"),
        ("2026-03-16?t=8:05:09", "/?open=timeline&day=2026-03-16&t=8%3A05%3A09"),
        ("2026-03-16?t=24:00", "/?open=timeline&day=2026-03-16"),
        ("2026-03-16?clip=nobody", "/?open=timeline&day=2026-03-16"),
        ("2026-02-30?t=18:42", "/?open=timeline"),
        ("xy?t=//evil.example", "/?open=timeline"),
        ("2026-03-16?clip=%00", "/?open=timeline&day=2026-03-16"),
    ],
)
def test_link_leads_to_what_of_it_can_be_meant(client: TestClient, link: str, leads: str) -> None:
    reply = client.get(f"/day/{link}", follow_redirects=False)
    assert (reply.status_code, reply.headers["location"]) == (307, leads)


def test_link_to_a_clip_leads_to_its_time(
    client: TestClient, assistant: Assistant, breakfast: Recording
) -> None:
    clip = assistant.store.recordings.clips(breakfast.id)[1]
    reply = client.get(f"/day/1999-01-01?clip={clip.id}", follow_redirects=False)
    assert f"day=2026-03-03&t=09%3A30%3A30&clip={clip.id}" in reply.headers["location"]


def test_next_and_earlier_moments_cross_recordings(
    client: TestClient, breakfast: Recording
) -> None:
    def beside(at: float, by: int) -> str:
        return str(client.get(f"/api/pages/beside?at={at}&by={by}").json().get("time"))

    assert beside(MORNING, 1) == "09:30:30"
    assert beside(MORNING + 61, 1) == "12:00:00"
    assert beside(MORNING + 9001, -1) == "09:31:00"
    assert beside(MORNING + 20, -1) == "09:30:00", "well into a moment, its beginning"
    assert beside(MORNING, -1) == "None"


def test_player_is_told_what_a_recording_is(client: TestClient, breakfast: Recording) -> None:
    told = client.get(f"/api/pages/recording/{breakfast.id}").json()
    assert told["plays_as"].startswith('video/mp4; codecs="avc1.')
    assert (told["kind"], told["day"]) == ("video", "2026-03-03")
    assert client.get(told["poster"]).status_code == 200
    assert told["picture"] == told["poster"], "a film is no picture"
    assert told["trouble"] == "This browser cannot play this kind of video."


def test_player_is_told_what_is_said_and_which_moment_it_is(
    client: TestClient, breakfast: Recording
) -> None:
    said = client.get(f"/api/pages/transcript/{breakfast.id}").json()
    assert said["lines"][0] == {
        "start": 4,
        "end": 12,
        "who": "",
        "time": "0:04",
        "words": [[4, "First a cup of coffee."]],
    }
    first, second = said["outline"].split("z", 1)  # from 4 to 12 of 90 seconds, less the gap
    assert first == "M0.04444 0.00h0.07556v1.00h-0.07556"
    assert second.startswith("M0.37778 ")
    assert client.get("/api/pages/transcript/none").status_code == 404

    def moment(at: float, recording: str) -> list[float]:
        asked = {"at": at, "recording": recording}
        told = client.get("/api/pages/moment", params=asked).json()
        return [told["start"] - MORNING, told["end"] - MORNING]

    assert moment(MORNING + 40, breakfast.id) == [30, 60]
    assert moment(MORNING + 91, breakfast.id) == [86, 90], "after its last moment, up to its end"
    assert moment(MORNING + 40, "none") == [35, 65]


def test_photos_are_sent_as_pictures_and_drawings_that_run_are_not() -> None:
    from pathlib import Path

    assert media_type(Path("a.JPG")) == "image/jpeg"
    assert media_type(Path("a.svg")) == "application/octet-stream"
