"""The command line: ``egobutler ask | ingest | serve …``, each in a module of its own.

Standard output carries the result (with ``--json`` a line of JSON); progress, notes and errors go
to standard error. Exit status: 0 all well, 1 something could not be done, 2 the words of the
command are off, 130 interrupted.
"""

from __future__ import annotations

import codecs
import importlib
import io
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from itertools import groupby
from keyword import iskeyword
from typing import Annotated, Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from app.commands.options import Help, markup
from app.core.errors import PersonError
from app.core.outgoing import outgoing_log
from egogpt.runtime.no_telemetry import send_nothing
from egogpt.runtime.threads import wait_passively
from memory.types.errors import StoreError
from memory.types.paths import shown

# Each command by its group: the module of ``app.commands`` that has it, and what help says of it.
GROUPS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "Ask and look": {
        "ask": ("questions.ask", "ask a question"),
        "compare": ("questions.compare", "which of two settings answers your questions better"),
        "search": ("questions.search", "find moments"),
        "timeline": ("questions.timeline", "show a day"),
        "digest": ("questions.digest", "a day in short, with its promises"),
        "habits": ("questions.habits", "how time was spent, and what is usual about now"),
        "review": ("questions.review", "names and promises, asked before they are forgotten"),
        "transcript": ("recordings.transcript", "what was said, as subtitles"),
    },
    "Bring in": {
        "ingest": ("recordings.ingest", "add recordings, or folders of them"),
        "cluster": ("recordings.cluster", "look and listen on several machines"),
        "watch": ("recordings.watch", "remember what comes into folders"),
        "import": ("recordings.imports", "add captions, transcripts or subtitles made elsewhere"),
        "queue": ("recordings.queue", "see, hold or resume the work"),
        "retry": ("recordings.queue", "try again what was given up"),
        "formulas": ("recordings.formulas", "read formulas in view, with a checkpoint of yours"),
        "clock": ("recordings.clock", "set right the clock of a camera, or a recording"),
        "summarise": ("recordings.summaries", "write summaries with a model that you choose"),
    },
    "Keep private": {
        "forget": ("data.privacy", "delete a time, a day, a recording, a person or a place"),
        "retain": ("data.privacy", "remove what your rules say is old"),
        "share": ("data.share", "cut a piece out to give away, faces covered"),
        "connections": ("data.connections", "run a command, and say what it connected to"),
        "verify": ("data.verify", "check that the home is whole"),
        "backup": ("data.keep", "keep everything in one encrypted file"),
        "restore": ("data.keep", "bring a backup back"),
        "export": ("data.keep", "take everything out in open formats"),
    },
    "People": {"people": ("questions.people", "who was met: list, name, merge, split, forget")},
    "Serve": {
        "serve": ("server.serve", "open the web app"),
        "demo": ("demo", "a sample day, three questions, the app"),
        "users": ("server.users", "who may sign in: list, add, remove, password"),
        "tokens": ("server.tokens", "what programs may come in with: list, add, remove"),
        "grants": ("server.grants", "who may ask your memories: list, give, end"),
        "hooks": ("server.hooks", "tell another program when a recording is finished"),
        "mcp": ("server.mcp", "let another assistant ask (MCP over stdin and stdout)"),
        "api": ("server.api", "describe the JSON API"),
        "service": ("data.keep", "print a systemd unit with the paths of this computer"),
        "doctor": ("doctor", "check this machine and the store"),
    },
    "Models": {
        "setup": ("models.setup", "propose, fetch and keep the models that fit this machine"),
        "models": ("models.models", "list, fetch and verify weights"),
        "audit": (
            "models.audit",
            "does a model obey orders found in recordings? then do not trust it",
        ),
    },
    "Research": {
        "heads": ("models.heads", "find a language model's retrieval heads (sparse attention)"),
        "gates": ("models.gates", "distil SeerAttention's gates for a language model"),
        "landmark": ("models.landmark", "put Landmark Attention's released weights on LLaMA-7B's"),
        "sinks": ("models.sinks", "a language model's attention sinks"),
        "calibrate-act": ("models.sinks", "find heads for ACT (experimental)"),
    },
}
_WIDTH = 100  # columns of help where no terminal says how many there are


class _NotBegun(KeyboardInterrupt):
    """Interrupted while a command was being loaded."""


class _Lazy(TyperCommand):
    """A command whose module is imported when it is run."""

    def __init__(self, name: str, module: str, **more: Any) -> None:
        super().__init__(name, rich_markup_mode=markup(), **more)
        self._module = module

    def make_context(self, *words: Any, **more: Any) -> Any:
        """The context of the command itself."""
        try:
            module = importlib.import_module(f"app.commands.{self._module}")
        except KeyboardInterrupt:
            raise _NotBegun from None
        name = str(self.name).replace("-", "_")
        command = getattr(module, f"{name}_" if iskeyword(name) else name)
        if isinstance(command, typer.Typer):
            made: Any = typer.main.get_group(command)
        else:
            alone = typer.Typer(add_completion=False, rich_markup_mode=self.rich_markup_mode)
            alone.command(self.name)(command)
            made = typer.main.get_command(alone)
        for one in (made, *getattr(made, "commands", {}).values()):
            for argument in one.params:
                if isinstance(argument, TyperArgument):  # its name says what it is
                    vars(argument)["display_type_rich"] = lambda ctx: ""
        return made.make_context(*words, **more)


class _Commands(TyperGroup):
    """All commands; where help is plain, too, in their groups."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Writes a section for each group."""
        listed = [one for one in self.commands.values() if not one.hidden]
        for panel, commands in groupby(listed, lambda one: getattr(one, "rich_help_panel", "")):
            with formatter.section(panel):
                formatter.write_dl([(str(one.name), one.help or "") for one in commands])


def program() -> TyperGroup:
    """The command ``egobutler`` with all others, none of whose modules is imported."""
    app = typer.Typer(
        cls=_Commands,
        rich_markup_mode=markup(),
        context_settings={"help_option_names": [], "terminal_width": _width()},
    )
    app.callback(invoke_without_command=True)(_egobutler)
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    for panel, commands in GROUPS.items():
        for name, (module, words) in commands.items():
            group.add_command(_Lazy(name, module, help=words, rich_help_panel=panel))
    module, _ = GROUPS["Bring in"]["summarise"]
    group.add_command(_Lazy("summarise", module, hidden=True), "summarize")
    for option in group.params:
        if isinstance(option, TyperOption) and option.is_flag:
            option.metavar = ""  # no type in help
    return group


def _width() -> int | None:
    return None if sys.stdout.isatty() else _WIDTH


def _version(wished: bool) -> None:
    if wished:
        from importlib.metadata import version

        print(f"egobutler {version('egobutler')}")
        raise typer.Exit


def _egobutler(
    ctx: typer.Context,
    help: Help = False,
    version: Annotated[
        bool, typer.Option("--version", help="print the version", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Ask your own recordings, and watch the moment that answers."""
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())
        raise typer.Exit(2)


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
    try:
        return _run(sys.argv[1:] if arguments is None else list(arguments))
    except typer.Exit as end:  # of --help and the like
        return end.exit_code
    except typer.TyperException as error:
        return _off(error)
    except BrokenPipeError:  # whoever was reading has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if not isinstance(error, _for_people()):
            raise
        logging.getLogger(__name__).debug("what was behind it", exc_info=True)
        return _failed(error)
    except _NotBegun:
        raise
    except KeyboardInterrupt:
        _failed("stopped; what was finished is kept, run it again to go on")
        return 130


def _run(words: list[str]) -> int:
    command = program()
    if "_EGOBUTLER_COMPLETE" in os.environ:  # a shell asks what could come next
        command.main(words, prog_name="egobutler")
    with command.make_context("egobutler", words) as context:
        return int(command.invoke(context) or 0)


def _for_people() -> tuple[type[Exception], ...]:
    """Errors whose text says what happened, to which file, and what to do."""
    from app.auth.errors import AccountsError
    from app.models.errors import MODEL_ERRORS
    from ingest.errors import IngestError

    return (PersonError, StoreError, OSError, ValueError, AccountsError, IngestError, *MODEL_ERRORS)


def _failed(what: object) -> int:
    print(f"egobutler: {what}", file=sys.stderr)
    return 1


def _off(error: typer.TyperException) -> int:
    """Says what is off about the words of a command, and where it is said how they are meant."""
    what = error.format_message().removeprefix("Invalid value: ").replace("Value error, ", "")
    if alike := getattr(error, "possibilities", None):
        what = f"{getattr(error, 'message', what)}. Did you mean {' or '.join(sorted(alike))}?"
    context = getattr(error, "ctx", None)
    option = getattr(error, "option_name", None)
    if option and context is not None and context.parent is None:
        what = f"options stand behind the name of a command: egobutler COMMAND {option}"
    _failed(f"{what[:1].lower()}{what[1:].rstrip('.')}")
    if context is not None:
        usage = context.get_usage().replace("{", "").replace("}", "")
        print(f"{usage}\nFor more: {context.command_path} --help", file=sys.stderr)
    return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
