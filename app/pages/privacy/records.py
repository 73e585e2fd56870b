"""Records on the page Privacy: connections, the proof that something is gone, the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from app.core.outgoing import outgoing_log
from app.pages.event_context import owns_the_computer
from app.pages.privacy.shared import card, facts, listed, status
from app.pages.shell import ordered
from app.presentation.i18n import fixed_words, t
from app.presentation.markdown import plain
from app.privacy.connections import connection_lines
from app.privacy.selection import BadRequest, check_typed
from app.privacy.text import gone_lines
from app.views import privacy_view

if TYPE_CHECKING:
    from app.assistant import Assistant

_DEEDS = 20


class ConnectionSection:
    """Every connection that was opened since the start."""

    def __init__(self, assistant: Assistant) -> None:
        """Places the section."""
        self._assistant = assistant
        with card("eb-connections"):
            gr.Markdown(f"## {t('What leaves this computer')}")
            facts(
                t(
                    "Every connection, message and question for an address that this program has "
                    "opened since it was started. The list is kept in memory only."
                )
            )
            self.listed = status("eb-connections-list")
            again = gr.Button(t("Look again"))
        again.click(self.look, None, [self.listed], **ordered("privacy", "once"))

    def look(self) -> str:
        """The list, as Markdown; whoever does not run the computer is not shown it."""
        if not owns_the_computer():
            return t("What this computer connects to is shown to whoever runs it.")
        summary, *lines = connection_lines(outgoing_log(), self._assistant.timezone)
        return "\n\n".join([plain(summary), listed("", lines)])


class ProofSection:
    """Whether a word that was said, read or seen is still anywhere in the home."""

    def __init__(self, assistant: Assistant) -> None:
        """Places the section."""
        self._assistant = assistant
        with card("eb-proof"):
            gr.Markdown(f"## {t('Is it really gone?')}")
            phrase = gr.Textbox(
                label=t("A word that was said, read or seen then"), max_length=200, max_lines=1
            )
            search = gr.Button(t("Search everything"), variant="primary")
            shown = status("eb-proof-status")
        gr.on([search.click, phrase.submit], self.search, [phrase], [shown], **ordered("proof"))

    def search(self, phrase: Any) -> Iterator[str]:
        """What is left of a word, which is named: another may be typed by now."""
        typed = str(phrase or "")
        try:
            check_typed(typed)
        except BadRequest as error:
            yield plain(str(error))
            return
        yield t("Searching every byte …")
        proof = self._assistant.privacy.proof(typed)
        title = t("Nothing found") if proof.clean else t("Found")
        yield listed(f"{title}: {plain(typed)}", gone_lines(proof))


class LogSection:
    """What was done, never what it was about."""

    def __init__(self, assistant: Assistant) -> None:
        """Places the section."""
        self._assistant = assistant
        with card("eb-log"):
            gr.Markdown(f"## {t('What was done')}")
            facts(t("Deeds only, never what they were about."))
            self.listed = gr.Markdown(latex_delimiters=[])

    def after(self, *changes: gr.events.Dependency) -> None:
        """Reads it anew after each of these events."""
        for change in changes:
            change.then(self.read, None, [self.listed], **ordered("privacy"))

    def read(self) -> str:
        """The newest deeds, as Markdown."""
        deeds = privacy_view.deeds(self._assistant, _DEEDS)
        lines = [
            f"- {plain(deed.when)} **{plain(fixed_words(deed.what))}** "
            f"{plain(' · '.join(filter(None, (deed.detail, fixed_words(deed.who)))))}"
            for deed in deeds
        ]
        return "\n".join(lines) or t("Nothing yet.")
