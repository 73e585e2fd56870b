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
from typing import Any

from app.core.errors import PersonError
from app.core.outgoing import outgoing_log
from egogpt.remote.address import ALLOW
from egogpt.runtime.no_telemetry import send_nothing
from egogpt.runtime.threads import wait_passively
from memory.types.errors import StoreError
from memory.types.paths import shown

# Each command: the module of ``app.commands`` that has it, and what help says of it, in its order.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "ingest": ("recordings.ingest", "add recordings, or folders of them"),
    "ask": ("questions.ask", "ask a question"),
    "timeline": ("questions.timeline", "show a day"),
    "serve": ("server.serve", "open the web app"),
    "setup": ("models.setup", "propose, fetch and keep the models that fit this machine"),
    "watch": ("recordings.watch", "remember what comes into folders"),
    "queue": ("recordings.queue", "see, hold or resume the work"),
    "retry": ("recordings.queue", "try again what was given up"),
    "summarise": ("recordings.summaries", "write summaries with a language model that you choose"),
    "import": ("recordings.imports", "add captions, transcripts or subtitles made elsewhere"),
    "hooks": ("server.hooks", "tell another program when a recording is finished"),
    "mcp": ("server.mcp", "let another assistant ask (MCP over stdin and stdout)"),
    "api": ("server.api", "describe the JSON API"),
    "people": ("questions.people", "who was met: list, name, merge, split, forget"),
    "clock": ("recordings.clock", "set right the clock of a camera, or a recording"),
    "transcript": ("recordings.transcript", "what was said, as subtitles"),
    "verify": ("data.verify", "check that the home is whole"),
    "forget": ("data.privacy", "delete a time, a day, a recording, a person or a place"),
    "retain": ("data.privacy", "remove what your rules say is old"),
    "connections": ("data.connections", "run another command, and say what it connected to"),
    "share": ("data.share", "cut a piece out to give away, faces covered"),
    "heads": ("models.heads", "find a language model's retrieval heads (sparse attention)"),
    "gates": ("models.gates", "distil SeerAttention's gates for a language model"),
    "sinks": ("models.sinks", "a language model's attention sinks"),
    "calibrate-act": ("models.sinks", "find heads for ACT (experimental)"),
    "users": ("server.users", "who may sign in: list, add, remove, password"),
    "tokens": ("server.tokens", "what programs may come in with: list, add, remove"),
    "search": ("questions.search", "find moments"),
    "digest": ("questions.digest", "a day in short, with its promises"),
    "backup": ("data.keep", "keep everything in one encrypted file"),
    "restore": ("data.keep", "bring a backup back"),
    "export": ("data.keep", "take everything out in open formats"),
    "service": ("data.keep", "print a systemd unit with the paths of this computer"),
    "models": ("models.models", "list, fetch and verify weights"),
    "doctor": ("doctor", "check this machine and the store"),
    "demo": ("demo", "a sample day, three questions, the app"),
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
        help="what captions clips: composed (default), gguf-vl:PLACE, qwen-vl:PLACE …",
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


class _Described:
    """Adds parsers of commands with the words that ``COMMANDS`` has for them."""

    def __init__(self, verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
        self._verbs = verbs

    def add_parser(self, name: str, **options: Any) -> argparse.ArgumentParser:
        """A parser of the command ``name``, with the other options of ``argparse``."""
        return self._verbs.add_parser(name, help=COMMANDS[name][1], **options)


def _parser(command: str = "") -> argparse.ArgumentParser:
    """The parser of one command; where none is named, of all of them without their options."""
    parser = argparse.ArgumentParser(
        prog="egobutler",
        description="Ask your own recordings, and watch the moment that answers.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")
    if command in COMMANDS:
        module = importlib.import_module(f"app.commands.{COMMANDS[command][0]}")
        module.add_parsers(_Described(verbs), _common())
    else:
        for name, (_, words) in COMMANDS.items():
            verbs.add_parser(name, help=words)
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
    outgoing_log()  # from now on it notes what is connected to
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
