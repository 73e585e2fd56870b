"""Room on the disk, and what this is: version, licences, and what leaves this computer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from app.pages.library.tools import room_words
from app.pages.settings.section import placed
from app.pages.shell import Updates, markdown
from app.presentation.i18n import t
from app.presentation.markdown import plain
from app.views.queue_view import storage_of
from app.views.settings_view import about_json
from memory.types.paths import shown

if TYPE_CHECKING:
    from app.assistant import Assistant


class StorageSection:
    """How much room the library takes, and when the disk will be full."""

    def __init__(self, assistant: Assistant) -> None:
        self._home, self._storage = assistant.home, storage_of(assistant)
        with placed(t("Storage"), "eb-set-storage"):
            self.room = markdown()
        self.outputs = [self.room]

    def show(self) -> Updates:
        """Counts, which takes a while where there are very many files."""
        home = plain(t("The library is in {home}.", home=shown(str(self._home))))
        return {self.room: f"{home}\n\n{room_words(self._storage.json())}"}


class AboutSection:
    """The version, whether anything leaves this computer, and the licences of the models."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        with placed(t("About"), "eb-set-about"):
            self.facts = markdown()
            with gr.Accordion(t("Licences of the models"), open=False):
                self.licences = markdown()
        self.outputs = [self.facts, self.licences]

    def show(self) -> Updates:
        """What there is to say."""
        about = about_json(self._assistant)
        lines = [plain(t("EgoButler {version}, Apache-2.0.", version=about.version)), ""]
        if about.leaves:
            lines += [t("Some models run elsewhere, as you chose:"), ""]
            lines += [f"- {plain(line)}" for line in about.leaves]
        else:
            lines.append(
                t(
                    "Nothing leaves this computer: recordings, questions and answers stay here. "
                    "Models are fetched only when you say so."
                )
            )
        licences = [
            f"- **{plain(one.name)}**: {plain(one.licence)} · {plain(one.purpose)}"
            for one in about.licences
        ]
        return {self.facts: "\n".join(lines), self.licences: "\n".join(licences)}
