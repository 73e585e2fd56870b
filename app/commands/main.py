"""The command line: ``egobutler ingest | ask | timeline | serve | models | doctor | demo``.

Standard output carries the result (a line of JSON last, where a command speaks JSON); progress,
notes and errors go to standard error. Exit status: 0 all well, 1 something could not be done,
2 the words of the command are off, 130 interrupted.
"""

from __future__ import annotations

import argparse
import codecs
import importlib
import io
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.core.errors import PersonError
from egogpt.remote.address import ALLOW
from egogpt.runtime.no_telemetry import send_nothing
from egogpt.runtime.threads import wait_passively
from memory.types.errors import StoreError
from memory.types.paths import shown

# The commands of each module of ``app.commands``, in the order in which help lists them.
AREAS: Mapping[str, tuple[str, ...]] = {
    "recordings.ingest": ("ingest",),
    "questions.ask": ("ask",),
    "questions.timeline": ("timeline",),
    "server.serve": ("serve",),
    "recordings.watch": ("watch",),
    "recordings.queue": ("queue", "retry"),
    "recordings.summaries": ("summarise",),
    "recordings.imports": ("import",),
    "server.hooks": ("hooks",),
    "server.mcp": ("mcp",),
    "server.api": ("api",),
    "questions.people": ("people",),
    "recordings.clock": ("clock",),
    "recordings.transcript": ("transcript",),
    "data.verify": ("verify",),
    "data.privacy": ("forget", "retain"),
    "data.share": ("share",),
    "models.heads": ("heads",),
    "models.sinks": ("sinks", "calibrate-act"),
    "server.users": ("users",),
    "server.tokens": ("tokens",),
    "questions.search": ("search",),
    "questions.digest": ("digest",),
    "data.keep": ("backup", "restore", "export", "service"),
    "models.models": ("models",),
    "doctor": ("doctor",),
    "demo": ("demo",),
}


def _common() -> argparse.ArgumentParser:
    """What every command takes: the home, and which models run."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--home", type=_folder, help="the folder of the store")
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


def _folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("is empty; name a folder, or leave the option out")
    return Path(text)


def _parser(command: str = "") -> argparse.ArgumentParser:
    """The parser of one command, whose module alone is imported; of all where none is named."""
    parser = argparse.ArgumentParser(
        prog="egobutler",
        description="Ask your own recordings, and watch the moment that answers.",
    )
    common = _common()
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")

    areas = [area for area, commands in AREAS.items() if command in commands] or AREAS
    for area in areas:
        importlib.import_module(f"app.commands.{area}").add_parsers(verbs, common)

    return parser


def _as_shown(error: UnicodeError) -> tuple[str | bytes, int]:
    """What a stream writes instead of letters that it cannot hold, such as those of odd names."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = shown(error.object[error.start : error.end])
    try:
        return text.encode(error.encoding), error.end
    except UnicodeEncodeError:
        return codecs.backslashreplace_errors(error)


codecs.register_error("shown", _as_shown)


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
            stream.reconfigure(errors="shown")
    words = sys.argv[1:] if arguments is None else list(arguments)
    options = _parser(words[0] if words else "").parse_args(words)
    if options.allow_remote:
        os.environ[ALLOW] = "1"
    try:
        return int(options.run(options))
    except (PersonError, StoreError) as error:
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
