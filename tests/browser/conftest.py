"""The real app on a free port, and a real browser that notes every request that it makes."""

from __future__ import annotations

import shutil
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from PIL import Image

from app.assistant import Assistant
from app.web.static_files import SERVED_AT, STATIC

if TYPE_CHECKING:
    from playwright.sync_api import (
        Browser,
        BrowserContext,
        ConsoleMessage,
        Locator,
        LocatorAssertions,
        Page,
        Request,
    )
    from starlette.types import ASGIApp

SCREENSHOTS = Path(__file__).parents[2] / "screenshots"
_SHOWN = Path(__file__).parents[2] / "docs" / "pictures"
README = {  # the pictures that are in the repository
    f"readme-{name}": _SHOWN / f"{name}.webp" for name in ("ask", "timeline", "people")
}
# The page Ask has been filled by the server: nothing was asked, or what was is there again.
OPENED = "#eb-chat :is(.placeholder, .eb-answer)"
# Scripts that listen to the page. What is pressed before one is there is not heard by it.
LISTENING = [
    f"{SERVED_AT}/{script.name}"
    for script in STATIC.glob("*.js")
    if "function mount(" in script.read_text(encoding="utf-8")
]
# Notes from where a film is to play, as where it is when somebody looks depends on when that is;
# and that a frame was asked for, by all but `ebNext`.
NOTED = """for (const kind of ["loadstart", "seeking"])
  addEventListener(kind, ({ target }) => { window.ebFrom = target.currentTime; }, true);
window.ebNext = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (draw) => { window.ebQuiet = 0; return window.ebNext(draw); };"""
PLAYER = "document.querySelector('.eb-player video')"
PATIENCE = 60_000  # ms: other tests take the processor meanwhile
POLLING = 100  # ms, of what is waited for
MOST_READY = 3  # pages, each with a process of the browser
PICTURES = False  # whether anybody wants to look at them: pytest --pictures
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update "
    "--autoplay-policy=no-user-gesture-required"
).split()


@pytest.fixture(scope="session", autouse=True)
def _pictures(request: pytest.FixtureRequest) -> None:
    global PICTURES
    PICTURES = request.config.getoption("--pictures")


@pytest.fixture(scope="session")
def launch() -> Iterator[Callable[[], Browser]]:
    """The browser that runs; another where that one had to be killed."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs pip install playwright")
    sync_api.expect.set_options(timeout=PATIENCE)
    # Or whoever waits has the page drawn sixty times a second.
    sync_api.Page.wait_for_function.__kwdefaults__["polling"] = POLLING
    with sync_api.sync_playwright() as playwright:
        running: list[Browser] = []

        def launched() -> Browser:
            if not running or not running[-1].is_connected():
                with killed_after(60):
                    opened = playwright.chromium.launch(
                        executable_path=program, headless=True, args=FLAGS
                    )
                running.append(opened)
            return running[-1]

        yield launched
        with killed_after(30), suppress(sync_api.Error):
            running[-1].close()


@pytest.fixture
def browser(launch: Callable[[], Browser], request: pytest.FixtureRequest) -> Iterator[Browser]:
    """A browser; a test that it does not answer fails with what it waited for."""
    mark = request.node.get_closest_marker("timeout")
    seconds = mark.args[0] if mark else float(request.config.getini("timeout"))
    with killed_after(seconds - 60):
        yield launch()


@contextmanager
def killed_after(seconds: float) -> Iterator[None]:
    """Kills the browser where the block takes longer, and then what drives it.

    Most calls of the driver wait for ever for a browser that has stopped answering, and no signal
    ends them. Once it is dead they fail.
    """
    from psutil import NoSuchProcess, Process

    def kill(names: tuple[str, ...]) -> None:
        for process in Process().children(recursive=True):
            with suppress(NoSuchProcess):
                if process.name().startswith(names):
                    process.kill()

    browsers = threading.Timer(seconds, kill, [("chrom",)])
    drivers = threading.Timer(seconds + 20, kill, [("chrom", "node")])
    for timer in (browsers, drivers):
        timer.daemon = True
        timer.start()
    try:
        yield
    finally:
        browsers.cancel()
        drivers.cancel()


# Of servers that have ended: the next one is where the browser has the scripts of the app already.
_doors: list[socket.socket] = []


@contextmanager
def serving(assistant: Assistant, app: ASGIApp | None = None) -> Iterator[str]:
    """The app of this home, or the one given, at an address, until the block ends."""
    import uvicorn

    from app.server.server import create_app

    config = uvicorn.Config(
        app or create_app(assistant), log_level="warning", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    door = _doors.pop() if _doors else socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([door.dup()],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
        assert thread.is_alive(), "the server did not start"
    yield f"http://127.0.0.1:{door.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=15)
    _doors.append(door)


@pytest.fixture(scope="module")
def address(assistant: Assistant) -> Iterator[str]:
    """Where the home of the module is served."""
    with serving(assistant) as at:
        yield at


class Visitor:
    """A person at the app: a page, and everything that it asked for or complained about."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.requests: list[str] = []
        self.errors: list[str] = []
        self._waiting: set[Request] = set()
        self._heard: dict[str, Callable[..., object]] = {
            "request": lambda one: (self.requests.append(one.url), self._waiting.add(one)),
            "requestfinished": lambda one: self._waiting.discard(one),
            "requestfailed": lambda one: self._waiting.discard(one),
            "pageerror": lambda error: self.errors.append(str(error)),
            "console": self._complaint,
            "dialog": lambda dialog: (self.errors.append(dialog.message), dialog.dismiss()),
        }
        self.listen(page.on)
        page.set_default_timeout(PATIENCE)

    def listen(self, how: Callable[..., object]) -> None:
        """Notes what happens on the page; with ``page.remove_listener``, no longer."""
        for event, note in self._heard.items():
            how(event, note)

    def _complaint(self, message: ConsoleMessage) -> None:
        """An error in the console, with the address of what could not be had."""
        if message.type == "error":
            self.errors.append(f"{message.text} {message.location.get('url', '')}")

    def open(self) -> None:
        """Goes to the app and waits until it can be used."""
        self.page.goto(self.address)
        self.filled()

    def reload(self) -> None:
        """Loads the page anew, and waits until it can be used."""
        self.page.reload()
        self.filled()

    def filled(self) -> None:
        """Waits until a page that was opened just now can be used; one that stays empty, as once in
        thousands of times, is loaded anew, and what it waited for is told."""
        from playwright.sync_api import TimeoutError

        try:
            self.page.wait_for_selector(OPENED, state="attached")
        except TimeoutError:
            waiting = [one.url for one in self._waiting]
            warnings.warn(f"A page stayed empty: {waiting=} {self.errors=}", stacklevel=2)
            self.page.reload()
            self.page.wait_for_selector(OPENED, state="attached")
        self.listens()

    def listens(self) -> None:
        """Waits until the scripts of the page hear what is pressed."""
        self.page.wait_for_selector(".eb-page.eb-open", state="attached")
        self.page.evaluate(  # what nothing holds may be collected before it is there
            "scripts => window.ebHeard ="
            " Promise.all(scripts.map((script) => import(script))).then(() => true)",
            LISTENING,
        )

    def expect(self, part: str | Locator) -> LocatorAssertions:
        """Assertions about a part of the page, each of which is tried until it holds."""
        from playwright.sync_api import expect

        return expect(self.page.locator(part) if isinstance(part, str) else part)

    def expect_narrow(self) -> None:
        """Nothing makes the page wider than the window, once all of it is drawn."""
        self.page.wait_for_function(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )

    def turn_to(self, name: str) -> None:
        """Opens a page by its title in English; on a phone by "More" where the bar lacks it."""
        link = self.page.locator(f"#eb-page-{name.lower()}-button")
        if not link.is_visible():
            self.page.click(".eb-nav-more")
        link.click()

    def ask(self, question: str) -> None:
        """Asks, and waits for the whole answer."""
        self.page.wait_for_selector(OPENED, state="attached")  # filling the page empties the box
        self.look_away()
        before = self.page.locator("#eb-chat .user-row").count()
        self.page.fill("#eb-question textarea", question)
        self.page.keyboard.press("Enter")
        # What came before may be drawn anew meanwhile, as where some of it was forgotten.
        self.page.wait_for_selector(f"#eb-chat .user-row >> nth={before}")
        self.answered()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Waits until the server has answered all that the page sent inside."""
        with self.page.expect_event("requestfinished", lambda sent: "/queue/data" in sent.url):
            yield

    def look_away(self) -> None:
        """Marks the answers that are there, so that the next one is known from them."""
        self.page.evaluate(
            "document.querySelectorAll('#eb-chat .eb-answer').forEach(one => one.dataset.old = 1)"
        )

    def answered(self) -> None:
        """Waits until a new answer stands whole, and the next question may be asked."""
        self.page.wait_for_function(
            "() => { const last = [...document.querySelectorAll('#eb-chat .eb-answer')].at(-1);"
            " return last && !last.dataset.old"
            " && document.querySelector('#eb-question .submit-button'); }",
            timeout=120_000,
        )

    def reply(self) -> str:
        """The words of the last answer, those of its moments included."""
        return self.page.locator("#eb-chat .bot-row").last.inner_text()

    def playing_at(self) -> float:
        """From where the player plays, once it does."""
        playing = self.page.wait_for_function(
            f"() => {{ const v = {PLAYER};"
            " return v && !v.paused && v.readyState >= 2 && !v.seeking && [window.ebFrom]; }"
        )
        return float(playing.json_value()[0])

    def advances(self) -> bool:
        """Whether the picture moves on."""
        self.playing_at()
        at = self.page.evaluate(f"{PLAYER}.currentTime")
        self.page.wait_for_function(f"at => {PLAYER}.currentTime > at + 0.3", arg=at)
        return True

    def paused(self) -> None:
        """Waits until the player stands still."""
        self.page.wait_for_function(f"{PLAYER}.paused")

    def settled(self, part: str) -> str:
        """The text of a part of the page, once it changes no more."""
        self.page.wait_for_function(
            "part => { const before = window.ebBefore;"
            " window.ebBefore = document.querySelector(part)?.textContent ?? '';"
            " return window.ebBefore !== '' && window.ebBefore === before; }",
            arg=part,
            polling=150,
        )
        return self.page.locator(part).first.inner_text()

    def picture(self, name: str, part: str | None = None) -> None:
        """With --pictures, saves what is to be seen, or a part of it, for people to look at."""
        if not PICTURES:
            return
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.wait_for_timeout(300)
        seen = self.page.locator(part) if part else self.page
        taken = SCREENSHOTS / f"{name}.png"
        seen.screenshot(path=taken)
        if name in README:
            with Image.open(taken) as image:
                image.convert("RGB").save(README[name], quality=82, method=6)

    def strangers(self) -> set[str]:
        """Hosts other than ours that anything was requested from."""
        hosts = {urlsplit(url).netloc for url in self.requests if url.startswith("http")}
        return hosts - {urlsplit(self.address).netloc}


# Of the last visits, where nobody is in it. What a page has compiled loads its scripts from the
# address for which it was compiled.
_ready: dict[tuple[Browser, str, bool], Page] = {}


@contextmanager
def visiting(
    browser: Browser,
    address: str,
    width: int = 1280,
    height: int = 800,
    scheme: str = "light",
    language: str = "",
    *,
    link: str = "",
    touch: bool = False,
    signed_out: bool = False,
) -> Iterator[Visitor]:
    """A fresh visit: nothing is kept of the one before but what the server says may be cached,
    and the process that draws pages: together two thirds of the work of opening one.

    It waits until the app can be used, but for what a ``link`` leads to; where one is
    ``signed_out``, for nothing.
    """
    kind = (browser, address, touch)
    page = _ready.pop(kind, None) or _new_page(browser, touch)
    kept = False
    try:
        if language:
            page.context.add_cookies([{"name": "eb-language", "value": language, "url": address}])
        visitor = Visitor(page, address)
        page.set_viewport_size({"width": width, "height": height})
        # What moves is drawn all the time, and axe sees colours that pass.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        if link:
            page.goto(address + link)
            if not signed_out:
                visitor.listens()
        else:
            visitor.open()
        yield visitor
        kept = _left(visitor) and kind not in _ready
    finally:
        if kept:
            _ready[kind] = page
        else:
            _close(page.context)


def _new_page(browser: Browser, touch: bool) -> Page:
    if len(_ready) == MOST_READY:
        _close(_ready.pop(next(iter(_ready))).context)
    context = browser.new_context(has_touch=touch)
    context.add_init_script(NOTED)
    return context.new_page()


def _left(visitor: Visitor) -> bool:
    """Leaves nothing of a visit behind; False where that cannot be done, as without a server."""
    page = visitor.page
    try:
        visitor.listen(page.remove_listener)
        page.unroute_all()
        page.goto(f"{visitor.address}/healthz", timeout=5_000)
        page.evaluate("localStorage.clear(); sessionStorage.clear()")
        page.context.clear_cookies()
        return page.context.pages == [page]
    except Exception:
        return False


def _close(context: BrowserContext) -> None:
    with killed_after(30), suppress(Exception):
        context.close()
