"""A question that nobody waits for any more costs no more: whoever asks next has the model."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import httpx
import psutil
import pytest

from egogpt.weights.store import WeightStore
from memory.store.store import Store
from tests.faults.homes import environment
from tests.memory.lives import add, recording

START = 1_772_530_200.0
COLOURS = "red green blue yellow purple orange brown black white grey pink violet".split()
TALK = [
    f"The {colour} boat belongs to captain number {n} and lies in harbour {n * 7} since the storm."
    for n, colour in enumerate(COLOURS[:8])
]
LONG = {"question": "Which boats belong to which captain, and where do the boats lie?"}
LEAST = 1.5  # seconds of processor that the long question takes in any case
SPENT = 4.0  # … that may be spent after it was left: a batch of the prompt, and what runs beside


@contextmanager
def served(home: Path) -> Iterator[tuple[str, psutil.Process]]:
    """The address and the process of a server with a language model."""
    line = [sys.executable, "-m", "app", "serve", "--home", str(home), "--port", "0"]
    models = ["--preset", "standard"]
    child = subprocess.Popen(
        [*line, *models], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=environment(None),
    )  # fmt: skip
    try:
        assert child.stdout is not None
        said = iter(child.stdout.readline, "")
        address = next(w for one in said for w in one.split() if w.startswith("http://127"))
        yield address.rstrip("./"), psutil.Process(child.pid)
    finally:
        child.terminate()
        child.wait(60)


def processor(process: psutil.Process) -> float:
    """Seconds of processor that a process has used."""
    used = process.cpu_times()
    return float(used.user + used.system)


def settled(process: psutil.Process) -> float:
    """What it has used once it uses nothing to speak of any more."""
    before = processor(process)
    for _ in range(120):
        time.sleep(1)
        now = processor(process)
        if now - before < 0.1:
            return now
        before = now
    raise AssertionError("the server never came to rest")


def leave(address: str, path: str, process: psutil.Process) -> float:
    """Asks, and goes away once the server is at work; what it had used by then."""
    before = processor(process)
    connection = HTTPConnection(address.removeprefix("http://"))
    kind = {"Content-Type": "application/json"}
    connection.request("POST", path, json.dumps(LONG), kind)
    while processor(process) < before + LEAST:
        time.sleep(0.05)
    connection.close()
    return processor(process)


@pytest.mark.model
def test_a_question_that_is_left_stops_the_model_and_the_next_is_answered(tmp_path: Path) -> None:
    if not WeightStore().has("qwen-0.5b"):
        pytest.skip("needs the weights of qwen-0.5b")
    store = Store.open(tmp_path / "home")
    add(store, recording(START, len(TALK), "harbour"), TALK)
    store.close()
    with served(tmp_path / "home") as (address, process):
        settled(process)  # what is loaded ahead is loaded
        for path in ("/api/ask/stream", "/api/ask"):
            left = leave(address, path, process)
            assert settled(process) - left < SPENT, path
        begun = processor(process)
        reply = httpx.post(f"{address}/api/ask", json=LONG, timeout=300)
        answer = reply.json()
        assert "boat" in json.dumps(answer)
        assert not answer["abstained"]
        assert processor(process) - begun > SPENT, "the question is a long one: it could have cost"
