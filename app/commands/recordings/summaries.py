"""``egobutler summarise``: writes the summaries that are due, with the model chosen for them."""

from __future__ import annotations

from typing import Annotated

from app.commands import base
from app.commands.options import CommandOptions, command, value
from app.commands.recordings.queue import summaries_of
from app.core.errors import PersonError
from app.models.errors import MODEL_ERRORS
from app.presentation.progress_line import ProgressLine


@command(models=True)
def summarise(
    options: CommandOptions,
    model: Annotated[
        str | None, value("NAME", "qwen-1.5b, openai:MODEL@URL … (default: EGOBUTLER_SUMMARIES)")
    ] = None,
) -> None:
    """Write the summaries that are due; status 1 where the model cannot go on."""
    with base.assistant(options, summaries=model) as butler:
        if butler.by_choice.writer.name is None:
            raise PersonError(
                "no model was chosen to write summaries; they are extracts. Choose one with "
                "--model NAME or EGOBUTLER_SUMMARIES=NAME (docs/summaries.md)"
            )
        base.say(butler.preset_note)
        try:
            with ProgressLine() as line:
                done = butler.summarise(
                    lambda done, more: line.update(
                        "Summaries:", f" {done:,} of {done + more:,}", done, done + more
                    )
                )
        except MODEL_ERRORS as error:
            reason = str(error).rstrip(".")
            raise PersonError(f"{reason}. What was written is kept.") from error
        report = butler.queue.report()
        options.show(f"{summaries_of(done)} seen to, {report.to_write} left")
        options.result_line({"done": done, "left": report.to_write})
