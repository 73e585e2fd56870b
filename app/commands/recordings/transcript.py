"""``egobutler transcript``: what was said in a recording, as subtitles, text or JSON.

Standard output holds the transcript and nothing else, so that it can be sent into a file.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

from typer import Option

from app.commands import base
from app.commands.options import CommandOptions, command, value, word
from app.core.errors import PersonError
from app.days.transcripts import FORMATS, find_recording, spoken_in
from app.presentation.rendering import number_of


@command()
def transcript(
    options: CommandOptions,
    recording: Annotated[str, word("RECORDING", "its id, or a part of its file name")],
    format: Annotated[Literal["vtt", "srt", "txt", "json"], Option()] = "txt",
    out: Annotated[Path | None, value("FILE", "write it there")] = None,
) -> None:
    """Print what was said in a recording, or write it to a file."""
    with base.assistant(options) as butler:
        named = find_recording(butler.store, recording)
        utterances = spoken_in(butler.store, named)
        text = FORMATS[format](utterances, named)
    if not utterances:
        base.say(f"Nothing that was said in {named.name} is known (yet).")
    if out is None:
        sys.stdout.write(text)
        return
    _write(out, text)
    be = "is" if len(utterances) == 1 else "are"
    options.show(f"{number_of(len(utterances), 'sentence')} of {named.name} {be} in {out}")
    options.result_line({"recording": named.id, "sentences": len(utterances), "file": str(out)})


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise PersonError(f"{path} cannot be written ({reason}); name another") from error
