"""The people page's routes: what is said of people is done, shown and found at once."""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from app.assistant import Assistant
from app.routes.questions.people import people_router
from app.routes.questions.search import search_router
from tests.app.party import CONCERT, another_party, party_home
from tests.app.some_routes import app_of

Post = Callable[..., Any]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return party_home(tmp_path_factory.mktemp("people"))


@pytest.fixture
def home(tmp_path: Path, made: Path) -> Iterator[Assistant]:
    with another_party(made, tmp_path) as opened:
        yield opened


@pytest.fixture
def client(home: Assistant) -> Iterator[TestClient]:
    routes = app_of(home.home, search_router(home), people_router(home))
    with TestClient(routes) as opened:
        yield opened


@pytest.fixture
def post(client: TestClient) -> Post:
    def send(what: str, status: int = 200, **value: Any) -> Any:
        reply = client.post(f"/api/people/{what}", json=value)
        assert reply.status_code == status, reply.text
        return reply.json()

    return send


def everybody(client: TestClient) -> dict[str, Any]:
    return dict(client.get("/api/people").json())


def unnamed(client: TestClient, kind: str) -> list[str]:
    """Ids of those without a name who have faces, or voices; the most met first."""
    return [one["id"] for one in everybody(client)["unnamed"] if one[kind]]


def captions(home: Assistant) -> str:
    return " ".join(memory.text for memory in home.store.memories.overlapping("clip"))


def test_a_name_is_found_and_told_at_once(client: TestClient, post: Post, home: Assistant) -> None:
    voice = unnamed(client, "voices")[0]
    assert post("name", person=voice, name="Anna")["captions"] == 2
    assert f'Anna says: "{CONCERT}"' in captions(home)
    assert client.get("/api/search", params={"q": "person:Anna"}).json()["total"] == 2
    answer = home.ask("What did Anna say about the concert?")
    assert "Friday" in answer.text


def test_a_face_and_a_voice_of_one_name_become_one_until_undone(
    client: TestClient, post: Post, home: Assistant
) -> None:
    voice, face = unnamed(client, "voices")[0], unnamed(client, "faces")[0]
    post("name", person=voice, name="Anna")
    post("name", person=face, name="anna")
    (anna,) = everybody(client)["named"]
    assert (anna["faces"], anna["voices"]) == (3, 2)
    before = captions(home)
    post("undo")
    assert captions(home) != before
    assert everybody(client)["can_undo"]
    post("undo")
    assert everybody(client)["named"] == []
    assert "Anna" not in captions(home)
    post("undo", status=409)


def test_samples_can_be_seen_and_heard(client: TestClient, post: Post) -> None:
    (face, *_, other), voice = unnamed(client, "faces"), unnamed(client, "voices")[0]
    shown = client.get(f"/api/people/{face}").json()["samples"]
    picture = client.get(shown[0]["address"])
    assert picture.headers["content-type"] == "image/jpeg"
    width, height = Image.open(io.BytesIO(picture.content)).size
    assert 20 < width <= 160
    assert 20 < height <= 160
    heard = client.get(f"/api/people/{voice}").json()["samples"]
    with wave.open(io.BytesIO(client.get(heard[0]["address"]).content)) as sound:
        assert sound.getnframes() / sound.getframerate() == pytest.approx(1.0, abs=0.1)
        assert max(sound.readframes(16_000)) > 0
    assert client.get(heard[0]["address"].replace("voices", "faces")).status_code == 404
    post("merge", into=other, others=[face])  # while a page still loads its pictures
    assert client.get(shown[0]["address"]).content == picture.content


def test_where_the_recording_is_gone_the_kept_picture_is_shown(
    client: TestClient, home: Assistant
) -> None:
    face, voice = unnamed(client, "faces")[0], unnamed(client, "voices")[0]
    Path(home.store.recordings.all()[0].path).unlink()
    shown = client.get(f"/api/people/{face}").json()["samples"]
    assert client.get(shown[0]["address"]).status_code == 200
    heard = client.get(f"/api/people/{voice}").json()["samples"]
    reply = client.get(heard[0]["address"])
    assert reply.status_code == 404
    assert "not here" in reply.text


def test_a_person_is_told_of(client: TestClient, post: Post) -> None:
    voice, (face, other, *_) = unnamed(client, "voices")[0], unnamed(client, "faces")
    post("name", person=voice, name="Anna")
    post("name", person=face, name="Anna")
    told = client.get("/api/people/Anna").json()
    assert told["moments_total"] == 3
    assert sum(week["minutes"] for week in told["weeks"]) == 1.5
    assert [one["id"] for one in told["beside"]] == [other]
    assert told["search"] == 'person:"Anna"'


def test_samples_of_somebody_else_are_split_off_and_merged_back(
    client: TestClient, post: Post
) -> None:
    face = unnamed(client, "faces")[0]
    prints = [one["id"] for one in client.get(f"/api/people/{face}").json()["samples"]]
    new = post("split", person=face, prints=prints[:1])["person"]
    assert new["faces"] == 1
    post("split", person=face, prints=prints, status=409)
    post("merge", into=face, others=[new["id"]])
    assert client.get(f"/api/people/{face}").json()["person"]["faces"] == 3


def test_the_wearer_is_one_person(client: TestClient, post: Post, home: Assistant) -> None:
    one, two = unnamed(client, "voices")
    post("me", person=one)
    post("me", person=two)
    assert [home.store.people.is_me(each) for each in (one, two)] == [False, True]
    post("undo")
    assert [home.store.people.is_me(each) for each in (one, two)] == [True, False]


def test_those_told_apart_are_not_suggested_again(
    client: TestClient, post: Post, home: Assistant
) -> None:
    face = unnamed(client, "faces")[0]
    prints = [one["id"] for one in client.get(f"/api/people/{face}").json()["samples"]]
    new = post("split", person=face, prints=prints[:1])["person"]["id"]
    post("undo")
    post("split", person=face, prints=prints[:1])
    home.store.database.rows("SELECT 1")
    with home.store.database.transaction() as db:
        db.conn.execute("DELETE FROM apart")
    (pair,) = client.get("/api/people/suggestions").json()
    assert {pair["one"]["id"], pair["two"]["id"]} == {face, new}
    post("apart", one=face, two=new)
    assert client.get("/api/people/suggestions").json() == []
    post("apart", one=face, two=face, status=409)


def test_forgetting_takes_two_steps_and_leaves_nothing(
    client: TestClient, post: Post, home: Assistant
) -> None:
    face = unnamed(client, "faces")[0]
    sample = client.get(f"/api/people/{face}").json()["samples"][0]["address"]
    assert client.get(sample).status_code == 200
    post("name", person=face, name="Zanzibarcanary")
    post("forget", person=face, status=422)
    assert client.get("/api/search", params={"q": "zanzibarcanary"}).json()["total"] == 3
    gone = client.post("/api/people/forget", json={"person": face, "sure": True})
    assert gone.headers["clear-site-data"] == '"cache"'
    assert client.get(sample).status_code == 404
    assert client.get("/api/search", params={"q": "zanzibarcanary"}).json()["total"] == 0
    for path in home.home.rglob("*"):
        assert not path.is_file() or b"zanzibarcanary" not in path.read_bytes().lower(), path


def test_deeds_are_logged_without_names(client: TestClient, post: Post, home: Assistant) -> None:
    post("name", person=unnamed(client, "voices")[0], name="Anna")
    post("undo")
    deeds = [deed for deed in home.store.audit.newest() if deed.what == "people"]
    assert [deed.detail for deed in deeds] == ["took back a change of people", "named a person"]


def test_what_cannot_be_done_is_a_sentence(client: TestClient) -> None:
    tries: list[tuple[str, dict[str, Any], int]] = [
        ("name", {"person": "nobody", "name": "Anna"}, 404),
        ("name", {"person": "1", "name": "7"}, 409),
        ("name", {"person": "1", "name": "x" * 201}, 422),
        ("name", {"person": "1", "name": "\u0000"}, 409),
        ("merge", {"into": "1", "others": []}, 422),
        ("split", {"person": "1", "prints": ["-1"]}, 422),
        ("split", {"person": "1", "prints": ["9" * 19]}, 409),
        ("forget", {"person": "x", "sure": True}, 404),
        ("me", {"person": ""}, 422),
    ]
    for what, value, status in tries:
        sent: Any = {"content": json.dumps(value), "headers": {"content-type": "application/json"}}
        assert client.post(f"/api/people/{what}", **sent).status_code == status, (what, value)
    for path in (
        *("/api/people/..%2f..%2fetc", "/api/people/faces/1.jpg", "/api/people/voices/-1.wav"),
        *("/api/people/faces/99999999999999999999.jpg", "/api/people/%00", "/api/people/no-one"),
    ):
        assert client.get(path).status_code in (404, 422), path
    assert client.get("/api/people", params={"limit": 1000}).status_code == 422
