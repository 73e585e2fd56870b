"""Time the pages with a store of 100,000 clips, in a real browser.

python -m benchmarks.ui [--clips 100000] [--folder DIR] [--repeats 5] [--json]

The home is made by ``benchmarks.homes.big_home`` (once, where ``--folder`` is given), the app runs
in a process of its own, and headless Chromium looks at it. Each figure is the median of the
repeats; the machine should have nothing else to do: where it has, what the server took of the
processor says more ("CPU", to a hundredth of a second). "Ready" is what a person would call so:
the page can be typed into, the day's strip and its first cards with their pictures are there.
"Idle" is the share of a core that a page takes that nobody touches, and the server with it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.homes.big_home import A_DAY, big_home
from benchmarks.scoring.measuring import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

GOALS = {
    "readable": 1.5, "first load": 2.0, "day view": 1.0, "another day": 1.0, "month": 1.0,
    "1,440 thumbnails": 1.0, "search p95": 0.5, "search as typed": 0.5, "hover to picture": 0.1,
    "first evidence card": 1.0, "idle tab (CPU)": 0.01, "idle server (CPU)": 0.01,
}  # fmt: skip
ASKED = (
    "Where was my wallet?", "What did Alice talk about?", "When did I last see the passport?",
    "Was there a telescope in the garden?", "Who was with me in the museum?",
    "Where did I leave my umbrella?",
)  # fmt: skip
TYPED = ("wallet", "passport", "Alice umbrella", "compass", "telescope garden", "thermos")
IDLE = 30.0  # seconds for which nothing is done
QUESTIONS = (
    "knitting", "chess", "guitar", "wallet", "passport", "Alice umbrella", "piano library",
    "making jam", "walking the dog", "visiting the dentist", "umbrella", "compass", "violin",
    "baking bread pharmacy", "telescope garden", "thermos", "bracelet", "kettle kitchen", "Omar",
    "museum",
)  # fmt: skip
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
_SHOWN = """() => {
  const near = [...document.querySelectorAll('.eb-hour .eb-picture img')].filter((img) => {
    const box = img.getBoundingClientRect();
    const strip = img.closest('.eb-strip').getBoundingClientRect();
    return box.top < innerHeight && box.bottom > 0
      && box.left < strip.right - 20 && box.right > strip.left + 20; });
  return document.querySelector('.eb-lane-recorded i') && document.querySelector('.eb-moment')
    && near.every((img) => img.complete); }"""
_ANOTHER = """before => {
  const picture = document.querySelector('.eb-peek .eb-instant');
  return picture?.complete && !picture.hidden && picture.src !== before; }"""
_ALL_SHEETS = """async () => { const all = [...document.querySelectorAll('.eb-tiles')];
  await Promise.all(all.map((one) => { const img = new Image();
    img.src = one.style.getPropertyValue('--sheet').slice(5, -2); return img.decode(); }));
  return all.length; }"""


@contextmanager
def served(home: Path) -> Iterator[tuple[str, int]]:
    """The app of a home, in a process of its own: its address and the number of the process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "app", "serve", "--home", str(home), "--port", str(port)]
    weights = str(home.parent / "no-weights")
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "EGOBUTLER_WEIGHTS": weights},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _until_up(address, process)
        yield address, process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def _until_up(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError("the app ended before it could be asked")
        try:
            urllib.request.urlopen(f"{address}/api/days", timeout=30).read()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the app did not answer")


def measure(address: str, server: int, days: int, repeats: int) -> dict[str, list[float]]:
    """Seconds of each figure, one for each repeat; under "… (CPU)" those of the server alone.

    Args:
        address: Where the app answers.
        server: The number of its process.
        days: Whole days of March that are recorded, from the first on; two at the least.
        repeats: Visits, each with an empty cache.
    """
    import psutil
    from playwright.sync_api import sync_playwright

    taken: dict[str, list[float]] = {}
    process = psutil.Process(server)

    def used() -> float:
        times = process.cpu_times()
        return float(times.user + times.system)

    def clocked(name: str, act: Callable[[], object]) -> None:
        cpu, begun = used(), time.perf_counter()
        act()
        taken.setdefault(name, []).append(time.perf_counter() - begun)
        taken.setdefault(f"{name} (CPU)", []).append(used() - cpu)

    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        for turn in range(repeats):
            _visit(browser, address, 1 + turn % (days - 1), clocked)
        taken["idle tab (CPU)"], taken["idle server (CPU)"] = _idle(browser, address, used)
        browser.close()
    for question in QUESTIONS * max(1, repeats // 2):
        clocked("search", lambda question=question: _search(address, question))  # type: ignore[misc]
    return taken


def _visit(
    browser: Browser, address: str, day: int, clocked: Callable[[str, Callable[[], object]], None]
) -> None:
    """One person with an empty cache: the app, the last day, the month, a day of March, a link to
    the next one, its pictures."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)

    def opened() -> None:
        clocked("readable", lambda: _readable(page, address))
        page.wait_for_selector("#eb-question textarea")
        page.wait_for_selector("#eb-chat .placeholder")

    clocked("first load", opened)
    for question in ASKED:
        clocked("first evidence card", lambda question=question: _asked(page, question))  # type: ignore[misc]
        page.wait_for_selector("#eb-question .submit-button")
    page.click("#eb-page-search-button")
    page.wait_for_selector(".eb-tries a")
    for words in TYPED:
        clocked("search as typed", lambda words=words: _typed(page, words))  # type: ignore[misc]
    clocked(
        "day view", lambda: (page.click("#eb-page-timeline-button"), page.wait_for_function(_SHOWN))
    )
    clocked(
        "month", lambda: (page.click(".eb-to-month"), page.wait_for_selector(".eb-date.eb-heat-5"))
    )
    clocked("another day", lambda: _day(page, day))
    clocked("link to a moment", lambda: _link(page, f"{address}/day/2026-03-{day + 1:02}?t=18:42"))
    for step in range(10):
        clocked("hover to picture", lambda step=step: _hover(page, step))  # type: ignore[misc]
    clocked("1,440 thumbnails", lambda: _pictures(page))
    clocked("1,440 thumbnails, all fetched", lambda: _all_sheets(page))
    context.close()


def _readable(page: Page, address: str) -> None:
    page.goto(address, wait_until="commit")
    page.wait_for_selector("#eb-pages h1")


def _asked(page: Page, question: str) -> None:
    """Asks, and waits for the first moment that is shown."""
    before = page.locator("#eb-chat .bot-row .eb-play").count()
    page.fill("#eb-question textarea", question)
    page.keyboard.press("Enter")
    page.locator("#eb-chat .bot-row .eb-play").nth(before).wait_for()


def _typed(page: Page, words: str) -> None:
    """Types into Search, and waits for what holds the words."""
    page.fill("#eb-search-words input", words)
    last = words.split()[-1]
    mark = f'#eb-search-found .eb-cards mark:text-matches("^{last}", "i")'
    page.wait_for_selector(f"{mark} >> nth=0")


def _idle(
    browser: Browser, address: str, server: Callable[[], float]
) -> tuple[list[float], list[float]]:
    """The share of a core that a page left alone takes, and the server meanwhile."""
    import psutil

    page = browser.new_page()
    page.goto(address)
    page.wait_for_selector("#eb-chat .placeholder")
    page.wait_for_timeout(5000)

    def used() -> float:
        running = psutil.Process().children(recursive=True)
        times = [one.cpu_times() for one in running if one.name().startswith("chrom")]
        return float(sum(one.user + one.system for one in times))

    tab, served_before, begun = used(), server(), time.perf_counter()
    page.wait_for_timeout(1000 * IDLE)
    lasted = time.perf_counter() - begun
    shares = [(used() - tab) / lasted], [(server() - served_before) / lasted]
    page.close()
    return shares


def _day(page: Page, day: int) -> None:
    page.click(f'[data-day="2026-03-{day:02}"]')
    page.wait_for_function(f"document.querySelector('.eb-days select').value.endsWith('-{day:02}')")
    page.wait_for_function(_SHOWN)


def _link(page: Page, link: str) -> None:
    page.goto(link)
    page.wait_for_function(_SHOWN)
    page.wait_for_function(
        "(document.querySelector('.eb-track')?.ariaValueText ?? '').startsWith('18:42')"
    )


def _hover(page: Page, step: int) -> None:
    """Points at a second of the strip, and waits for its picture, of a sheet not fetched before."""
    box = page.locator(".eb-track").bounding_box()
    assert box is not None
    before = page.evaluate("document.querySelector('.eb-peek .eb-instant')?.src ?? ''")
    page.mouse.move(box["x"] + box["width"] * (0.1 + 0.08 * step), box["y"] + 40)
    page.wait_for_function(_ANOTHER, arg=before)


def _pictures(page: Page) -> None:
    """Looks at the pictures, and waits for the sheet of the first hour."""
    with page.expect_event("requestfinished", lambda request: "/api/pages/sheet" in request.url):
        page.click(".eb-views label >> nth=1")


def _all_sheets(page: Page) -> None:
    shown = page.evaluate(_ALL_SHEETS)
    assert shown == 24, f"{shown} sheets instead of 24"


def _search(address: str, words: str) -> None:
    place = f"{address}/api/search?q={urllib.parse.quote(words)}"
    urllib.request.urlopen(place, timeout=60).read()


def summarised(taken: dict[str, list[float]]) -> dict[str, Any]:
    """Medians in seconds, of the searches also the 95th percentile."""
    found = {name: round(statistics.median(times), 3) for name, times in taken.items()}
    for of in ("", " (CPU)"):
        p95 = statistics.quantiles(taken[f"search{of}"], n=20)[-1]
        found[f"search p95{of}"] = round(p95, 3)
    return found


def table(medians: dict[str, Any]) -> str:
    """The figures as lines."""
    lines = [f"{'what':32} {'seconds':>8} {'goal':>6}"]
    for name, seconds in medians.items():
        goal = GOALS.get(name)
        verdict = "" if goal is None else ("  met" if seconds < goal else "  MISSED")
        lines.append(f"{name:32} {seconds:8.3f} {'' if goal is None else f'{goal:6.2f}'}{verdict}")
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=100_000, help=f"at least {8 * A_DAY:,}")
    parser.add_argument("--folder", type=Path, help="where the home is kept for the next time")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="only JSON, on the last line")
    options = parser.parse_args()
    days = options.clips // A_DAY - 6  # of March: the home begins on 23 February
    if days < 2:
        parser.error(f"--clips: at least {8 * A_DAY:,}, so that there are two whole days of March")
    with tempfile.TemporaryDirectory() as spare:
        home, took = big_home(options.folder or Path(spare), options.clips)
        before = os.getloadavg()[0]
        with served(home) as (address, server):
            found = summarised(measure(address, server, days, options.repeats))
    load = [round(one, 1) for one in (before, os.getloadavg()[0])]
    if not options.json:
        print(table(found))
        print(f"load average {load[0]} to {load[1]}")
    report = {"clips": options.clips, "built": round(took, 1), "load": load, "seconds": found}
    print(json.dumps(report))


if __name__ == "__main__":
    main()
