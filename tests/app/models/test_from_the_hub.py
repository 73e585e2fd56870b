"""From a hub to answers: each kind is fetched by the command, and then captions, finds and looks.

The hub is on this machine and its checkpoints are tiny and random, in their makers' layout, under
their makers' names. ``bring`` is the command that fetches: a set-up that does so may stand there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.assistant import Assistant
from app.commands.main import main
from app.core.settings import Settings
from egogpt.embedders.image_registry import load_picture_embedder
from egogpt.protocols.model_names import parse
from egogpt.registry import load_captioner, load_chat
from egogpt.weights.hub_cache import find
from egogpt.weights.store import WeightStore
from egorag.generation.prompts import look_messages
from kernels.native.build import library
from memory.types.core import Clip, Frame, Observation, Span
from tests.app.homes import MORNING, Line, remember
from tests.egogpt.hub.server import LoopbackHub
from tests.egogpt.hub.shelf import PICTURES, SEEING, shelf
from tests.media import make_video, scene

DAY = "2026-03-02"
OMNI = "qwen-omni:Qwen/Qwen2.5-Omni-3B"
SMOL = "smolvlm:HuggingFaceTB/SmolVLM2-500M-Video-Instruct"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackHub]:
    place = tmp_path_factory.mktemp("hub")
    library()  # from the cache that all tests share, or it is compiled for these alone
    with shelf(place / "made").running() as made, pytest.MonkeyPatch.context() as patch:
        made.lead_there(patch, place / "cache")
        patch.setenv("EGOBUTLER_WEIGHTS", str(place / "weights"))
        patch.setenv("XDG_CACHE_HOME", str(place / "user"))
        patch.setattr("egogpt.vlm.base.MAX_TOKENS", 6)
        patch.setattr("app.models.visual_recheck._TOKENS", 12)
        yield made


def bring(home: Path, *names: str) -> None:
    assert main(["models", "fetch", *names, "--home", str(home)]) == 0


def test_every_kind_that_sees_is_fetched_by_its_name_and_captions_and_looks(
    hub: LoopbackHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(tmp_path, *SEEING)
    said = capsys.readouterr().err
    hub.asked.clear()
    frames = tuple(Frame(float(at), scene(at, 320, 180)) for at in range(2))
    observation = Observation(Clip("c1", "r1", Span(0, 30)), frames=frames)
    for name in SEEING:
        assert f"{name} is here" in said
        assert load_captioner(f"{name}?frames=2").caption(observation).strip(" .,"), name
        asked = look_messages(frames, "What colour is the wall?")
        looked = load_chat(name, WeightStore()).complete(asked, max_tokens=6)
        assert looked.strip(" .,"), name
    assert hub.asked == [], "what was fetched is used without a network"


def test_every_model_of_pictures_is_fetched_and_finds_the_moment_that_it_is_asked_for(
    hub: LoopbackHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(tmp_path, *PICTURES)
    for number, name in enumerate(PICTURES):
        home = tmp_path / f"home {number}"
        butler = Assistant.open(Settings(home, preset="small", pictures=name))
        remember(butler.store, "walk", MORNING, [Line("I walk.")] * 9, tmp_path / "no film")
        butler.queue.work.catch_up(None)
        # One picture is what the words say, as a trained model would find it.
        lens = load_picture_embedder(name)
        kept = butler.store.pictures.missing("nobody")[5]
        butler.store.pictures.put(lens.name, [kept], lens.embed_documents(["a photo of zebra"]))
        butler.close()
        capsys.readouterr()
        find = ["search", "looks:zebra", "--json", "--home", str(home), "--preset", "small"]
        assert main([*find, "--pictures", name]) == 0
        (moment,) = json.loads(capsys.readouterr().out.splitlines()[-1])["moments"]
        assert moment["clip"] == kept.clip_id


def test_from_nothing_to_captions_an_answer_that_looked_and_a_day_that_was_read(
    hub: LoopbackHub,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bring(tmp_path, OMNI, "small")
    walk = make_video(tmp_path / "walk.mp4", [scene(1), scene(2)], seconds=8, fps=4, gop=4)
    home = ("--home", str(tmp_path / "home"), "--preset", "small")
    chosen = ("--captioner", OMNI, "--speech", "small", "--timezone", "UTC", "--explain")
    assert main(["ingest", str(walk), *home, *chosen, "--start", f"{DAY} 10:00"]) == 0
    told = capsys.readouterr()
    assert re.search(r"(\d+) frames sampled, \d+ tokens of \d+ by uniqueness", told.err)
    assert re.search(r"VAR in 1 head, \d+\.\d % of attention moved from sinks", told.err)
    assert "Captions are written by qwen-omni:Qwen2.5-Omni-3B." in told.err
    assert "could not be fetched" not in told.err
    assert "small, as you chose: small." in told.err, "speech is not called off"
    assert "Speech is off" not in told.err

    monkeypatch.setenv("EGOBUTLER_LOOK", OMNI)
    assert main(["ask", f"What colour was the wall on {DAY}?", *home]) == 0
    assert "I looked at one moment of the recording again" in capsys.readouterr().out

    lines = [
        {"start": f"2026-03-03T{hour}:{minute}:00", "end": f"2026-03-03T{hour}:{minute}:09",
         "text": f"Kettle {minute} stands on the blue shelf.", "speaker": "Anna"}
        for hour in (10, 11) for minute in range(10, 60)
    ]  # fmt: skip
    day = tmp_path / "day.jsonl"
    day.write_text("\n".join(map(json.dumps, lines)))
    assert main(["import", str(day), *home, "--timezone", "UTC"]) == 0
    capsys.readouterr()
    asked = ["ask", "What did Anna say on 2026-03-03?", "--json", "--explain", *home]
    assert main([*asked, "--reading", f"long:{OMNI}"]) == 0
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    reading = answer["explanation"]["reading"]
    assert (reading["model"], reading["level"]) == (OMNI, "moments")
    assert reading["method"].startswith("spread(dense_below=4096)")
    assert reading["new_tokens"] > 4096, "so that it was read by sparse attention"


def test_a_model_that_rots_on_the_disk_is_found_by_verify_and_fetched_anew(
    hub: LoopbackHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(tmp_path, SMOL)
    weights = find(parse(SMOL)) / "model.safetensors"
    whole = weights.read_bytes()
    check = ["models", "verify", SMOL, "--home", str(tmp_path)]
    assert main(check) == 0
    weights.resolve().write_bytes(b"x" * len(whole))
    assert main(check) == 1
    assert f"Run: egobutler models fetch {SMOL}" in capsys.readouterr().err
    bring(tmp_path, SMOL)
    assert weights.read_bytes() == whole
