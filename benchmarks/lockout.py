"""Time an owner's sign-in while others guess, at a real server, and count their guesses.

python -m benchmarks.lockout            # two attacks of 30 s each on 127.0.0.1
python -m benchmarks.lockout --seconds 60 --addresses 175

The attackers and the owner call from addresses of their own in 127.0.0.0/8, which Linux gives to
everybody. One attack floods from one address, 15 posts a second; the other guesses at one name from
many. While it goes on, the owner signs in five times each from a network, with a browser, and from
a place where nobody has signed in before. Prints JSON: seconds until each was in (null: not within
ten), and how many passwords of the attackers were looked at.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from app.auth.accounts import Accounts

NAME, PASSWORD = "Anna", "a password of Anna"
PATIENCE = 10.0  # seconds after which somebody gives up
TIMES = 5


@dataclass
class Browser:
    """Somebody at an address, with the cookies that they were given."""

    port: int
    address: str
    cookies: dict[str, str] = field(default_factory=dict)

    def sign_in(self, password: str) -> int:
        """Opens the page and sends it. Returns the status: 303 is in, 403 wrong, 429 wait."""
        page = self._send("GET", "/sign-in", "")[1]
        form = re.search(r'name="form" value="([^"]+)"', page)
        fields = {"name": NAME, "password": password, "form": form[1] if form else ""}
        return self._send("POST", "/sign-in", urlencode(fields))[0]

    def _send(self, method: str, path: str, body: str) -> tuple[int, str]:
        link = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=60, source_address=(self.address, 0)
        )
        shown = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": shown}
        link.request(method, path, body or None, headers)
        reply = link.getresponse()
        for one in reply.headers.get_all("set-cookie") or []:
            name, _, value = one.split(";")[0].partition("=")
            self.cookies[name] = value
        text = reply.read().decode()
        link.close()
        return reply.status, text


def seconds_to_enter(browser: Browser) -> float | None:
    """How long the owner tries until they are in; None where they give up."""
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE:
        if browser.sign_in(PASSWORD) == 303:
            return round(time.monotonic() - begun, 2)
        time.sleep(0.5)
    return None


def attack(port: int, addresses: list[str], rate: float, over: threading.Event) -> Counter[int]:
    """Wrong passwords from these addresses in turn until it is over; the statuses that came."""
    told: Counter[int] = Counter()

    def work(mine: list[str]) -> None:
        crowd, number = [Browser(port, one) for one in mine], 0
        while not over.is_set():
            told[crowd[number % len(crowd)].sign_in(f"guess {number}")] += 1
            number += 1
            over.wait(8 / rate)

    threads = [
        threading.Thread(target=work, args=(addresses[n::8] or addresses,)) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def measure(port: int, addresses: list[str], rate: float, seconds: float) -> dict[str, object]:
    """Attacks, and lets the owner sign in meanwhile."""
    home = Browser(port, "127.9.0.1")
    assert home.sign_in(PASSWORD) == 303
    over, told = threading.Event(), list[Counter[int]]()
    attackers = threading.Thread(target=lambda: told.append(attack(port, addresses, rate, over)))
    attackers.start()
    begun = time.monotonic()
    time.sleep(seconds / 2)
    entered: dict[str, list[float | None]] = {"network": [], "browser": [], "stranger": []}
    for number in range(TIMES):
        mine = {"eb-browser": home.cookies.get("eb-browser", "")}
        entered["network"].append(seconds_to_enter(Browser(port, "127.9.0.1")))
        entered["browser"].append(seconds_to_enter(Browser(port, addresses[0], mine)))
        entered["stranger"].append(seconds_to_enter(Browser(port, f"127.8.0.{number + 1}")))
    time.sleep(max(0.0, seconds - (time.monotonic() - begun)))
    over.set()
    attackers.join()
    statuses = {"looked_at": told[0][403], "told_to_wait": told[0][429]}
    return {"entered_after_s": entered, **statuses, "seconds": round(time.monotonic() - begun)}


def serve(home: Path) -> tuple[subprocess.Popen[str], int]:
    """A server of its own, and its port."""
    command = [sys.executable, "-m", "app", "serve", "--home", str(home), "--port", "0"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ)
    assert server.stderr is not None
    for line in server.stderr:
        if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
            threading.Thread(target=server.stderr.read, daemon=True).start()
            return server, int(found[1])
    raise SystemExit("the server did not start")


def main() -> None:
    """Both attacks, each at a server of its own."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=float, default=30.0)
    options.add_argument("--addresses", type=int, default=175)
    chosen = options.parse_args()
    many = [f"127.7.{n // 250}.{n % 250 + 1}" for n in range(chosen.addresses)]
    for name, addresses, rate in (("one address", ["127.7.0.1"], 15.0), ("one name", many, 15.0)):
        with tempfile.TemporaryDirectory() as folder:
            accounts = Accounts(Path(folder) / "home")
            accounts.add(NAME, PASSWORD)
            accounts.file.close()
            server, port = serve(Path(folder) / "home")
            try:
                found = measure(port, addresses, rate, chosen.seconds)
            finally:
                server.terminate()
                server.wait()
            print(json.dumps({"attack": name, **found}), flush=True)


if __name__ == "__main__":
    main()
