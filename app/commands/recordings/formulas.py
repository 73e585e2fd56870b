"""``egobutler formulas CHECKPOINT``: formulas on whiteboards become text in view, as LaTeX."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, Option

from app.commands import base
from app.commands.options import CommandOptions, command, value
from app.core.errors import PersonError
from app.days.transcripts import find_recording
from app.models.model_set import composed_captioner
from app.presentation.progress_line import IngestLine
from app.presentation.rendering import number_of
from app.search.regions import RegionService
from egorag.handlers.texts_read import is_formula
from ingest.stages.identity_stage import recaption
from ingest.vision.detectors.formulas import FormulaReader
from ingest.vision.formulas import read_formula
from memory.types.core import Recording, Sighting, Span

if TYPE_CHECKING:
    from app.assistant import Assistant

_LOOKED_AT = 1.0  # seconds that such a formula is said to be in view, at least


def _box(text: str | None) -> tuple[float, float, float, float]:
    if text is None:
        return 0.0, 0.0, 1.0, 1.0
    try:
        left_edge, top, right, bottom = (float(side) for side in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not four numbers: 0.1,0.2,0.9,0.6") from None
    if not (0 <= left_edge < right <= 1 and 0 <= top < bottom <= 1):
        raise typer.BadParameter(f"{text} is no part of a picture, which goes from 0,0 to 1,1")
    return left_edge, top, right, bottom


@command(models=True)
def formulas(
    options: CommandOptions,
    checkpoint: Annotated[
        Path,
        Argument(
            metavar="CHECKPOINT", envvar="EGOBUTLER_FORMULAS",
            help="of PosFormer or CoMER, a .ckpt file of PyTorch Lightning",
        ),
    ],
    recording: Annotated[
        str | None, value("RECORDING", "only this one: its id, or a part of its file name")
    ] = None,
    at: Annotated[
        float | None, Option(metavar="SECONDS", min=0, help="only its picture there …")
    ] = None,
    region: Annotated[
        str | None, value("LEFT,TOP,RIGHT,BOTTOM", "… and this part of it, as fractions")
    ] = None,
) -> None:  # fmt: skip
    """Read formulas in view of recordings, where text in view looks like mathematics.

    With EGOBUTLER_FORMULAS=CHECKPOINT new recordings are read as they come.
    """
    marked = _box(region)
    if (at is None) != (region is None) or (at is not None and recording is None):
        raise PersonError("a part of a picture is named by --recording, --at and --region together")
    reader = FormulaReader.load(checkpoint.expanduser())
    chosen = {"formulas": str(checkpoint)}
    with base.assistant(options, writes=True, **chosen) as butler:
        all_of_them = [one for one in butler.store.recordings.all() if one.has_video]
        wished = [find_recording(butler.store, recording)] if recording else all_of_them
        if at is not None:
            _read_marked(butler, wished[0], at, marked, reader)
        else:
            _read_all(butler, wished)
        seen = [(one, sighting) for one in wished for sighting in _formulas(butler, one)]
    for one, sighting in seen:
        options.show(f"{one.name}  {sighting.span.start - one.start:7.1f} s  {sighting.what}")
    words = f"{number_of(len(seen), 'formula')} in {number_of(len(wished), 'recording')}"
    options.show(f"{words}: ask what the formula on the whiteboard was")
    options.result_line({"recordings": len(wished), "formulas": [one.what for _, one in seen]})


def _read_all(butler: Assistant, recordings: list[Recording]) -> None:
    """Do what is not done yet of these recordings, formulas among it."""
    files = {one.name: butler.store.original(one) for one in recordings}
    for name in (name for name, path in files.items() if path is None):
        base.say(f"{name} is not looked at: its file is not here")
    with IngestLine(butler.queue.report, butler.queue.work.executor.progress) as line:
        paths = [path for path in files.values() if path is not None]
        results = butler.ingest(paths, on_progress=line.show)
    for result in results:
        if result.status not in ("indexed", "already"):
            base.say(result.message)


def _read_marked(
    butler: Assistant, recording: Recording, second: float,
    marked: tuple[float, float, float, float], reader: FormulaReader,
) -> None:  # fmt: skip
    """Read one part of one picture; the same part of the same picture replaces what it was."""
    store = butler.store
    frame = RegionService(store, butler.brains, lambda: butler.timezone).frame(recording, second)
    found = read_formula(reader, frame.image, marked)
    clips = [clip for clip in store.recordings.clips(recording.id) if clip.span.contains(frame.at)]
    if found is None or not clips:
        raise PersonError("nothing that could be a formula is written there")
    span = Span(frame.at, max(frame.at, min(frame.at + _LOOKED_AT, clips[0].span.end)))
    new = Sighting(span, "text", found.what, found.confidence, marked)
    stage = f"formula at {second:.1f} s in {marked}"
    with store.database.transaction():
        store.perceptions.write_sightings(stage, reader.version, {clips[0].id: [new]})
        recaption(store, composed_captioner(), [clips[0].id])


def _formulas(butler: Assistant, recording: Recording) -> list[Sighting]:
    clips = butler.store.recordings.clips(recording.id)
    seen = (one for clip in clips for one in butler.store.perceptions.sightings(clip.id))
    return list({one.what: one for one in seen if is_formula(one)}.values())
