"""The documentation is true: every command in it is run, and every snippet works."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.commands.main import main
from app.core.settings import Settings
from app.notifications.delivery import signature
from app.server.server import create_app
from memory.store.store import Store
from tests.command_words import Keyboard, parsed
from tests.docs_home import ANNA, PASSPHRASE, Reader, settle
from tests.docs_pages import PAGES, ROOT, Block, Command, blocks, commands, outside_fences
from tests.memory.keeping import hurry

BLOCKS = [block for page in PAGES for block in blocks(page)]
SHELL = [block for block in BLOCKS if block.language == "sh"]
PYTHON = [block for block in BLOCKS if block.language == "python"]

# Commands that are only held against the parser, and why they are not run here.
NOT_RUN = {
    "egobutler serve": "stays until it is stopped; tests/app and tests/browser serve",
    "egobutler watch": "stays until it is stopped; tests/app/library/test_watch_commands.py",
    "egobutler mcp": "stays until its input ends; tests/app/tools/test_mcp.py",
    "egobutler models fetch": "needs a network",
    "egobutler models verify": "needs weights",
    "egobutler heads": "needs a language model; tests/app/models/test_head_commands.py",
    "egobutler audit": "needs a language model; tests/app/models/test_audit.py",
    "egobutler gates": "needs a language model; tests/egogpt/long_context/test_gate_study.py",
    "egobutler formulas": "needs a checkpoint; tests/app/commands/recordings/test_formulas.py",
    "EGOBUTLER_FORMULAS=": "needs a checkpoint; tests/app/commands/recordings/test_formulas.py",
    "egobutler landmark": "needs weights; tests/egogpt/llm/test_landmark_weights.py",
    "method=landmark": "needs weights; tests/egogpt/long_context/test_landmark_reader.py",
    "egobutler sinks": "needs a language model; tests/app/models/test_sink_commands.py",
    "egobutler calibrate-act": "needs a language model; tests/app/models/test_sink_commands.py",
    "egobutler summarise": "needs a language model; tests/app/models/test_summaries.py",
    "egobutler hooks add https://": "looks a name up in the network; one without is run",
    "egobutler hooks test": "needs somebody who listens; tests/app/notifications/test_api_hooks.py",
    "egobutler hooks remove": "needs one that was added; tests/app/notifications/test_api_hooks.py",
    "--captioner": "needs a model that sees; tests/app/models/test_captioner_choice.py",
    "--pictures": "needs an image–text model; tests/app/models/test_pictures.py",
    "--speech large-v3": "needs a network; tests/app/models/test_speech_choice.py",
    "--speech openai-whisper": "needs a network; tests/app/models/test_speech_choice.py",
    "egobutler cluster": "needs Ray; tests/ingest/cluster",
    "--on": "needs Ray; tests/ingest/cluster",
    "--accounts": "needs PostgreSQL; tests/app/auth/test_postgres.py",
    "ben.backup.tar": "moves somebody between two servers; tests/app/auth/test_postgres.py",
    "EGOBUTLER_CHAT=": "needs a language model",
}
# Commands that are run and rightly refused, where no model was fetched: what they must say.
REFUSED = {
    "egobutler share walk.mp4 --from 1:30 --to 2:10 --out clip.mp4": "models fetch",
}
# What stands in the pages for something else, and is found out when it is run.
PLACEHOLDERS = {"PRINT"}  # the id of a print of Anna's
# What people type when they are asked, where they sit at a terminal.
TYPED = {
    "egobutler forget": "forget\n",
    "egobutler people forget": "yes\n",
    "egobutler hooks add": "y\n",
}
# Commands that change nothing: once they are run on one page they are right on all others.
READING = {
    *("ask", "digest", "doctor", "habits", "models", "search"),
    *("service", "timeline", "transcript"),
}
PASSWORD = "a long password\n"  # read from standard input, where that is no terminal
# Commands that are not ours, and how it is known that they are right.
OTHERS = {
    "make": "its targets are looked up in the Makefile",
    "python": "the module is looked up",
    "curl": "sent to the app by another test here",
    "pip": "needs a network",
    "docker": "needs docker; tests/app/server/test_deploy.py reads the files",
    "tar": "tests/memory opens a backup by these steps",
    "age": "tests/memory opens a backup by these steps",
}


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Reader, Path]:
    """The reader, and a copy of all that is theirs, from before anything was typed."""
    root = tmp_path_factory.mktemp("docs")
    reader = Reader(root / "place")
    with pytest.MonkeyPatch.context() as patched:
        hurry(patched)
        settle(reader)
    return reader, Path(shutil.copytree(reader.place, root / "before"))


@pytest.fixture
def reader(settled: tuple[Reader, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """The reader as they begin a block of a page."""
    reader, _ = settled
    hurry(monkeypatch)
    begin_anew(settled)
    with mock.patch.dict(os.environ):
        for name in [one for one in os.environ if one.startswith("EGOBUTLER_")]:
            del os.environ[name]
        os.environ |= {
            "EGOBUTLER_HOME": str(reader.home),
            "EGOBUTLER_WEIGHTS": str(reader.place / "no-weights"),
            "EGOBUTLER_PRESET": "small",
            "EGOBUTLER_PASSPHRASE": PASSPHRASE,
            "XDG_CACHE_HOME": str(reader.place / "cache"),
            "HF_HUB_OFFLINE": "1",
        }
        monkeypatch.chdir(reader.desk)
        yield reader


@pytest.fixture(scope="module")
def has_run() -> set[str]:
    """The text of every command that was run."""
    return set()


def begin_anew(settled: tuple[Reader, Path]) -> None:
    """Puts everything back as it was before anything was typed."""
    reader, before = settled
    if reader.changed:
        shutil.rmtree(reader.place)
        shutil.copytree(before, reader.place)
    reader.changed = False


@pytest.mark.parametrize("block", SHELL, ids=lambda block: block.place)
def test_every_command_of_the_pages_does_what_it_says(
    block: Block,
    reader: Reader,
    settled: tuple[Reader, Path],
    has_run: set[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for command in commands(block):
        if command.words[0] != "egobutler":
            judge_other(command)
            continue
        parsed(command.words[1:])
        if command.words[1] in READING and command.text in has_run:
            continue
        has_run.add(command.text)
        # Each names something that the one before took along.
        if command.words[1] in ("forget", "share"):
            begin_anew(settled)
            os.chdir(reader.desk)
        if reason_not_to_run(command) is None:
            run(command, reader, capsys, monkeypatch)


def reason_not_to_run(command: Command) -> str | None:
    """Why a command is only parsed, None where it is run."""
    words = " ".join((*(f"{k}={v}" for k, v in command.environment.items()), *command.words))
    return next((why for part, why in NOT_RUN.items() if part in words), None)


def run(
    command: Command,
    reader: Reader,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Runs one command as the reader would, and looks at how it ended."""
    words = [meant(word, reader) for word in command.words]
    reader.changed |= command.words[1] not in READING or command.target is not None
    if command.words[1] == "restore" and not {"--replace", "--home"} & set(words):
        shutil.rmtree(reader.home)  # on a computer that has no home yet
    text = " ".join(command.words)
    typed = next((said for start, said in TYPED.items() if text.startswith(start)), None)
    monkeypatch.setattr(sys, "stdin", io.StringIO(PASSWORD) if typed is None else Keyboard(typed))
    with mock.patch.dict(os.environ, command.environment):
        status = main(words[1:])
    said = capsys.readouterr()
    refusal = next((told for start, told in REFUSED.items() if text.startswith(start)), None)
    assert (status == 0) is (refusal is None), f"{command.text}: {status}\n{said.err}{said.out}"
    assert (refusal or "") in said.err
    assert "Traceback" not in said.err
    if command.target is not None:
        assert said.out.strip(), f"{command.text} wrote nothing"
        Path(command.target).write_text(said.out)


def meant(word: str, reader: Reader) -> str:
    """A word as the shell, or the reader, would put it."""
    if word in PLACEHOLDERS:
        return _found(word, reader)
    word = re.sub(r"^~(?=/|$)", str(reader.own), word)
    return re.sub(r"^/media(?=/)", str(reader.media), word)


def _found(placeholder: str, reader: Reader) -> str:
    assert placeholder == "PRINT"
    store = Store.open(reader.home)
    try:
        return str(store.people.samples(store.people.get(ANNA).id, 1)[0].id)
    finally:
        store.close()


def judge_other(command: Command) -> None:
    """A command of another program: it is known, and what it names is there."""
    name, *rest = command.words
    assert name in OTHERS, f"{command.text}: say in OTHERS how this is known to be right"
    if name == "make":
        targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert rest[0] in targets
    if name == "python":
        module = rest[0] == "-m" and rest[1] != "pytest"
        file = f"{rest[1].replace('.', '/')}.py" if module else rest[2 * (rest[0] == "-m")]
        assert (ROOT / file).exists(), command.text


def test_every_reason_not_to_run_a_command_is_still_needed() -> None:
    told = " \n ".join(
        " ".join((*(f"{k}={v}" for k, v in command.environment.items()), *command.words))
        for block in SHELL
        for command in commands(block)
    )
    words = set(re.findall(r"\S+", told))
    assert not [part for part in (*NOT_RUN, *REFUSED, *TYPED) if part not in told]
    assert not PLACEHOLDERS - words


def test_no_command_hides_where_it_is_not_run() -> None:
    hidden = [
        f"{page.name}:{number}: {line.strip()}"
        for page in PAGES
        for number, line in outside_fences(page)
        if re.match(r"\s{4,}([A-Z_]+=\S+ )*(egobutler|python -m|curl|make) ", line)
    ]
    assert not hidden, "put these into a fenced block of sh"
    assert {block.language for block in BLOCKS} <= {"sh", "python", "json", "text"}


@pytest.mark.parametrize("block", PYTHON, ids=lambda block: block.place)
def test_what_is_imported_from_us_in_python_is_there(block: Block) -> None:
    for node in ast.walk(ast.parse(block.text)):
        if isinstance(node, ast.ImportFrom) and (ROOT / str(node.module).split(".")[0]).is_dir():
            there = made_in(str(node.module))
            assert not [one.name for one in node.names if one.name not in there]


def made_in(module: str) -> set[str]:
    """The names at the top of a module of ours, read and not imported: some import torch."""
    place = ROOT / module.replace(".", "/")
    file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    names: set[str] = set()
    body = ast.parse(file.read_text()).body
    for node in [
        *body,
        *(inner for part in body if isinstance(part, ast.If) for inner in part.body),
    ]:
        match node:
            case ast.FunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.Import() | ast.ImportFrom():
                names |= {one.asname or one.name for one in node.names}
            case ast.Assign() | ast.AnnAssign():
                names |= {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    return names


def test_the_example_knows_a_genuine_message() -> None:
    (block,) = (one for one in PYTHON if "def genuine" in one.text)
    made: dict[str, object] = {}
    exec(block.text, made)
    genuine = made["genuine"]
    assert callable(genuine)
    header = signature("secret", 1772530201, b"{}")
    assert genuine("secret", header, b"{}")
    assert not genuine("another", header, b"{}")
    assert not genuine("secret", header, b"{ }")


def test_json_of_the_pages_is_json() -> None:
    told = [json.loads(block.text) for block in BLOCKS if block.language == "json"]
    assert told


def test_what_is_sent_by_curl_is_answered(reader: Reader) -> None:
    sent = [one for block in SHELL for one in commands(block) if one.words[0] == "curl"]
    reader.changed = True
    butler = Assistant.open(Settings(reader.home, weights=reader.place / "no-weights"))
    try:
        with TestClient(create_app(butler), base_url="http://127.0.0.1:7860") as client:
            for command in sent:
                assert curl(client, list(command.words[1:])) == 200, command.text
    finally:
        butler.close()
    assert sent


def curl(client: TestClient, words: list[str]) -> int:
    """The status of a request, written as curl takes it."""
    headers, data = {}, None
    while words[0].startswith("-"):
        option, value, words = words[0], words[1], words[2:]
        if option == "-H":
            name, _, content = value.partition(": ")
            headers[name] = content
        else:
            assert option in ("-d", "--data")
            data = value
    (address,) = words
    method = "GET" if data is None else "POST"
    return client.request(method, address, headers=headers, content=data).status_code
