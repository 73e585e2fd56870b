"""The command line: ``egobutler ingest | ask | timeline | serve | models | doctor | demo``.

Standard output carries the result (a line of JSON last, where a command speaks JSON); progress,
notes and errors go to standard error. Exit status: 0 all well, 1 something could not be done,
2 the words of the command are off, 130 interrupted.
"""

from __future__ import annotations

import argparse
import io
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app import (
    api_commands,
    clock_commands,
    commands,
    digest_commands,
    door_options,
    head_commands,
    hooks_commands,
    import_commands,
    keep_commands,
    mcp_commands,
    people_commands,
    privacy_commands,
    queue_commands,
    search_commands,
    share_commands,
    sink_commands,
    summary_commands,
    token_commands,
    transcript_commands,
    user_commands,
    verify_commands,
    watch_commands,
)
from egogpt.remote_address import ALLOW
from egogpt.telemetry import send_nothing
from egogpt.threads import wait_passively

AREAS = (
    watch_commands,
    queue_commands,
    summary_commands,
    import_commands,
    hooks_commands,
    mcp_commands,
    api_commands,
    people_commands,
    clock_commands,
    transcript_commands,
    verify_commands,
    privacy_commands,
    share_commands,
    head_commands,
    sink_commands,
    user_commands,
    token_commands,
    search_commands,
    digest_commands,
    keep_commands,
)


def port(text: str) -> int:
    """A port number from the command line."""
    number = int(text)
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError(f"{number} is not a port; choose 1024 to 65535")
    return number


def _common() -> argparse.ArgumentParser:
    """What every command takes: the home, and which models run."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--home", type=Path, help="the folder of the store")
    common.add_argument(
        "--preset", choices=("small", "standard", "large"), help="models (default: what fits here)"
    )
    common.add_argument("--language", help="the language spoken, e.g. en (default: detected)")
    common.add_argument(
        "--speech",
        metavar="NAME",
        help="the speech recogniser: whisper-base, large-v3, openai-whisper:base …, or none",
    )
    common.add_argument(
        "--captioner",
        metavar="NAME",
        help="what captions clips: composed (default), qwen-vl:FOLDER, qwen-omni:FOLDER …",
    )
    common.add_argument(
        "--allow-remote",
        action="store_true",
        help="let models that you named on other machines read your recordings' words and pictures",
    )
    common.add_argument(
        "--pictures",
        metavar="KIND:PLACE",
        help="an image–text model: siglip2:FOLDER, open_clip:MODEL/TAG …, recognised, or none",
    )
    return common


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="egobutler",
        description="Ask your own recordings, and watch the moment that answers.",
    )
    common = _common()
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")

    ingest = verbs.add_parser("ingest", parents=[common], help="add recordings, or folders of them")
    ingest.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files or folders")
    ingest.add_argument("--start", help="when the recording began, e.g. '2026-03-01 09:30'")
    ingest.add_argument("--timezone", help="where it was recorded, e.g. Europe/Berlin")
    ingest.add_argument("--day-one", help="the date of DAY1 in EgoLife's file names")
    ingest.add_argument("--copy", action="store_true", help="keep a copy of each file in the home")
    ingest.set_defaults(run=commands.ingest)

    _add_ask(verbs, common)

    timeline = verbs.add_parser("timeline", parents=[common], help="show a day")
    timeline.add_argument("day", help="e.g. 2026-03-01, today, yesterday")
    timeline.add_argument("--json", action="store_true", help="a line of JSON instead of text")
    timeline.set_defaults(run=commands.timeline)

    serve = verbs.add_parser("serve", parents=[common], help="open the web app")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=port, default=7860)
    door_options.add(serve)
    _add_reading(serve)
    serve.set_defaults(run=commands.serve)

    for area in AREAS:
        area.add_parsers(verbs, common)

    models = verbs.add_parser("models", parents=[common], help="list, fetch and verify weights")
    models.add_argument("action", nargs="?", choices=("list", "fetch", "verify"), default="list")
    models.add_argument("bundles", nargs="*", help="names (default: those of the preset)")
    models.set_defaults(run=commands.models)

    doctor = verbs.add_parser("doctor", parents=[common], help="check this machine and the store")
    doctor.add_argument("--json", action="store_true", help="a line of JSON and no more")
    doctor.set_defaults(run=commands.doctor)

    demo = verbs.add_parser("demo", parents=[common], help="a sample day, three questions, the app")
    demo.add_argument("--video", type=Path, help="a recording of yours instead of the sample day")
    demo.add_argument("--serve", type=int, choices=(0, 1), default=1)
    demo.add_argument("--port", type=port, default=7860)
    demo.set_defaults(run=commands.demo)
    return parser


def _add_ask(verbs: Any, common: argparse.ArgumentParser) -> None:
    ask = verbs.add_parser("ask", parents=[common], help="ask a question")
    ask.add_argument("question")
    ask.add_argument("--json", action="store_true", help="a line of JSON instead of text")
    ask.add_argument("--at", help="answer as at this time, e.g. '2026-03-01 18:00'")
    ask.add_argument(
        "--choice", action="append", metavar="TEXT", help="an answer to choose from; two or more"
    )
    for name, what in (
        ("person", "with this person"),
        ("place", "at this place"),
        ("device", "recorded by this device"),
    ):
        ask.add_argument(
            f"--{name}",
            action="append",
            default=[],
            metavar="NAME",
            help=f"search only moments {what}; may be given again for another",
        )
    ask.add_argument("--from", dest="begin", metavar="TIME", help="search only from this time on")
    ask.add_argument("--to", dest="end", metavar="TIME", help="search only until this time")
    ask.add_argument("--explain", action="store_true", help="show plan, interval and scores")
    ask.add_argument("--retriever", metavar="NAME", help="how to search (default: pyramid)")
    _add_reading(ask)
    ask.set_defaults(run=commands.ask)


def _add_reading(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--reading",
        metavar="HOW",
        help="notes (default): the best moments; long: all of the hour or day that is asked about; "
        "auto: that where it suits; long:PLACE with a model on this disk",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    # Before torch, FAISS or OpenMP are loaded: threads that spin while they wait starve each other.
    os.umask(0o077)  # what is written holds a life: nobody else on this computer reads it
    wait_passively()
    send_nothing()
    # A person reads sentences; the stack behind them is for whoever asks for it.
    level = logging.DEBUG if os.environ.get("EGOBUTLER_DEBUG") else logging.CRITICAL
    logging.basicConfig(level=level)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    if options.allow_remote:
        os.environ[ALLOW] = "1"
    try:
        return int(options.run(options))
    except commands.PersonError as error:
        print(f"egobutler: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever was reading has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"egobutler: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "egobutler: stopped; what was finished is kept, run it again to go on", file=sys.stderr
        )
        return 130


if __name__ == "__main__":
    sys.exit(main())
