from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.http.security import NotLoopback, host_allowed, loopback
from app.pages.api_functions import SCOPES
from app.server.server import PortTaken, serve
from memory.db.snapshot import keeping
from memory.types.core import Recording
from memory.types.errors import StoreDamaged
from tests.app.homes import HOSTILE


@pytest.fixture(scope="module")
def assistant(day_to_look_at: Assistant) -> Assistant:
    return day_to_look_at


@pytest.fixture(scope="module")
def client(app_to_look_at: TestClient) -> TestClient:
    return app_to_look_at


def test_question_is_answered_with_the_moment_that_shows_it(
    client: TestClient, breakfast: Recording
) -> None:
    asked = {"question": "Where did I put the phone charger?", "at": breakfast.start + 3600}
    answer = client.post("/api/ask", json=asked).json()
    assert not answer["abstained"]
    cited = answer["citations"][0]
    assert cited["recording"] == breakfast.id
    assert 30 <= cited["start"] < cited["end"] <= 60


def test_of_answers_to_choose_from_the_one_that_was_recorded_is_chosen(
    client: TestClient, breakfast: Recording
) -> None:
    choices = ["On the roof", "In the blue drawer", "Under the bed"]
    asked = {"question": "Where did I put the phone charger?", "choices": choices}
    answer = client.post("/api/ask", json=asked | {"at": breakfast.start + 3600}).json()
    assert answer["choice"] == 1
    assert answer["citations"][0]["recording"] == breakfast.id
    assert client.post("/api/ask", json=asked | {"choices": ["one"]}).status_code == 422


def test_many_questions_at_once_are_answered_as_they_are_one_by_one(
    assistant: Assistant, breakfast: Recording
) -> None:
    questions = ["Where did I put the phone charger?", "Who was at breakfast?", "What was said?"]
    at = breakfast.start + 3600
    alone = [assistant.ask(question, at=at).text for question in questions]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda q: assistant.ask(q, at=at).text, questions * 4))
    assert together == alone * 4


def test_a_question_may_point_back_to_the_turn_of_the_answer_before(
    client: TestClient, breakfast: Recording
) -> None:
    at = breakfast.start + 3600
    body = {"question": "Where did I put the phone charger?", "at": at}
    first = client.post("/api/ask", json=body).json()
    assert first["understood"] == ""
    assert first["turn"]["question"] == body["question"]
    follow = {"question": "When was that?", "at": at, "earlier": [first["turn"]]}
    second = client.post("/api/ask", json=follow).json()
    assert second["understood"] == "When was that? (Where did I put the phone charger)"
    assert not second["abstained"]
    assert second["turn"]["question"] == second["understood"]
    assert client.post("/api/ask", json=follow | {"earlier": []}).json()["understood"] == ""


def test_a_senseless_turn_is_refused(client: TestClient) -> None:
    for turn in (
        {}, {"question": "", "at": 1}, {"question": "x", "at": 1e300}, {"question": "x"},
        {"question": "x", "at": 1, "people": ["y"] * 99},
        {"question": "x", "at": 1, "moment": [1]},
    ):  # fmt: skip
        body = {"question": "And on Monday?", "earlier": [turn]}
        assert client.post("/api/ask", json=body).status_code == 422, turn


def test_question_about_nothing_recorded_is_abstained_from(client: TestClient) -> None:
    answer = client.post("/api/ask", json={"question": "What colour was the elephant?"}).json()
    assert answer["abstained"]
    assert answer["citations"] == []


def test_senseless_questions_are_refused(client: TestClient) -> None:
    for body in ({}, {"question": "  "}, {"question": "x" * 3000}, {"question": "x", "at": "soon"}):
        assert client.post("/api/ask", json=body).status_code == 422, body


def test_days_and_timeline_hold_what_was_recorded(client: TestClient) -> None:
    assert client.get("/api/days").json() == ["2026-03-03", "2026-03-04"]
    day = client.get("/api/timeline/2026-03-03").json()
    assert [len(hour["moments"]) for hour in day["hours"]] == [3, 4]
    assert client.get("/api/timeline/2026-13-77").status_code == 422


def hour_of(client: TestClient, day: str, number: int = 0) -> list[dict[str, object]]:
    """The items of an hour of a day, as the page fetches them."""
    shown = client.get(f"/api/pages/day/{day}").json()
    hour = [row for row in shown["rows"] if row["kind"] == "hour"][number]
    asked = {"start": shown["start"] + hour["start"], "end": shown["start"] + hour["end"]}
    return list(client.get("/api/pages/moments", params=asked).json()["items"])


def test_page_of_a_day_shows_hours_gaps_and_what_is_pending(client: TestClient) -> None:
    day = client.get("/api/pages/day/2026-03-03").json()
    assert [row["kind"] for row in day["rows"]] == ["hour", "gap", "hour"]
    assert day["rows"][1]["label"] == "10:00–12:00 · nothing recorded"
    assert day["title"] == "Tuesday 3 March 2026"
    assert day["pending"] == 1
    first = hour_of(client, "2026-03-03")[0]
    assert (first["time"], first["offset"], first["end"]) == ("09:30:00", 0, 30)
    assert first["speech"] == "“First a cup of coffee.”"
    assert client.get(str(first["picture"])).status_code == 200


def test_of_a_day_without_recordings_the_nearest_is_shown_and_said(client: TestClient) -> None:
    nearest = {"2020-01-01": 3, "0001-01-01": 3, "9999-12-31": 4}
    for day, shown in nearest.items():
        found = client.get(f"/api/pages/day/{day}").json()
        assert found["day"] == f"2026-03-0{shown}"
        assert found["instead"].startswith("Nothing is recorded on ")
        revision = client.get("/api/pages/revision", params={"day": found["day"]}).json()
        assert found["revision"] == revision["revision"]
    assert client.get("/api/pages/day/2026-03-03").json()["instead"] == ""


def test_hostile_words_stay_words_in_json(client: TestClient) -> None:
    assert [item["caption"] for item in hour_of(client, "2026-03-04")] == list(HOSTILE)


def test_library_says_how_far_each_recording_is(client: TestClient) -> None:
    library = client.get("/api/library").json()
    found = {entry["name"]: entry for entry in library["entries"]}
    assert found["breakfast.mp4"]["words"] == "Ready"
    stages = {
        stage["words"]: (stage["done"], stage["total"]) for stage in found["walk.mp4"]["stages"]
    }
    assert stages["Writing"] == (3, 4)
    assert library["busy"] is False
    assert not any("path" in entry for entry in library["entries"])


def test_what_is_wrong_is_told_without_saying_where_it_lies(
    client: TestClient, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise StoreDamaged(assistant.home / "memory.sqlite3", "not a database")

    monkeypatch.setattr(assistant, "days", broken)
    told = client.get("/api/days")
    assert told.status_code == 503
    assert told.json()["detail"].startswith("memory.sqlite3 is damaged (not a database)")
    assert str(assistant.home) not in told.text
    with keeping(assistant.home):
        told = client.post("/api/export", json={})
    assert told.status_code == 409
    assert str(assistant.home) not in told.text


def test_a_request_without_end_is_not_held_in_memory(client: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        yield b'{"question": "'
        for _ in range(200):
            yield b"a" * 65_536

    for path in ("/api/ask", "/api/search", "/mcp"):
        told = client.post(path, content=b" " * (2**20 + 1))
        assert told.status_code == 413, path
    chunked = client.post(
        "/api/ask", content=endless(), headers={"Content-Type": "application/json"}
    )
    assert chunked.status_code == 413


def test_what_is_told_of_a_life_stays_in_no_cache(client: TestClient) -> None:
    for path in ("/api/ask/home", "/api/search?q=charger", "/api/notices", "/api/people"):
        assert client.get(path).headers["cache-control"] == "no-store", path


def test_every_reply_carries_the_security_headers(client: TestClient) -> None:
    for path in ("/", "/api/days", "/media/none", "/ui/player.js", "/gradio_api/mcp"):
        headers = client.get(path).headers
        assert "frame-src 'none'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


STRANGE = (
    *("evil.example", "127.0.0.1.evil.example", "", "192.168.0.7:7860", "[::"),
    *("evil.example@localhost", "localhost:7860/evil", "localhost?x", "localhost#x"),
    *("localhost\\evil", "localhost:abc", "localhost:"),
)


def test_other_host_names_get_no_answer(client: TestClient) -> None:
    for host in STRANGE:
        assert not host_allowed(host), host
        assert client.get("/api/days", headers={"Host": host}).status_code == 421, host
    for host in ("localhost", "localhost:7860", "127.0.0.1:1", "[::1]:7860"):
        assert host_allowed(host), host


CLOSED = (
    "/gradio_api/file=/etc/passwd",
    "/gradio_api/upload",
    "/gradio_api/queue/data?session_hash=x",
    "/gradio_api/cancel",
    "/gradio_api/mcp/schema",
    "/gradio_api/file=http://example.com/x",
    "/gradio_api/upload_progress?upload_id=x",
    "/gradio_api/stream/x/1/2/playlist.m3u8",
    "/gradio_api/runs",
    "/gradio_api/token",
    "/gradio_api/something-new",
    "/gradio_api/proxy=http://example.com",
    "/monitoring",
    "/docs",
    "/openapi.json",
)


def test_doors_that_are_not_used_are_closed(client: TestClient) -> None:
    for path in CLOSED:
        assert client.get(path).status_code == 404, path


def test_gradio_events_are_private_and_nothing_is_reported(client: TestClient) -> None:
    config = client.get("/config").json()
    assert config["analytics_enabled"] is False
    assert config["run_history"] is False
    public = {e["api_name"] for e in config["dependencies"] if e["api_visibility"] != "private"}
    assert public == set(SCOPES)


def test_address_that_others_can_reach_is_refused(assistant: Assistant) -> None:
    for host in ("0.0.0.0", "::", "192.168.1.5", "example.com", ""):
        with pytest.raises(NotLoopback, match="no sign-in"):
            serve(assistant, host)
    for host in ("127.0.0.1", "localhost", "::1", "127.8.8.8"):
        assert loopback(host), host


def test_taken_port_is_named(assistant: Assistant) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"127.0.0.1:{port}.*--port"):
            serve(assistant, "127.0.0.1", port)


def test_an_address_that_leads_nowhere_is_a_page_for_people_and_json_for_programs(
    client: TestClient,
) -> None:
    page = client.get("/no/such/page", headers={"accept": "text/html", "accept-language": "zh"})
    assert page.status_code == 404
    assert "这个地址没有内容" in page.text
    assert client.get("/api/nowhere", headers={"accept": "text/html"}).json()
    assert client.get("/no/such/page").headers["content-type"].startswith("application/json")
