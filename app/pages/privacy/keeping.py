"""Keep it safe: an encrypted backup, everything in open formats, and how to get it back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import gradio as gr

from app.api_models.privacy import ArchiveReply
from app.backup.archives import Archive, ArchivesBusy, BadPassphrase
from app.backup.passphrases import LONGEST
from app.pages.privacy.shared import card, facts, status, unshown
from app.pages.shell import QUIET, Updates
from app.pages.working import LongWork
from app.presentation.i18n import t, translate
from app.presentation.markdown import plain
from memory.db.disk_space import size_words
from memory.types.errors import StoreError

if TYPE_CHECKING:
    from app.assistant import Assistant

# Hands a file that was made to the browser.
_SAVE = """(file) => { if (file) Object.assign(
document.createElement("a"), { href: file.address, download: file.name }).click(); }"""
_BACKUP = "egobutler-20260302T031500Z.backup.tar"


class KeepSection:
    """Archives that are made for the person's downloads."""

    def __init__(self, assistant: Assistant) -> None:
        """Places the section."""
        self._assistant = assistant
        with card("eb-safe"):
            gr.Markdown(f"## {t('Keep it safe')}")
            facts(t("A disk can break. Keep a copy on another one: a stick in a drawer will do."))
            self.last = status("eb-last-backup")
            self._backup_form()
            self._export_form()
            _restoring()
            self.address = gr.JSON(elem_id="eb-archive")
        self.changes = self._wire()

    def _backup_form(self) -> None:
        gr.Markdown(f"### {t('Back up now')}")
        with gr.Row():
            self.first = _secret(t("Passphrase"))
            self.second = _secret(t("The same passphrase again"))
        facts(
            t(
                "The backup is encrypted with it. Write it down: without it nobody, not even you, "
                "can open the backup."
            )
        )
        self._kept_files = gr.Checkbox(
            label=t("Include the recordings that are kept in the library, which may be very large")
        )
        self._back_up = gr.Button(t("Back up now"), variant="primary", elem_id="eb-back-up")
        self.backed_up = status("eb-backup-status")

    def _export_form(self) -> None:
        gr.Markdown(f"### {t('Export everything')}")
        facts(
            t(
                "A ZIP file in open formats that other programs can read. It is not encrypted: "
                "keep it where only you can get at it."
            )
        )
        self._all_files = gr.Checkbox(label=t("Include all recordings, wherever they lie"))
        self._exporting = gr.Button(t("Export everything"), elem_id="eb-export")
        self.exported = status("eb-export-status")

    def _wire(self) -> list[gr.events.Dependency]:
        backed_up = gr.on(
            [self._back_up.click, self.second.submit],
            self.back_up,
            [self.first, self.second, self._kept_files],
            [self.backed_up, self._back_up, self.first, self.second, self.address],
            trigger_mode="once",
            **QUIET,
        )
        for secret in (self.first, self.second):  # what is said is about others
            secret.input(None, None, [self.backed_up], js=unshown(0), **QUIET)
        exported = self._exporting.click(
            self.export, [self._all_files], [self.exported, self._exporting, self.address], **QUIET
        )
        for made in (backed_up, exported):
            made.success(None, [self.address], None, js=_SAVE, **QUIET)
        return [backed_up, exported]

    def last_words(self) -> str:
        """When the last backup was made, and what is damaged, as Markdown."""
        words, _ = self._assistant.archives.status(self._assistant.timezone)
        return f"**{plain(words)}**"

    def back_up(self, first: str, second: str, originals: bool) -> Iterator[Updates]:
        """An encrypted backup, where the passphrase was typed twice alike."""
        if first != second:
            words = t("The two passphrases differ. Type them again.")
            yield {self.backed_up: words, self.address: None}
            return
        archives = self._assistant.archives
        for updates in self._made(
            lambda: archives.backup(first, originals=originals), self.backed_up, self._back_up
        ):
            done = updates.get(self.address) is not None
            yield {**updates, **({self.first: "", self.second: ""} if done else {})}

    def export(self, originals: bool) -> Iterator[Updates]:
        """Everything in open formats."""
        archives = self._assistant.archives
        yield from self._made(
            lambda: archives.export(originals=originals), self.exported, self._exporting
        )

    def _made(
        self, make: Callable[[], Archive], shown: gr.Markdown, button: gr.Button
    ) -> Iterator[Updates]:
        """Has an archive made, and says where it is."""
        archives, since = self._assistant.archives, time.monotonic()
        work = LongWork(make)

        def words() -> str:
            return t(
                "Gathering and checking everything … {n} s. You may look at other pages meanwhile.",
                n=round(time.monotonic() - since),
            )

        for gathering in work.status(words):
            yield {shown: gathering, button: gr.Button(interactive=False), self.address: None}
        again = {button: gr.Button(interactive=True)}
        try:
            file = archives.offer(work.result())
        except (ArchivesBusy, BadPassphrase, StoreError) as error:
            yield {shown: plain(translate(str(error))), self.address: None, **again}
        else:
            address = {"address": file.address, "name": file.name}
            yield {shown: _made_words(file), self.address: address, **again}


def _secret(label: str) -> gr.Textbox:
    attributes = gr.InputHTMLAttributes(autocomplete="new-password")
    return gr.Textbox(
        label=label, type="password", max_length=LONGEST, max_lines=1, html_attributes=attributes
    )


def _restoring() -> None:
    commands = (
        (t("A backup, in place of what is here now:"), f"restore {_BACKUP} --replace"),
        (t("A backup, into a folder of its own:"), f"restore {_BACKUP} --home ~/restored"),
        (t("An export, into an empty library:"), "import egobutler-20260302.zip --home ~/new-home"),
    )
    first = t(
        "End EgoButler, open a terminal on this computer or on another, and give one of these "
        "commands."
    )
    lines = [f"{words}\n\n`egobutler {command}`" for words, command in commands]
    with gr.Accordion(t("How to get it back"), open=False):
        gr.Markdown("\n\n".join([first, *lines]))


def _made_words(file: ArchiveReply) -> str:
    size = size_words(file.bytes)
    there = t("It is in your downloads: {name} ({size}).", name=file.name, size=size)
    lines = [f"**{plain(there)}**", t("Move it to another disk.")]
    if file.trouble:
        damage = "\n".join(f"- {plain(line)}" for line in file.trouble_lines)
        lines += [f"**{plain(file.trouble)}**", damage]
    return "\n\n".join(lines)
