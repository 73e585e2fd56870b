"""Webhooks and notices: nobody is told by default, and whoever is told learns nothing of a life."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.commands.main import main
from app.core.settings import Settings
from app.notifications.delivery import SIGNATURE
from app.notifications.webhook_urls import RefusedAddress, agreement, own_ports, parsed, target
from app.notifications.webhooks import WebhookService
from app.server.server import create_app
from memory.repositories.webhooks import CLAIM, PAUSES
from memory.store.store import Store
from memory.types.core import Recording
from memory.types.jobs import Job, JobState
from tests.app.conftest import ADDRESS
from tests.app.homes import MORNING, Line, remember


@dataclass
class Listener:
    """A program that is told: what came, and what it answers."""

    address: str = ""
    status: int = 204
    slow: float = 0.0
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[Listener]:
    """A real server on loopback."""
    heard = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.came.append((dict(self.headers), body))
            time.sleep(heard.slow)
            self.send_response(heard.status)
            self.send_header("Location", f"{heard.address}/elsewhere")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    heard.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield heard
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def desk(store: Store) -> WebhookService:
    """The listener is in this very process, whose ports are refused otherwise."""
    return WebhookService(store, target)


def settle(
    store: Store, state: JobState = JobState.DONE, name: str = "secret-party", **more: Any
) -> tuple[Job, Recording]:
    """A file that was queued, worked on, and came to its end."""
    file = store.home.parent / f"{name}.mp4"
    file.write_bytes(b"film")
    recording = remember(store, name, MORNING, [Line("I hide the surprise."), Line("x")], file)
    job = store.jobs.add(file, now=time.time())
    claimed = store.jobs.claim("me:1:0.0", now=time.time())
    assert claimed is not None
    store.jobs.finish(claimed, state, recording_id=recording.id, **more)
    return replace(job, recording_id=recording.id), recording


def test_without_a_hook_nothing_is_kept_to_be_sent(store: Store, desk: WebhookService) -> None:
    settle(store)
    assert not store.hooks.due(time.time() + 1e6)
    assert not desk.send_one()
    desk.add("http://127.0.0.1:9/")
    assert not desk.send_one(), "what settled before is nobody's"


def test_a_finished_recording_is_told_once_signed_and_without_its_contents(
    store: Store, desk: WebhookService
) -> None:
    with listening() as heard:
        hook = desk.add(f"{heard.address}/told?by=me")
        job, recording = settle(store)
        assert desk.send_one()
        assert not desk.send_one()
    ((headers, body),) = heard.came
    message = json.loads(body)
    assert message["event"] == "recording.finished"
    assert (message["job"], message["clips"], message["seconds"]) == (job.id, 2, 60.0)
    for secret in ("party", "surprise", recording.path, recording.id, recording.sha256):
        assert secret not in body.decode()
    at, _, signed = headers[SIGNATURE].partition(",v1=")
    made = hmac.new(hook.secret.encode(), f"{at[2:]}.".encode() + body, hashlib.sha256)
    assert hmac.compare_digest(made.hexdigest(), signed)
    assert headers["EgoButler-Delivery"] == message["delivery"]
    (listed,) = desk.all()
    assert (listed.trouble, listed.waiting) == ("", 0)
    assert listed.reached


@pytest.mark.parametrize(
    ("answer", "told"), [(500, "status 500"), (302, "not followed"), (404, "status 404")]
)
def test_what_is_not_taken_is_tried_again_later(
    store: Store, desk: WebhookService, answer: int, told: str
) -> None:
    with listening() as heard:
        heard.status = answer
        desk.add(heard.address)
        settle(store)
        assert desk.send_one()
        assert not desk.send_one(), "not at once"
        assert len(heard.came) == 1, "no redirect is followed"
        (hook,) = desk.all()
        assert told in hook.trouble
        assert hook.waiting == 1
        first = store.hooks.claim(time.time() + PAUSES[0] + 1)
        assert first is not None
        assert first.attempts == 2


def test_what_is_never_taken_is_given_up_after_a_day(store: Store, desk: WebhookService) -> None:
    with listening() as heard:
        address = heard.address
    desk.add(address)
    settle(store)
    now = time.time()
    for attempt in range(1, len(PAUSES) + 2):
        delivery = store.hooks.claim(now)
        assert delivery is not None
        assert delivery.attempts == attempt
        store.hooks.failed(delivery, now, "nobody is there.")
        now += PAUSES[min(attempt, len(PAUSES)) - 1] + 1
    assert store.hooks.claim(now + 1e6) is None
    (hook,) = desk.all()
    assert (hook.trouble, hook.waiting) == ("nobody is there.", 0)


def test_a_message_whose_sender_died_is_sent_again_under_its_old_id(
    store: Store, desk: WebhookService
) -> None:
    desk.add("http://127.0.0.1:9/")
    settle(store)
    lost = store.hooks.claim(time.time())
    assert lost is not None
    assert store.hooks.claim(time.time()) is None, "nobody else sends it meanwhile"
    again = store.hooks.claim(time.time() + CLAIM + 1)
    assert again is not None
    assert again.id == lost.id


def test_a_recording_that_is_forgotten_leaves_no_message(
    store: Store, desk: WebhookService
) -> None:
    desk.add("http://127.0.0.1:9/")
    _job, recording = settle(store)
    other, _ = settle(store, name="other")
    assert len(store.notices.newest()) == 2
    store.jobs.delete_for_recording(recording.id)
    assert [one.job_id for one in store.notices.newest()] == [other.id]
    store.jobs.forget([other.id])
    assert store.notices.newest() == []
    assert not store.hooks.due(time.time() + 1e6)


def test_one_that_does_not_answer_is_left_after_seconds(
    store: Store, desk: WebhookService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.notifications.delivery.TIMEOUT", 0.2)
    with listening() as heard:
        heard.slow = 0.6
        hook = desk.add(heard.address)
        assert "did not answer" in desk.test(hook.id)


FORBIDDEN = (
    "http://169.254.169.254/latest/meta-data/", "http://[fe80::1]/", "http://[fe80::1%25lo]/",
    "http://[::ffff:169.254.169.254]/", "http://[64:ff9b::a9fe:a9fe]/", "http://0.0.0.0/",
    "http://[fd00:ec2::254]/", "http://100.100.100.200/", "http://[::]/", "http://224.0.0.1/",
    "http://2852039166/", "http://0xa9fea9fe/", "http://0251.0376.0251.0376/",
    "file:///etc/passwd", "gopher://127.0.0.1/", "http://", "//x", "http://u:p@127.0.0.1/",
    "http://127.0.0.1:99999/", "http://127.0.0.1/#x", "http://127.0.0.1/\r\nX: y",
    "http://127.0.0.1\\@169.254.169.254/", "http://no-such-host.invalid/", "http://[::1",
    "http://a\ud800.example/", f"http://127.0.0.1/{'x' * 3000}", "javascript:alert(1)",
)  # fmt: skip


def test_addresses_that_no_owner_means_are_refused(desk: WebhookService) -> None:
    for url in FORBIDDEN:
        with pytest.raises(RefusedAddress):
            desk.add(url)
    assert desk.all() == []


INSIDE = (
    "http://127.0.0.1:9/", "http://localhost:9/", "http://[::1]:9/", "http://127.1/",
    "http://10.0.0.7/", "http://192.168.1.7/", "http://172.16.0.1/", "http://100.64.0.1/",
    "http://[fd00::7]/", "http://[::ffff:192.168.1.7]/", "http://[64:ff9b::c0a8:107]/",
    "http://[2002:c0a8:107::]/", "http://198.18.0.1/", "http://169.254.169.254/",
    "http://[fec0::1]/", "http://[64:ff9b:1::a00:1]/", "http://192.0.0.8/", "http://0.0.0.0/",
    "http://[2001:0:a00:1::f5ff:fffe]/", "http://[2606:4700::5efe:a00:1]/",
    "http://[::10.0.0.1]/", "http://[3fff::1]/", "http://168.63.129.16/",
)  # fmt: skip


def test_owners_of_homes_on_a_computer_of_others_reach_the_internet_only(store: Store) -> None:
    desk = WebhookService(store)
    desk.keep_outside()
    for url in INSIDE:
        with pytest.raises(RefusedAddress):
            desk.add(url)
    assert desk.where("https://93.184.216.34/").where == "internet"


def test_a_name_with_one_address_inside_is_refused_whole(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80))
        for ip in ("93.184.216.34", "10.0.0.7")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(RefusedAddress, match="Only whoever runs this computer"):
        target("http://mixed.example/", outside=True)


def test_what_a_restored_home_brings_along_reaches_nothing_inside(
    store: Store, desk: WebhookService
) -> None:
    with listening() as heard:
        hook = desk.add(heard.address)
        desk.keep_outside()
        assert "Only whoever runs this computer" in desk.test(hook.id)
        assert heard.came == []


def test_the_app_is_no_webhook_of_itself(store: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as own:
        port = own.getsockname()[1]
        assert port in own_ports()
        with pytest.raises(RefusedAddress, match="itself"):
            WebhookService(store).add(f"http://localhost:{port}/api/hooks")


def test_a_name_that_moves_to_a_forbidden_place_is_not_followed_there(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = WebhookService(store, target)
    hook = desk.add("http://localhost:9/")
    moved = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 9))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: moved)
    assert "keys of a machine" in desk.test(hook.id)


def test_what_is_agreed_to_says_where_it_goes() -> None:
    assert "nothing leaves it" in agreement(target("http://127.0.0.1:9/"))
    lan = agreement(target("http://192.168.1.7/"))
    assert "your own network" in lan
    assert "not encrypted" in lan
    assert "on the internet" in agreement(target("https://93.184.216.34/"))
    near = (
        *("[fec0::1]", "[feff::1]", "[fc00::1]", "[fd12::1]", "100.64.0.1", "100.127.255.254"),
        *("[::ffff:10.0.0.1]", "[64:ff9b::a00:1]", "[2002:a00:1::1]", "192.0.0.8", "[3fff::1]"),
        *("[2001:0:a00:1::f5ff:fffe]", "[2606:4700::5efe:a00:1]", "[2606:4700::200:5efe:a00:1]"),
    )
    for host in near:
        assert "own network" in agreement(target(f"http://{host}/")), host
    for host in ("[2606:4700::1111]", "[64:ff9b::808:808]", "[2002:808:808::1]", "100.128.0.1"):
        assert "on the internet" in agreement(target(f"http://{host}/")), host
    assert parsed("https://example.com/x?y=z").hostname == "example.com"


def test_the_command_asks_first_and_shows_the_secret_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(tmp_path / "home"), "--preset", "small", "--json"]
    with listening() as heard:
        pass
    assert main(["hooks", "add", heard.address, *home]) == 1, "nobody has agreed"
    assert "never names, words or pictures" in capsys.readouterr().err
    assert main(["hooks", "add", heard.address, "--yes", *home]) == 0
    added = json.loads(capsys.readouterr().out)
    assert main(["hooks", "list", *home]) == 0
    listed = capsys.readouterr()
    assert added["secret"] not in listed.out + listed.err
    assert json.loads(listed.out)["hooks"][0]["url"] == heard.address
    assert main(["hooks", "test", added["id"], *home]) == 1, "nobody listens there"
    assert main(["hooks", "remove", added["id"], *home]) == 0
    capsys.readouterr()
    assert main(["hooks", "remove", added["id"], *home]) == 1
    assert "there is no webhook" in capsys.readouterr().err


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Assistant, TestClient]]:
    place = tmp_path_factory.mktemp("hooks")
    butler = Assistant.open(Settings(place / "home", weights=place / "no-weights"))
    with TestClient(create_app(butler), base_url=ADDRESS) as client:
        yield butler, client
    butler.close()


def test_over_http_a_hook_is_added_with_leave_only(web: tuple[Assistant, TestClient]) -> None:
    butler, client = web
    with listening() as heard:
        address = heard.address  # closed again: its port is nobody's
    leads = client.post("/api/hooks/where", json={"url": address}).json()
    assert leads["where"] == "here"
    refused = client.post("/api/hooks", json={"url": address})
    assert refused.status_code == 409
    assert leads["agreement"] in refused.json()["detail"]
    assert client.post("/api/hooks", json={"url": "http://169.254.1.1"}).status_code == 422
    added = client.post("/api/hooks", json={"url": address, "agreed": True})
    assert added.status_code == 201
    one = added.json()
    assert one["secret"]
    assert "secret" not in client.get("/api/hooks").json()[0]
    assert client.post(f"/api/hooks/{one['id']}/test").json()["taken"] is False
    assert client.delete(f"/api/hooks/{one['id']}").status_code == 204
    assert client.delete(f"/api/hooks/{one['id']}").status_code == 404
    deeds = [(deed.what, deed.detail) for deed in butler.store.audit.newest()]
    assert ("webhook added", "127.0.0.1 (here)") in deeds


def test_notices_say_what_became_of_files_until_they_are_looked_at(
    web: tuple[Assistant, TestClient],
) -> None:
    butler, client = web
    assert client.get("/api/notices").json() == {"newest": 0, "unseen": 0, "notices": []}
    _, recording = settle(butler.store, name="walk")
    settle(
        butler.store, JobState.QUARANTINED, name="broken", reason="broken.mp4: it is no film; look."
    )
    settle(butler.store, JobState.WAITING, name="big", reason="the disk is full", waits_for="disk")
    told = client.get("/api/notices").json()
    assert told["unseen"] == 3
    kinds = {one["name"]: one["kind"] for one in told["notices"]}
    assert kinds == {"walk.mp4": "finished", "broken.mp4": "failed", "big.mp4": "waiting"}
    by_name = {one["name"]: one for one in told["notices"]}
    assert by_name["walk.mp4"]["recording"] == recording.id
    assert by_name["broken.mp4"]["more"] == "it is no film; look."
    seen = client.post("/api/notices/seen", json={"newest": told["newest"]}).json()
    assert seen["unseen"] == 0
    assert not any(one["new"] for one in seen["notices"])
    client.post("/api/notices/seen", json={"newest": 1})
    assert client.get("/api/notices").json()["unseen"] == 0
    chinese = client.get("/api/notices", headers={"Accept-Language": "zh-CN"}).json()
    assert chinese["notices"][0]["words"] != told["notices"][0]["words"]


def wait_for(condition: Callable[[], bool]) -> bool:
    """Whether it comes true within a while."""
    until = time.monotonic() + 30
    while not condition() and time.monotonic() < until:
        time.sleep(0.05)
    return condition()


def test_the_sender_behind_the_app_tells_by_itself(store: Store, desk: WebhookService) -> None:
    with listening() as heard:
        desk.add(heard.address)
        desk.start()
        settle(store)
        assert wait_for(lambda: len(heard.came) == 1)
        desk.close()
