"""Tools of the Library page: watched folders, clocks of cameras, room on the disk, what runs."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr

from app.api_models.library import StorageReply
from app.core.errors import Refusal
from app.library import clocks
from app.pages.event_context import owns_the_computer
from app.pages.messages import refusal, tell
from app.pages.shell import QUIET, Updates, markdown, ordered
from app.presentation.i18n import t, translate
from app.presentation.markdown import plain
from app.presentation.rendering import local_time
from app.routes.refusals import status_and_sentence
from app.views.library_tools_view import device_json, folder_json, moved_json, preview_markdown
from app.views.queue_view import storage_of
from ingest.errors import IngestError
from memory.types.paths import printable

if TYPE_CHECKING:
    from app.assistant import Assistant

_LOOK = 3.0  # seconds


def tools(assistant: Assistant) -> None:
    """Places them under the recordings; each reads when it is opened."""
    Folders(assistant)
    Clocks(assistant)
    _room(assistant)


class Folders:
    """Which folders are watched."""

    def __init__(self, assistant: Assistant) -> None:
        """Places the tool."""
        self._watched = assistant.watched
        with gr.Accordion(t("Watched folders"), open=False, elem_id="eb-folders") as tool:
            gr.Markdown(
                t(
                    "What comes into these folders is remembered by itself while EgoButler runs. "
                    "The files stay where they are."
                )
            )
            self._listed = markdown()
            self._path = gr.Textbox(
                label=t("Folder on this computer"),
                placeholder="/home/ada/Videos",
                max_length=4096,
                max_lines=1,
            )
            copy = gr.Checkbox(label=t("Keep a copy of each file in the library"))
            add = gr.Button(t("Watch this folder"))
            with gr.Row(visible=False, elem_classes="eb-removing") as self._removing:
                self._which = gr.Dropdown([], label=t("Watched folder"), scale=3)
                remove = gr.Button(t("Watch it no more"))
        outputs = [self._listed, self._path, self._removing, self._which]
        looking = gr.Timer(_LOOK, active=False)  # files come while it is open
        in_order, once = ordered("folders"), ordered("folders", "once")
        tool.expand(self.show, None, outputs, **in_order)
        tool.expand(lambda: gr.Timer(active=True), None, [looking], **in_order)
        tool.collapse(lambda: gr.Timer(active=False), None, [looking], **in_order)
        looking.tick(self.look, None, [self._listed], **once)
        gr.on([add.click, self._path.submit], self.add, [self._path, copy], outputs, **in_order)
        remove.click(self.remove, [self._which], outputs, **in_order)

    def look(self) -> str:
        """How they are by now, as Markdown."""
        return str(self.show()[self._listed])

    def add(self, path: Any, copy: bool) -> Updates:
        """Watches a folder from now on."""
        if not owns_the_computer():
            raise refusal(
                t("Folders are chosen by whoever runs this computer. Ask them, or add files.")
            )
        self._watched.add(readable(path), bool(copy))
        return self.show() | {self._path: ""}

    def remove(self, path: Any) -> Updates:
        """Watches a folder no more."""
        if not self._watched.remove(readable(path)):
            raise refusal(t("This folder is not watched."))
        return self.show()

    def show(self) -> Updates:
        """Every folder, and how it is."""
        folders = [folder_json(state) for state in self._watched.states()]
        lines = []
        for one in folders:
            words = [one.words, t("copies are kept") if one.copied else "", one.trouble]
            lines.append(f"- **{plain(one.name)}**: {plain(' · '.join(filter(None, words)))}")
        choices = [(one.name, one.path) for one in folders]
        return {
            self._listed: "\n".join(lines) or t("No folder is watched yet."),
            self._removing: gr.Row(visible=bool(folders)),
            self._which: gr.Dropdown(choices=choices, value=choices[0][1] if choices else None),
        }


class Clocks:
    """What the clocks of cameras are corrected by: a recording's true beginning says how much."""

    def __init__(self, assistant: Assistant) -> None:
        """Places the tool."""
        self._assistant, self._store = assistant, assistant.store
        with gr.Accordion(t("Clocks of your cameras"), open=False, elem_id="eb-clocks") as tool:
            gr.Markdown(
                t(
                    "If a camera's clock was wrong, set it right here once, and all that it "
                    "filmed moves along."
                )
            )
            self._listed = markdown()
            with gr.Column(visible=False) as self._setting:
                self._device = gr.Dropdown([], label=t("Camera"))
                self._start = gr.DateTime(label=t("Recorded on"), type="string", interactive=True)
                self._moves = markdown(elem_classes="eb-moves")
                with gr.Row(elem_classes="eb-buttons"):
                    correct = gr.Button(t("Set the clock"), variant="primary")
                    self._undo = gr.Button(t("Undo the last correction"), visible=False)
        outputs = [self._listed, self._setting, self._device, self._start, self._moves, self._undo]
        typed = [self._device, self._start]
        in_order = ordered("clocks")
        tool.expand(self.show, None, outputs, **in_order)
        self._device.input(self.show, [self._device], outputs, **in_order)
        last = ordered("clocks", "always_last")
        self._start.change(self.preview, typed, [self._moves], **last)
        correct.click(self.correct, typed, outputs, **in_order)
        self._undo.click(self.undo, [self._device], outputs, **ordered("clocks", "once"))

    def preview(self, device: Any, typed: Any) -> str:
        """What would move, as Markdown; nothing is changed."""
        try:
            seconds, same = self._correction(str(device or ""), typed)
            if same:
                return ""
            return preview_markdown(clocks.preview(self._store, str(device), seconds))
        except (IngestError, Refusal) as error:
            return plain(status_and_sentence(error)[1])

    def correct(self, device: Any, typed: Any) -> Updates:
        """Corrects the clock, for what is there and what will come."""
        seconds, _ = self._correction(str(device or ""), typed)
        tell(moved_json(clocks.set_clock(self._store, str(device), seconds)).words)
        return self.show(str(device))

    def undo(self, device: Any) -> Updates:
        """Takes the last correction back."""
        known = next((d for d in clocks.devices(self._store) if d.name == device), None)
        if known is None or known.before is None:
            raise Refusal(t("Nothing moves by that."))
        tell(moved_json(clocks.set_clock(self._store, known.name, known.before)).words)
        return self.show(known.name)

    def _correction(self, device: str, typed: Any) -> tuple[float, bool]:
        """The correction in seconds by which the newest recording begins as typed; is it new?"""
        newest = clocks.newest_of(self._store, device)
        if newest is None:
            raise Refusal(t("Nothing moves by that."))
        by = clocks.wall_clock(newest, str(typed)) - newest.start
        return newest.clock_offset + round(by), abs(by) < 1

    def show(self, chosen: Any = "") -> Updates:
        """Every camera, and how its clock is corrected; that of one to be set."""
        devices = clocks.devices(self._store)
        lines = []
        for one in devices:
            reply = device_json(one, self._assistant.timezone)
            words = " · ".join(filter(None, (reply.words, reply.correction)))
            lines.append(f"- **{plain(reply.name)}**: {plain(words)}")
        movable = [one for one in devices if one.name and one.movable]
        known = next((d for d in movable if d.name == chosen), movable[0] if movable else None)
        updates: Updates = {
            self._listed: "\n".join(lines) or t("No camera has filmed anything yet."),
            self._setting: gr.Column(visible=known is not None),
            self._moves: "",
        }
        if known is None:
            return updates
        newest = clocks.newest_of(self._store, known.name)
        if newest is not None:
            info = t("When did {name} really begin?", name=printable(newest.name))
            begins = f"{local_time(newest.start, newest.timezone):{clocks.WALL}}"
            updates[self._start] = gr.DateTime(begins, info=escape(info))
        undoes = known.before is not None and known.before != known.offset
        choices = [(printable(one.name), one.name) for one in movable]
        return updates | {
            self._device: gr.Dropdown(choices=choices, value=known.name),
            self._undo: gr.Button(visible=undoes),
        }


def _room(assistant: Assistant) -> None:
    storage = storage_of(assistant)

    def show() -> str:
        return room_words(storage.json())

    with gr.Accordion(t("Room on the disk"), open=False, elem_id="eb-room") as tool:
        room = gr.Markdown()
    tool.expand(show, None, [room], **QUIET)
    with gr.Accordion(t("What runs on this computer"), open=False, elem_id="eb-runs") as runs:
        models = gr.Markdown()

    def running() -> str:
        return plain(translate(assistant.preset_note))

    runs.expand(running, None, [models], **QUIET)


def room_words(room: StorageReply) -> str:
    """How much room each kind of files takes, as Markdown."""
    low = t(
        "Nothing more is taken in until there is room: delete recordings, or move the "
        "library to a larger disk."
    )
    lines = [plain(room.words), "", plain(room.forecast), ""]
    lines += [f"**{low}**", ""] if room.low else []
    return "\n".join([*lines, *(f"- {plain(f'{k.words}: {k.size}')}" for k in room.kinds)])


def readable(text: Any) -> str:
    """A name of a file. Raises gr.Error for what can be none."""
    try:
        str(text or "").encode()
    except UnicodeEncodeError as error:
        raise refusal(t("That name cannot be read.")) from error
    return str(text or "")
