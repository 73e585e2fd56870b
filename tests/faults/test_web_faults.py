"""What comes in over HTTP: paths that lead out, other sites, hostile words, a crowd (25, 33 to 40).

Every route that the app has is tried, so that a new one is tried as soon as it exists.
"""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.core.settings import Settings
from app.http.security import SAFE_METHODS
from app.server.server import _listen, create_app
from memory.db.database import FILE_NAME
from memory.types.core import RecordingState
from memory.types.jobs import JobState
from tests.app.homes import HOSTILE, MORNING, Line, remember
from tests.app.upload_server import TUS
from tests.faults.homes import check
from tests.media import make_audio, tone

ADDRESS = "http://127.0.0.1:7860"
SECRET = b"secret-4711"
NAME = "<img src=x onerror=alert(1)>\r\nSet-Cookie: pwned=1\r\n\r\n${7*7}'\"; --.mp4"
OUTWARD = (
    *("..", "../../secret.jpg", "..\\..\\secret.jpg", "....//....//secret.jpg", "~/secret.jpg"),
    *("%2e%2e%2fsecret.jpg", "..%c0%af..%c0%afsecret.jpg", "＆．．／secret.jpg", "/etc/passwd"),
    *("file:///etc/passwd", "secret.jpg\0.jpg", FILE_NAME, f"../{FILE_NAME}"),
    *("link/secret.jpg", "link.jpg", "a" * 5000),
)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """A home whose only recording, file name and words are hostile, and secrets around it."""
    place = tmp_path_factory.mktemp("web")
    (place / "secret.jpg").write_bytes(SECRET)
    file = place / NAME
    file.write_bytes(b"film")
    opened = Assistant.open(Settings(place / "home", weights=place / "no-weights"))
    lines = [Line(text, f"the charger says {text}") for text in HOSTILE]
    found = remember(opened.store, "hostile", MORNING, lines, file)
    shown = opened.store.media.thumbnails
    (shown / "link").symlink_to(place)
    (shown / found.id / "link.jpg").symlink_to(place / "secret.jpg")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def app(assistant: Assistant) -> FastAPI:
    return create_app(assistant)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url=ADDRESS, follow_redirects=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def port(app: FastAPI) -> Iterator[int]:
    """The app on a port of its own: clients that mean well tidy up what they ask for."""
    with _listen("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(timeout=15)


def routes(app: FastAPI) -> list[tuple[str, str]]:
    """Method and address of everything that is ours."""
    paths = app.openapi()["paths"]
    described = {(method.upper(), path) for path, verbs in paths.items() for method in verbs}
    return sorted(described | {("GET", "/day/{day}"), ("GET", "/digest/{day}")})


def files_around(assistant: Assistant) -> dict[Path, int]:
    """Every file beside the home and in it but the log of the database, with its size."""
    return {
        path: path.stat().st_size
        for path in assistant.home.parent.rglob("*")
        if path.is_file() and not path.name.startswith((FILE_NAME, "writer."))
    }


def test_fault_33_no_route_leads_out_of_its_folder(
    app: FastAPI, port: int, assistant: Assistant
) -> None:
    (recording,) = assistant.store.recordings.all()
    before, tried = files_around(assistant), 0
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = TUS | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    for method, address in routes(app):
        names = re.findall(r"{(\w+)}", address)
        for hole in names:
            for word in OUTWARD:
                for escaped in {quote(word, safe=""), quote(word, safe="/:%")}:
                    path = address
                    for name in names:
                        whole = "secret.jpg" if name == "name" else recording.id
                        path = path.replace(f"{{{name}}}", escaped if name == hole else whole)
                    body = b"x" if method == "PATCH" else None
                    connection.request(method, path, body, headers)
                    reply = connection.getresponse()
                    said = reply.read()
                    assert reply.status in (307, 400, 404, 405, 409, 422), (method, path)
                    assert SECRET not in said, (method, path)
                    assert str(assistant.home).encode() not in said, (method, path)
                    tried += 1
    connection.close()
    assert tried > 300
    assert files_around(assistant) == before


def test_fault_38_no_route_answers_other_hosts_and_none_is_changed_by_other_sites(
    app: FastAPI, client: TestClient, assistant: Assistant
) -> None:
    assert len(routes(app)) > 15
    hosts = ("127.0.0.1.evil.example", "", "evil.example", "192.168.1.5:7860")
    for number, (method, address) in enumerate(routes(app)):
        path = re.sub(r"{\w+}", "x", address)
        for host in hosts if number == 0 else hosts[:1]:
            reply = client.request(method, path, headers={"Host": host})
            assert reply.status_code == 421, (method, path, host)
        if method not in SAFE_METHODS:
            for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
                reply = client.request(method, path, headers=headers)
                assert reply.status_code == 403, (method, path, headers)
    assert not assistant.queue.paused


def strings(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for inner in value.values() for text in strings(inner))
    elif isinstance(value, list):
        yield from (text for inner in value for text in strings(inner))


def test_faults_36_and_37_hostile_words_are_data_in_every_reply(
    client: TestClient, assistant: Assistant
) -> None:
    (recording,) = assistant.store.recordings.all()
    shown = {
        "/api/library": "onerror",
        "/api/queue": "",
        "/api/timeline/2026-03-03": HOSTILE[0],
        f"/api/pages/moments?start={recording.start}&end={recording.start + 3600}": HOSTILE[0],
        f"/api/pages/recording/{recording.id}": "onerror",
    }
    for path, word in shown.items():
        reply = client.get(path)
        assert reply.headers["content-type"].startswith("application/json"), path
        assert reply.headers["x-content-type-options"] == "nosniff", path
        assert any(word in text for text in strings(reply.json())), path
    asked = {"question": f"where is the charger? {HOSTILE[1]}", "at": MORNING + 3600}
    answer = client.post("/api/ask", json=asked).json()
    cited = {citation["recording"] for citation in answer["citations"]}
    assert cited <= {recording.id}, "what is cited is in the store"
    track = client.get(f"/api/recordings/{recording.id}/transcript.vtt")
    assert track.headers["content-type"].startswith("text/vtt")
    assert "<script" not in track.text
    for path in ("/", "/timeline", "/library"):
        assert "onerror=" not in client.get(path).text, path


def test_fault_37_a_hostile_file_name_adds_no_header_and_is_never_run(
    client: TestClient, assistant: Assistant
) -> None:
    (recording,) = assistant.store.recordings.all()
    for path in (f"/media/{recording.id}", f"/media/{recording.id}?download=1"):
        reply = client.get(path)
        assert reply.status_code == 200
        assert reply.content == b"film"
        assert "set-cookie" not in reply.headers
        assert reply.headers["content-type"].startswith(("video/", "application/octet-stream"))
        assert not re.search(r"[<>\r\n]", reply.headers["content-disposition"])


def test_fault_40_a_crowd_asks_while_a_recording_is_indexed(tmp_path: Path) -> None:
    butler = Assistant.open(
        Settings(tmp_path / "home", preset="small", weights=tmp_path / "no-weights")
    )
    files = [make_audio(tmp_path / f"{hz}.wav", tone(60.0, hz)) for hz in (300.0, 400.0, 500.0)]
    asked, failed, during = list[int](), list[str](), list[bool]()

    def ask(number: int) -> None:
        for path in ("/api/library", "/api/queue", "/api/days"):
            reply = client.get(path)
            failed.extend([reply.text] * (reply.status_code != 200))
        for _ in range(3):
            during.append(butler.queue.busy)
            reply = client.post("/api/ask", json={"question": f"What did I hear? {number}"})
            asked.append(reply.status_code)

    with TestClient(create_app(butler), base_url=ADDRESS) as client:
        butler.enqueue(files)
        threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert not any(thread.is_alive() for thread in threads)
        until = time.monotonic() + 120
        while butler.queue.busy and time.monotonic() < until:
            time.sleep(0.1)
    butler.close()
    assert (failed, asked) == ([], [200] * 12)
    assert any(during), "nothing was being indexed any more"
    found = check(tmp_path / "home")
    assert [one.state for one in found.recordings] == [RecordingState.READY] * 3
    assert {job.state for job in found.jobs.values()} == {JobState.WAITING}, "for weights only"


def test_fault_25_a_damaged_home_is_told_in_a_sentence_over_http(tmp_path: Path) -> None:
    butler = Assistant.open(
        Settings(tmp_path / "home", preset="small", weights=tmp_path / "no-weights")
    )
    lines = [Line(f"The charger number {n} is in the drawer.") for n in range(120)]
    file = tmp_path / "walk.mp4"
    file.write_bytes(b"film")
    remember(butler.store, "walk", MORNING, lines, file)
    butler.close()
    database = tmp_path / "home" / FILE_NAME
    data = bytearray(database.read_bytes())
    for at in range(4096, len(data), 4096):
        if data[at : at + 4096].count(b"is in the drawer") > 5:
            data[at : at + 8] = b"\xa5" * 8
    database.write_bytes(data)
    butler = Assistant.open(
        Settings(tmp_path / "home", preset="small", weights=tmp_path / "no-weights")
    )
    with TestClient(create_app(butler), base_url=ADDRESS, raise_server_exceptions=False) as client:
        reply = client.get("/api/timeline/2026-03-03")
        assert reply.status_code == 503
        assert "is damaged" in reply.json()["detail"]
        assert "Traceback" not in reply.text
        assert client.get("/api/queue").status_code == 200, "what can be read is served"
    butler.close()
