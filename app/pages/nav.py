"""The way around: a column of pages beside them, a bar below them on a phone."""

from __future__ import annotations

from collections.abc import Iterable

import gradio as gr

from app.pages.shell import markup
from app.presentation.i18n import t

# Strokes on a field of 24 × 24.
_ICONS = {
    "ask": "M4 5h16v11H9l-5 4z",
    "timeline": "M12 3a9 9 0 1 0 .01 0M12 7v5l3 2",
    "search": "M11 4a7 7 0 1 0 .01 0M16.2 16.2L21 21",
    "people": "M9 4a4 4 0 1 0 .01 0M2 20c0-4 3-6 7-6s7 2 7 6M16 5a4 4 0 0 1 0 7M18 14c3 1 4 3 4 6",
    "habits": "M5 20V11M12 20V4M19 20v-6",
    "library": "M4 6h16v13H4zM4 6l2-3h12l2 3M10 10.5v5l4-2.5z",
    "compare": "M12 4v16M8 20h8M4 7h16M4 7l-2 6h6zM20 7l-2 6h6z",
    "privacy": "M12 3l8 3v6c0 5-3.5 7.5-8 9-4.5-1.5-8-4-8-9V6zM9 12l2 2 4-4",
    "settings": "M4 7h10M18 7h2M4 17h2M10 17h10M16 5v4M8 15v4",
}
_MORE = "M5 12h.01M12 12h.01M19 12h.01"
_LINK = (
    '<li><a id="eb-page-{name}-button" href="#page={name}">'
    '{icon}<span class="eb-nav-word">{title}</span></a></li>'
)
# On a phone the bar has room for so many; the others are behind "More".
_IN_THE_BAR = 4
_NAV = """<nav class="eb-nav" aria-label="{label}"><ul>{links}</ul>
<ul id="eb-more-pages" popover>{others}</ul>
<button type="button" class="eb-nav-more" popovertarget="eb-more-pages">
{icon}<span class="eb-nav-word">{more}</span></button></nav>"""


def menu(pages: Iterable[tuple[str, str]]) -> gr.HTML:
    """Places the links to these pages: (id, title). ``static/nav.js`` opens them."""
    links = [_LINK.format(name=n, title=title, icon=_icon(_ICONS[n])) for n, title in pages]
    first, others = "".join(links[:_IN_THE_BAR]), "".join(links[_IN_THE_BAR:])
    words = {"label": t("Pages"), "more": t("More")}
    bar = _NAV.format(links=first, others=others, icon=_icon(_MORE), **words)
    return markup(bar, "eb-nav", "nav")


def _icon(path: str) -> str:
    return (
        '<svg viewBox="0 0 24 24" width="22" height="22" fill="none" stroke="currentColor" '
        'stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
        f'<path d="{path}"/></svg>'
    )
