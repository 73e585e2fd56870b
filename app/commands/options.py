"""CommandOptions that commands share, and how a function becomes a command that takes them."""

from __future__ import annotations

import copy
import functools
import inspect
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, Literal, ParamSpec, TypeAlias
from typing import get_args as arguments_of

import typer
from typer import Argument, Option

from app.core.settings import Settings
from memory.types.paths import shown

if TYPE_CHECKING:
    from app.api_models.base import Reply

Words = ParamSpec("Words")
Part: TypeAlias = str | tuple[str, str]  # a text, or a text and its style


def word(name: str, help: str = "") -> Any:
    """An argument that help calls ``name``."""
    return Argument(metavar=name, help=help)


def value(kind: str, help: str, *names: str) -> Any:
    """An option that takes a value, of a ``kind`` that help tells."""
    return Option(*names, metavar=kind, help=help)


def switch(name: str, help: str) -> Any:
    """An option that is there or not."""
    return Option(name, metavar="", help=help)


Yes = Annotated[bool, switch("--yes", "do not ask")]
_READING = (
    "notes (default): the best moments; long: all of the hour or day that is asked about; auto: "
    "that where it suits; long:NAME with that model (docs/models.md)"
)
Reading = Annotated[str | None, value("HOW", _READING)]

_ON = "what looks and listens: https://HOST:7861, ray://HOST:10001, or auto: this machine's cluster"
On = Annotated[str | None, value("ADDRESS", _ON)]


def _port(number: int) -> int:
    if not 0 <= number <= 65_535:
        raise typer.BadParameter(f"{number} is not a port; choose 1024 to 65535")
    return number


Port = Annotated[
    int, Option(metavar="PORT", callback=_port, help="1024 to 65535; 0: any that is free")
]


def _folder(text: str | None) -> str | None:
    if text == "":
        raise typer.BadParameter("is empty; name a folder, or leave the option out")
    return text


def _help(ctx: typer.Context, wished: bool) -> None:
    if wished:
        print(ctx.get_help())
        raise typer.Exit


Help = Annotated[
    bool,
    Option("--help", "-h", metavar="", help="show this and exit", callback=_help, is_eager=True),
]
_SPEECH = "the speech recogniser: whisper-base, large-v3, openai-whisper:base …, or none"
_CAPTIONER = "what captions clips: composed (default), gguf-vl:PLACE, qwen-vl:PLACE …"
_PICTURES = "an image–text model: siglip2:FOLDER, open_clip:MODEL/TAG …, recognised, or none"
_DATABASE = "a database that holds the accounts of several houses (docs/deploy.md)"
_REMOTE = "let models that you named on other machines read your recordings' words and pictures"


@dataclass(frozen=True, slots=True)
class CommandOptions:
    """What every command takes, and what it shows; None: not said, so the environment counts."""

    help: Help = False
    home: Annotated[
        str | None, Option(metavar="FOLDER", help="where everything is kept", callback=_folder)
    ] = None
    json: Annotated[bool, switch("--json", "print JSON, for programs")] = False
    preset: Annotated[
        Literal["small", "standard", "large"] | None, Option(help="default: what fits here")
    ] = None
    language: Annotated[
        str | None, value("CODE", "the language spoken: en (default: detected)")
    ] = None
    speech: Annotated[str | None, value("NAME", _SPEECH)] = None
    captioner: Annotated[str | None, value("NAME", _CAPTIONER)] = None
    pictures: Annotated[str | None, value("KIND:PLACE", _PICTURES)] = None
    allow_remote: Annotated[bool, switch("--allow-remote", _REMOTE)] = False
    accounts: Annotated[str | None, value("postgresql://…", _DATABASE)] = None
    house: Annotated[str | None, value("NAME", "this of the houses that share --accounts")] = None

    def settings(self, **more: object) -> Settings:
        """The settings that were said, with ``more`` of them by name."""
        named = {name: getattr(self, name) for name in (_MODELS | _SHARED) - {"allow_remote"}}
        return Settings.chosen(home=self.home and Path(self.home), **(named | more))

    def show(self, *parts: Part) -> None:
        """Writes a line of the result for a person: where JSON is asked for, to standard error."""
        write("stderr" if self.json else "stdout", *parts)

    def table(self, rows: list[tuple[str, ...]], *heads: str) -> None:
        """Shows rows of cells below their heads; wrapped to the width of a terminal only."""
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        stream = sys.stderr if self.json else sys.stdout
        table = Table(*heads, box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for row in rows:
            table.add_row(*map(Text, row))
        width = None if stream.isatty() else 10_000
        console = Console(file=stream, highlight=False, width=width)
        with console.capture() as drawn:
            console.print(table)
        for line in drawn.get().splitlines():
            print(line.rstrip(), file=stream)

    def result_line(self, value: object) -> None:
        """The last line of standard output, where JSON is asked for: as the API sends replies."""
        if self.json:
            json_line(value)


_SHARED = {"accounts", "house"}
_MODELS = {option.name for option in fields(CommandOptions)} - {"help", "home", "json"} - _SHARED


def write(stream: Literal["stdout", "stderr"], *parts: Part) -> None:
    """Writes a line, with the styles of its parts where a terminal shows it."""
    file = getattr(sys, stream)
    plain = "".join(part if isinstance(part, str) else part[0] for part in parts)
    if all(isinstance(part, str) for part in parts) or not file.isatty():
        print(plain, file=file, flush=True)
        return
    from rich.console import Console
    from rich.text import Text

    Console(file=file, highlight=False).print(Text.assemble(*parts), soft_wrap=True)


def json_line(value: object) -> None:
    """Writes a line of JSON to standard output."""
    print(shown(json.dumps(value, ensure_ascii=False, default=_reply_json)), flush=True)


def _reply_json(reply: Reply) -> object:
    return reply.model_dump(mode="json", by_alias=True)


def command(
    into: typer.Typer | None = None,
    name: str = "",
    *,
    models: bool = False,
    json: bool = True,
    accounts: bool = False,
) -> Callable[[Callable[Concatenate[CommandOptions, Words], int | None]], Callable[..., int]]:
    """Make a function of ``CommandOptions`` and its own words a command that Typer reads whole.

    It is added to the group ``into``; there ``list`` is what is done where no command is named, and
    what is said before the name of one counts for it. Where it is not about ``models`` or
    ``accounts``, their options are hidden, and taken all the same; only ``json`` has ``--json``.
    """

    def wrap(
        function: Callable[Concatenate[CommandOptions, Words], int | None],
    ) -> Callable[..., int]:
        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
        common = [
            _shared(option, hidden=not (accounts if option.name in _SHARED else models))
            for option in inspect.signature(CommandOptions, eval_str=True).parameters.values()
            if json or option.name != "json"
        ]

        @functools.wraps(function)
        def run(ctx: typer.Context, **values: Any) -> int:
            if ctx.invoked_subcommand is not None:
                return 0
            before = ctx.parent.params if ctx.parent else {}
            said: dict[str, Any] = {
                one.name: values.pop(one.name) or before.get(one.name) for one in common
            }
            if said["allow_remote"]:
                os.environ["EGOBUTLER_ALLOW_REMOTE"] = "1"
            return function(CommandOptions(**said), **values) or 0  # type: ignore[call-arg]

        context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
        named = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in (*own, *common)]
        signature = inspect.Signature([context, *named])
        run.__signature__ = signature  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in signature.parameters.values()}
        del run.__wrapped__
        if into is not None:
            into.command(name or function.__name__)(run)
            if name == "list":
                into.callback()(run)
        return run

    return wrap


def _shared(option: inspect.Parameter, *, hidden: bool) -> inspect.Parameter:
    """An option that commands share; those of models in a panel of their own, or ``hidden``."""
    if option.name not in _MODELS | _SHARED:
        return option
    kind, info = arguments_of(option.annotation)
    info = copy.copy(info)
    info.hidden, info.rich_help_panel = hidden, "Models" if option.name in _MODELS else None
    return option.replace(annotation=Annotated[kind, info])


def exclusive(**chosen: object) -> None:
    """Raises BadParameter where more than one of these options was given."""
    given = [f"--{name}" for name, value in chosen.items() if value]
    if len(given) > 1:
        raise typer.BadParameter(f"{' and '.join(given)} do not go together; choose one")


def group(help: str, *, lists: bool = True) -> typer.Typer:
    """A command of several commands, which are added to it; alone it runs its "list", or helps."""
    return typer.Typer(
        help=help,
        add_completion=False,
        invoke_without_command=lists,
        no_args_is_help=not lists,
        context_settings={} if lists else {"help_option_names": ["-h", "--help"]},
        rich_markup_mode=markup(),
    )


def markup() -> Literal["rich", None]:
    """How help is drawn: with panels and colours on a terminal, else plainly."""
    return "rich" if sys.stdout.isatty() else None
