"""Sentences and JSON on what would be, or was, forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from app.presentation.i18n import t
from app.presentation.labels import label_words
from app.presentation.time_text import moment_words
from app.privacy.retention import RetentionDue, size_of
from app.privacy.selection import Identity
from app.privacy.service import Forgot
from memory.db.disk_space import size_words
from memory.integrity.deletion_proof import DeletionProof
from memory.types.deletion import DeletionPlan, FileAction
from memory.types.paths import printable, shown

Json = dict[str, Any]
_NAMES = 5  # of recordings or people that are told by name


def why(reason: str) -> str:
    """Why a file is left alone, in the language of whoever is served."""
    known = {
        "it lies outside the home": t("it lies outside EgoButler's folder"),
        "it is not there now": t("it is not there now"),
        "a file of text is not cut": t("a file of text is not cut"),
        "other recordings are in it, too": t("other recordings are in it, too"),
        "another file has its name now": t("another file has its name now"),
    }
    return known.get(reason, reason)


def length(seconds: float) -> str:
    """``40 s``, ``12 min``, ``1 h 20 min``."""
    if seconds < 90:
        return t("{n} s", n=round(seconds))
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return t("{n} min", n=minutes)
    return t("{h} h {n} min", h=hours, n=minutes)


def preview_lines(loss: DeletionPlan, timezone: str) -> list[str]:
    """What would go, a sentence each."""
    return list(_preview(loss, timezone))


def _preview(loss: DeletionPlan, timezone: str) -> Iterator[str]:
    if not loss.parts:
        yield t("Nothing was recorded there: there is nothing to forget.")
        yield from _beside_line(loss)
        return
    time = length(loss.seconds)
    yield (
        t("One moment goes: {time} of recordings.", time=time)
        if loss.clips == 1
        else t("{n} moments go: {time} of recordings.", n=loss.clips, time=time)
    )
    ends = (loss.spans[0].start, loss.spans[-1].end)
    first, last = (moment_words(at, timezone, seconds=True) for at in ends)
    yield t("From {first} to {last}.", first=first, last=last)
    if loss.beyond >= 1:
        yield t("A moment goes as a whole: {time} more than you named.", time=length(loss.beyond))
    yield from _recording_lines(loss)
    yield from _beside_line(loss)
    gone = {person.id for person in loss.gone}
    if stay := [label_words(one.label) for one in loss.people if one.id not in gone]:
        yield t("Less will be known of {names}.", names=_some(stay))
    if gone:
        names = _some(label_words(person.label) for person in loss.gone)
        yield t("Known from nothing else, so forgotten with their names: {names}.", names=names)
    yield t("Summaries that spoke of it are written anew without it.")
    yield from _file_lines(loss.files, done=False)


def _recording_lines(loss: DeletionPlan) -> Iterator[str]:
    whole = [part.recording for part in loss.parts if part.whole]
    cut = [part.recording for part in loss.parts if not part.whole]
    names = _some(recording.name for recording in whole)
    if len(whole) == 1:
        yield t("A recording goes entirely: {names}.", names=names)
    elif whole:
        yield t("{n} recordings go entirely: {names}.", n=len(whole), names=names)
    if cut:
        names = _some(recording.name for recording in cut)
        yield (
            t("A recording loses a part: {names}.", names=names)
            if len(cut) == 1
            else t("{n} recordings lose a part: {names}.", n=len(cut), names=names)
        )
    trimmed = sum(len(part.trimmed) for part in loss.parts)
    if trimmed:
        yield (
            t("A moment stays but loses a sentence that reaches into what goes.")
            if trimmed == 1
            else t("{n} moments stay but lose a sentence that reaches into what goes.", n=trimmed)
        )


def _beside_line(loss: DeletionPlan) -> Iterator[str]:
    if loss.beside:
        names = _some(recording.name for recording in loss.beside)
        yield t("Other recordings of that time stay as they are: {names}.", names=names)


def _file_lines(files: Iterable[FileAction], *, done: bool) -> Iterator[str]:
    kinds: dict[str, list[FileAction]] = {"deleted": [], "cut": [], "left": []}
    for action in files:
        kinds[action.fate].append(action)
    counts = {kind: len(actions) for kind, actions in kinds.items()}
    words = _DONE if done else _TO_DO
    for kind in ("deleted", "cut"):
        if counts[kind]:
            yield words[kind, counts[kind] == 1](counts[kind])
    for action in kinds["left"]:
        yield t(
            "Left as it is: {path} ({why}). It still shows this.",
            path=printable(action.path),
            why=why(action.why),
        )


_TO_DO: dict[tuple[str, bool], Callable[[int], str]] = {
    ("deleted", True): lambda n: t("A file will be deleted."),
    ("deleted", False): lambda n: t("{n} files will be deleted.", n=n),
    ("cut", True): lambda n: t(
        "A file will be cut; its picture may end some seconds earlier and come back later."
    ),
    ("cut", False): lambda n: t(
        "{n} files will be cut; their pictures may end some seconds earlier and come back later.",
        n=n,
    ),
}
_DONE: dict[tuple[str, bool], Callable[[int], str]] = {
    ("deleted", True): lambda n: t("A file was deleted."),
    ("deleted", False): lambda n: t("{n} files were deleted.", n=n),
    ("cut", True): lambda n: t("A file was cut."),
    ("cut", False): lambda n: t("{n} files were cut.", n=n),
}


def identity_lines(identity: Identity) -> list[str]:
    """What goes of a person whose moments stay."""
    person = identity.person
    lines = [
        t(
            "The name, {faces} face prints and {voices} voice prints of {name} go.",
            faces=person.faces,
            voices=person.voices,
            name=label_words(person.label),
        ),
        t(
            "The moments with them stay; there they are somebody without a name, still to be seen "
            "and heard."
        ),
    ]
    if identity.mentions:
        lines.append(
            t(
                "{n} moments in which others say or show the name stay as they are.",
                n=identity.mentions,
            )
        )
    return lines


def result_lines(done: Forgot) -> list[str]:
    """What was done, and what a search for it found afterwards."""
    count = done.loss.clips
    singular = t("One moment is forgotten.")
    lines = [singular if count == 1 else t("{n} moments are forgotten.", n=count)]
    lines += _file_lines((file for file in done.files if file.fate != "left"), done=True)
    lines += _file_lines(done.undeleted, done=True)
    if not done.sealed:
        lines.append(
            t(
                "The database is compacted once nothing else reads it and the disk has room; its "
                "deleted parts hold zeros already."
            )
        )
    return [*lines, *gone_lines(done.proof)]


def gone_lines(gone: DeletionProof) -> list[str]:
    """What a search for the forgotten found."""
    lines = [printable(name) for name in gone.left]
    lines += [f"{printable(trace.where)}: {trace.how}" for trace in gone.traces]
    if gone.clean:
        lines.append(t("Checked: no row and no file of what was forgotten is left here."))
    return [*lines, *(printable(name) for name in gone.kept)]


def loss_json(loss: DeletionPlan) -> Json:
    """The preview for a program."""
    return {
        "clips": loss.clips,
        "seconds": round(loss.seconds, 3),
        "beyond": round(loss.beyond, 3),
        "spans": [[span.start, span.end] for span in loss.spans[:1000]],
        "recordings": [
            {"id": part.recording.id, "whole": part.whole, "clips": len(part.clips)}
            for part in loss.parts[:1000]
        ],
        "beside": [recording.id for recording in loss.beside[:1000]],
        "people": [person.label for person in loss.people],
        "people_gone": [person.label for person in loss.gone],
        "files": [file_json(file) for file in loss.files],
    }


def file_json(file_action: FileAction) -> Json:
    """What becomes of a file, for a program."""
    return {
        "path": shown(file_action.path),
        "fate": file_action.fate,
        "why": shown(file_action.why),
    }


def forgot_json(done: Forgot) -> Json:
    """The result for a program."""
    return {
        "clips": done.loss.clips,
        "seconds": round(done.loss.seconds, 3),
        "files": [file_json(file) for file in done.files],
        "left": [file_json(action) for action in done.undeleted],
        "sealed": done.sealed,
        "clean": done.proof.clean,
    }


def gone_json(gone: DeletionProof) -> Json:
    """The proof for a program."""
    return {
        "clean": gone.clean,
        "checked": gone.checked,
        "left": list(gone.left),
        "traces": [{"where": shown(trace.where), "how": trace.how} for trace in gone.traces],
        "outside": list(gone.kept),
    }


def due_lines(due: RetentionDue) -> list[str]:
    """What the rules remove."""
    if due.nothing:
        return [t("Nothing is due.")]
    lines = []
    if due.files:
        lines.append(
            t(
                "{n} files of recordings ({size}) are deleted; what was seen and said stays.",
                n=len(due.files),
                size=size_words(size_of(due.files)),
            )
        )
    if due.thinned:
        lines.append(t("{n} recordings keep only their summaries.", n=len(due.thinned)))
    if due.loss.parts:
        lines.append(
            t(
                "{n} moments are forgotten: {time} of recordings.",
                n=due.loss.clips,
                time=length(due.loss.seconds),
            )
        )
    return lines


def due_json(due: RetentionDue) -> Json:
    """What the rules remove, for a program."""
    return {
        "files": len(due.files),
        "thinned": len(due.thinned),
        "clips": due.loss.clips,
        "nothing": due.nothing,
    }


def _some(names: Iterable[str]) -> str:
    every = [printable(name) for name in names]
    listed = ", ".join(every[:_NAMES])
    return (
        listed
        if len(every) <= _NAMES
        else t("{names} and {n} more", names=listed, n=len(every) - _NAMES)
    )
