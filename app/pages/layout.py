"""The frame of the app: brand, the way around, the pages, one player beside them, the theme."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr
from gradio.themes.utils.sizes import Size

from app.pages import ask, compare, habits, notices, people, search, settings
from app.pages.account_link import way_out
from app.pages.api_functions import ApiFunctions
from app.pages.library import page as library
from app.pages.nav import menu
from app.pages.page_blocks import PageBlocks, unmounted
from app.pages.privacy import page as privacy
from app.pages.shell import markup, scripted, shell
from app.presentation.i18n import language, t
from app.web.static_files import SERVED_AT

if TYPE_CHECKING:
    from app.assistant import Assistant

# Id, title and what fills it; a new page adds its line here, and a style sheet of its name.
PAGES: tuple[tuple[str, str, Callable[[Assistant], object]], ...] = (
    ("ask", "Ask", ask.page),
    ("timeline", "Timeline", lambda _: scripted("timeline", "eb-timeline")),
    ("search", "Search", search.page),
    ("people", "People", people.page),
    ("habits", "Habits", habits.page),
    ("library", "Library", library.page),
    ("compare", "Compare", compare.page),
    ("privacy", "Privacy", privacy.page),
    ("settings", "Settings", settings.page),
)
# Linked rather than given to Gradio, which would rewrite the selectors.
_STYLES = "".join(
    f'<link rel="stylesheet" href="{SERVED_AT}/{name}.css">'
    for name in (
        "theme",
        "nav",
        "player",
        "share",
        "account",
        "notices",
        *(name for name, _, _ in PAGES),
    )
)
_SCRIPTS = "".join(
    f'<script type="module" src="{SERVED_AT}/{name}.js"></script>'
    for name in ("stream", "pressed", "frame")
)
# Gradio's own words come in the language of the browser, whatever was chosen here. Its progress
# timers (6.31), which are never shown here, ask for frames for ever once what they time is gone.
# Svelte watches each plain object for changes: events, which never change, are gone through for
# each component, a fifth of what it takes to open the page.
_BEFORE_GRADIO = """<script>
Object.defineProperty(navigator, "language", {{ get: () => "{tag}" }});
Object.defineProperty(navigator, "languages", {{ get: () => ["{tag}"] }});
document.documentElement.lang = "{language}";
{{
  const next = window.requestAnimationFrame.bind(window);
  const isTimer = (draw) => /performance\\.now\\(\\)-[^;]*\\/1e3/.test(String(draw));
  window.requestAnimationFrame = (draw) => isTimer(draw) ? setTimeout(draw, 10000) : next(draw);
}}
{{
  class Unwatched extends Array {{}}
  let config;
  Object.defineProperty(window, "gradio_config", {{
    get: () => config,
    set: (given) => {{
      const events = given?.dependencies ?? [];
      for (const one of [events, ...events]) Object.setPrototypeOf(one, Unwatched.prototype);
      config = given;
    }},
  }});
}}
</script>"""
_TAGS = {"zh": "zh-CN"}
# Gradio's large text, in the unit that grows with the person's choice of large type.
_TEXT = Size(
    name="text_rem",
    xxs="0.625rem",
    xs="0.75rem",
    sm="0.875rem",
    md="1rem",
    lg="1.25rem",
    xl="1.5rem",
    xxl="1.75rem",
)

_QUEUE_LOOK = 0.05  # seconds between Gradio's looks for events; it would look 1,000 times a second
_PROGRESS_LOOK = 5.0  # the same for progress, of which no event of ours tells

BRAND = """
<header class="eb-brand">
  <span class="eb-logo" aria-hidden="true"></span>
  <span><strong>EgoButler</strong>
  <small>{slogan}</small></span>
</header>
"""


def head() -> str:
    """What the page loads beside Gradio."""
    return _STYLES + _SCRIPTS


def before_gradio() -> str:
    """What has to run before Gradio's scripts, in the language of whoever is served."""
    tag = _TAGS.get(language(), language())
    return _BEFORE_GRADIO.format(tag=tag, language=language())


@unmounted()
def build(assistant: Assistant, files: Path) -> gr.Blocks:
    """The whole app as Gradio blocks, in the language of whoever is served.

    ``files`` is where Gradio puts what is uploaded.
    """
    slogan = t("Ask your own recordings. They stay on this computer.")
    blocks: gr.Blocks
    with PageBlocks(
        title="EgoButler", analytics_enabled=False, fill_width=True, delete_cache=(3600, 86400)
    ) as blocks:
        ApiFunctions(assistant, files).place()  # first: their names are theirs
        markup(BRAND.format(slogan=slogan), "eb-top")
        way_out(assistant)
        notices.Bell(assistant)
        with gr.Row(elem_id="eb-body"):
            menu((name, t(title)) for name, title, _ in PAGES)
            with gr.Column(elem_id="eb-pages", min_width=0):
                markup('<h1 class="eb-page-title"></h1>', "eb-title")
                for name, _, place in PAGES:
                    with gr.Column(elem_id=f"eb-page-{name}", elem_classes="eb-page", min_width=0):
                        place(assistant)
            with gr.Column(elem_id="eb-side", min_width=0):
                scripted("player", "eb-player", language=language())
            markup(shell("share"), "eb-share")  # the dialog that `static/share.js` opens
    blocks.queue(api_open=False, max_size=64, default_concurrency_limit=4)
    blocks._queue.sleep_when_free = _QUEUE_LOOK
    blocks._queue.progress_update_sleep_when_free = _PROGRESS_LOOK
    return blocks


def theme() -> gr.Theme:
    """Warm paper and one green, in the fonts that the computer has: nothing is fetched."""
    fonts = ["system-ui", "-apple-system", "Segoe UI", "Noto Sans", "sans-serif"]
    return gr.themes.Base(
        primary_hue=gr.themes.colors.teal,
        secondary_hue=gr.themes.colors.teal,
        neutral_hue=gr.themes.colors.stone,
        text_size=_TEXT,
        radius_size=gr.themes.sizes.radius_lg,
        font=fonts,
        font_mono=["ui-monospace", "monospace"],
    ).set(
        input_border_width="1px",
        input_border_color="var(--eb-edge)",
        input_border_color_dark="var(--eb-edge)",
        input_radius="12px",
    )
