"""Nothing leaves this computer by default: a real server, with its network watched from inside.

Every Python process that belongs to it, the one that decodes included, writes down each address
that it looks up or connects to; what libraries do below Python is seen in the list of connections.
"""

from __future__ import annotations

import ipaddress
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from tests.app.upload_server import TUS, about
from tests.media import make_video, scene, tone

ROOT = Path(__file__).parents[3]
# Loaded by every Python that finds it on its path, before anything else.
WATCH = """
import os, sys

def _watch(event, arguments, log=os.environ["EB_NETWORK_LOG"]):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        address = arguments[0]
    else:
        return
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{event} {address!r}\\n".encode())
    os.close(file)

sys.addaudithook(_watch)
os.close(os.open(os.environ["EB_NETWORK_LOG"] + f".{os.getpid()}", os.O_CREAT))
"""


def stays_here(address: str) -> bool:
    """Whether a logged address is this computer: loopback, a socket in the file system, no host."""
    found = eval(address)
    host = found[0] if isinstance(found, tuple) else found
    if host is None or (isinstance(host, str | bytes) and not isinstance(found, tuple)):
        name = host.decode() if isinstance(host, bytes) else host
        return name is None or name in ("localhost", "") or _loopback(name) or name.startswith("/")
    return host == "localhost" or _loopback(host)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


class Connections:
    """Addresses that a process and its children are connected to, looked at all the time."""

    def __init__(self, pid: int) -> None:
        self.found: set[str] = set()
        self._over = threading.Event()
        self._process = psutil.Process(pid)
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> set[str]:
        """The addresses of other computers."""
        self._over.set()
        self._thread.join()
        return {address for address in self.found if not _loopback(address)}

    def _watch(self) -> None:
        while not self._over.wait(0.25):
            try:
                for one in (self._process, *self._process.children(recursive=True)):
                    ends = one.net_connections(kind="inet")
                    self.found |= {end.raddr.ip for end in ends if end.raddr}
            except psutil.Error:
                continue


@contextmanager
def watched(folder: Path) -> Iterator[tuple[httpx.Client, Connections, Path]]:
    """The app as a person starts it, on an empty home, with an empty cache and a watch."""
    (folder / "watch").mkdir()
    (folder / "watch" / "sitecustomize.py").write_text(WATCH)
    log = folder / "network.log"
    kept = {name: value for name, value in os.environ.items() if "EGOBUTLER" not in name}
    kept |= {"PYTHONPATH": f"{folder / 'watch'}{os.pathsep}{ROOT}", "EB_NETWORK_LOG": str(log)}
    kept |= {"XDG_CACHE_HOME": str(folder / "cache"), "HOME": str(folder)}
    command = [sys.executable, "-m", "app.commands.main", "serve", "--home", str(folder / "home")]
    process = subprocess.Popen(
        [*command, "--port", "0"], cwd=ROOT, env=kept, stderr=subprocess.PIPE, text=True
    )
    try:
        connections = Connections(process.pid)
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        address = next(line for line in lines if " is at http://" in line).split(" is at ")[1]
        with httpx.Client(base_url=address.split()[0], timeout=120, trust_env=False) as web:
            yield web, connections, log
    finally:
        process.terminate()
        process.wait(timeout=60)
        if process.stderr is not None:
            process.stderr.close()


def upload(web: httpx.Client, film: Path) -> None:
    """Sends a file and waits until nothing is left to do with it."""
    begun = web.post("/api/uploads", headers=about(film.name, film.stat().st_size))
    headers = TUS | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    sent = web.patch(begun.headers["location"], content=film.read_bytes(), headers=headers)
    assert sent.status_code == 204
    until = time.monotonic() + 200
    while web.get("/api/queue").json()["left"] and time.monotonic() < until:
        time.sleep(0.3)


def test_first_start_ingest_questions_and_pages_ask_no_other_computer(tmp_path: Path) -> None:
    film = tmp_path / "walk.mp4"
    make_video(film, [scene(1), scene(2)], seconds=4, audio=tone(4.0))
    with watched(tmp_path) as (web, connections, log):
        for page in ("/", "/api/days", "/api/library", "/api/phrases", "/api/notices", "/config"):
            assert web.get(page).status_code == 200, page
        upload(web, film)
        entry = web.get("/api/library").json()["entries"][0]
        assert entry["recording"], "it was taken in"
        day = web.get("/api/days").json()[0]
        for path in (
            f"/api/timeline/{day}",
            f"/api/pages/day/{day}",
            f"/media/{entry['recording']}",
        ):
            assert web.get(path).status_code == 200, path
        asked = web.post("/api/ask", json={"question": "What did I see on the walk?"})
        assert asked.status_code == 200
        strangers = connections.stop()
    watching = list(tmp_path.glob("network.log.*"))
    assert len(watching) >= 2, "the process that decodes was not watched"
    seen = log.read_text().splitlines() if log.exists() else []
    assert [line for line in seen if not stays_here(line.split(" ", 1)[1])] == []
    assert strangers == set()


def test_the_watch_sees_what_goes_out(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WATCH)
    log = tmp_path / "network.log"
    code = (
        "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
        "s.connect(('203.0.113.9', 9)); s.connect(('127.0.0.1', 9))"
    )
    kept = os.environ | {"PYTHONPATH": str(tmp_path), "EB_NETWORK_LOG": str(log)}
    subprocess.run([sys.executable, "-c", code], env=kept, check=False, capture_output=True)
    seen = [line.split(" ", 1)[1] for line in log.read_text().splitlines()]
    assert [stays_here(address) for address in seen] == [False, True]
