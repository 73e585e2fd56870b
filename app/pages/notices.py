"""The bell in the header: what became of recordings while nobody was looking."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import gradio as gr

from app.notifications.notices import NoticeOut, notices
from app.pages.moment_cards import text
from app.pages.shell import filled, markdown, markup, ordered, scripted
from app.presentation.i18n import t
from app.presentation.rendering import local_time
from app.presentation.time_text import seek_address, weekday_words

if TYPE_CHECKING:
    from app.assistant import Assistant

_TOGETHER = 3600.0  # seconds between two notices of one kind that are shown as one
_ALLOW = """<button type="button" class="eb-link eb-allow" hidden>$allow</button>
<p class="eb-facts" hidden>$denied</p>"""


class Bell:
    """The bell and the news that it opens; ``static/notices.js`` says when there are others."""

    def __init__(self, assistant: Assistant) -> None:
        """Places them."""
        self._assistant = assistant
        signal = scripted("notices", "eb-notices")
        with gr.Column(elem_id="eb-news"):
            gr.Markdown(f"## {t('News')}")
            news = markdown(_nothing())
            denied = t("Your browser shows no messages of this page; its settings can change that.")
            offer = {"allow": t("Tell me outside of this page, too"), "denied": denied}
            markup(filled(_ALLOW, offer), "eb-allowing")
        signal.submit(self.draw, None, [news], **ordered("news", "always_last"))

    def draw(self) -> str:
        """The newest notices, as Markdown."""
        groups = _together(notices(self._assistant.store).notices)
        lines = "".join(map(self._line, groups))
        return f"<ul>{lines}</ul>" if lines else _nothing()

    def _line(self, group: list[NoticeOut]) -> str:
        first, *others = group
        kind, new = first.kind, any(one.new for one in group)
        local = local_time(first.at, self._assistant.timezone)
        when = f"{weekday_words(local.weekday(), short=True)} {local:%H:%M}"
        said, more = first.words, _what_to_do(first)
        if others:
            said, each = _several(kind, len(group)), "".join(self._line([one]) for one in group)
            more = f"<details><summary>{text(t('Which'))}</summary><ul>{each}</ul></details>"
        return (
            f'<li class="eb-notice eb-is-{kind}{" eb-new" * new}"><strong>{text(said)}</strong>'
            f'<span class="eb-facts">{when}</span>{more}</li>'
        )


def _nothing() -> str:
    return t("When a recording is ready, or needs you, it is said here.")


def _what_to_do(notice: NoticeOut) -> str:
    address, words = "#page=library", t("See what to do")
    if notice.recording and notice.kind != "failed":
        address, words = seek_address(notice.recording, 0.0, 0.0, ""), t("Watch")
    more = f"<p>{text(notice.more)}</p>" if notice.more else ""
    return f'{more}<a class="eb-link" href="{address}">{text(words)}</a>'


def _together(newest_first: Iterable[NoticeOut]) -> list[list[NoticeOut]]:
    groups: list[list[NoticeOut]] = []
    last: dict[str, list[NoticeOut]] = {}
    for notice in newest_first:
        group = last.get(notice.kind)
        if group is None or group[-1].at - notice.at > _TOGETHER:
            group = last[notice.kind] = []
            groups.append(group)
        group.append(notice)
    return groups


def _several(kind: str, n: int) -> str:
    match kind:
        case "finished":
            return t("{n} recordings are remembered", n=n)
        case "partial":
            return t("{n} recordings are remembered as far as they can be read", n=n)
        case "waiting":
            return t("{n} recordings wait for you", n=n)
    return t("{n} files could not be taken in", n=n)
