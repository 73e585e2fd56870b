"""`egobutler setup` on a hub of tiny models: fetched, locked, kept, and used from then on."""

from __future__ import annotations

import io
import json
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.commands.main import main
from app.core.settings import Settings
from app.doctor.doctor import examine
from app.models.plan import fetch as plan_fetch
from app.models.plan.machine import Machine, parse_machine
from app.models.plan.planner import make_plan
from app.models.setting_choices import stored
from app.routes.system.settings import settings_router
from egogpt.protocols.errors import ModelDamaged, ModelMissing
from egogpt.protocols.model_names import parse
from egogpt.sinks.profile_file import load_profile
from egogpt.weights import hub_lock
from egogpt.weights.hub_cache import fetch, find
from egogpt.weights.hub_snapshot import hub_trouble
from egogpt.weights.store import WeightStore
from tests.app.some_routes import app_of
from tests.command_words import Keyboard
from tests.egogpt import tiny_gguf_vl
from tests.egogpt.hub.server import LoopbackHub, Trouble
from tests.egogpt.hub.shelf import shelf
from tests.egogpt.tiny_gguf import write_tiny_gguf

EYES = "Qwen/Qwen3-VL-2B-Instruct-GGUF"
TORCH_EYES = "HuggingFaceTB/SmolVLM2-500M-Video-Instruct"


@pytest.fixture(scope="module")
def offered(tmp_path_factory: pytest.TempPathFactory) -> LoopbackHub:
    hub = shelf(tmp_path_factory.mktemp("hub"))
    hub.offer("Qwen/Qwen3-4B-GGUF", _words)
    hub.offer(EYES, tiny_gguf_vl.save)
    return hub


def _words(folder: Path) -> None:
    folder.mkdir()
    write_tiny_gguf(folder / "Qwen3-4B-Q4_K_M.gguf")


@pytest.fixture
def hub(
    offered: LoopbackHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LoopbackHub]:
    """A hub on this machine, no bundles, and nowhere that they come from."""
    offered.trouble = Trouble()
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("EGOBUTLER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("egogpt.weights.store.WeightStore.fetch", lambda *_: None)
    here = replace(parse_machine("16 GB, 8 cores"), here=True)

    def this_machine(*_: object, ask_hub: bool, **__: object) -> Machine:
        return replace(here, hub_trouble=hub_trouble() if ask_hub else "")

    monkeypatch.setattr(plan_fetch, "this_machine", this_machine)
    with offered.running():
        offered.lead_there(monkeypatch, tmp_path / "cache")
        yield offered


def set_up(*more: str) -> int:
    return main(["setup", *more, "--json"])


def result(capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, object], str]:
    out, err = capsys.readouterr()
    return json.loads(out.splitlines()[-1]), err


def test_what_is_agreed_to_is_fetched_locked_and_kept(
    hub: LoopbackHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert set_up() == 0
    assert "to accept it: egobutler setup --yes" in capsys.readouterr().err
    assert not hub_lock.lock_path().exists()
    monkeypatch.setattr("sys.stdin", Keyboard("n\n"))
    assert set_up() == 0
    monkeypatch.setattr("sys.stdin", Keyboard("y\n"))
    hub.trouble.cut = {"model.bin": 1000}
    assert set_up() == 0
    told, said = result(capsys)
    assert told["missing"] == []
    locked = json.loads(hub_lock.lock_path().read_text())
    assert {key.partition("/")[2] for key in locked} == {
        EYES,
        "google/siglip2-base-patch16-224",
        "Systran/faster-whisper-small",
        "Qwen/Qwen3-4B-GGUF",
    }
    with Assistant.open() as butler:
        assert butler.model_proposal == ""
        captioner, absent = butler.brains.captioner()
        assert (captioner and captioner.name, absent) == (f"gguf-vl:{EYES.split('/')[1]}", "")
        assert butler.settings.pictures == "siglip2:google/siglip2-base-patch16-224"
        assert butler.brains.preset.speech == "small"
        assert butler.brains.usable.preset.chat == butler.settings.chat
        assert butler.brains.load_chat(str(captioner and butler.settings.captioner)) is captioner
    assert set_up("--yes") == 0
    assert f"{EYES} comes from" not in capsys.readouterr().err
    assert main(["models", "--json"]) == 0
    told, said = result(capsys)
    assert re.search(rf"\* +gguf-vl:{EYES} +present ", said)
    named = {one["name"].partition(":")[0]: one for one in told["named"]}  # type: ignore[attr-defined]
    assert {kind: one["roles"] for kind, one in named.items()} == {
        "gguf-vl": ["captioner"], "siglip2": ["pictures"], "small": ["speech"], "gguf": ["chat"],
    }  # fmt: skip
    assert {(one["state"], one["licence"]) for one in named.values()} == {("present", "apache-2.0")}
    whole = named["gguf-vl"]["size"]
    eyes = Path(named["gguf-vl"]["place"])
    assert whole == sum(path.stat().st_size for path in eyes.parent.glob("*.gguf"))
    next(eyes.parent.glob("mmproj*")).unlink()
    with Assistant.open() as butler:
        models = [one for one in examine(butler) if one.what == "model"]
        assert [one.good for one in models] == [False, True, True, True]
        assert f"gguf-vl:{EYES} (captions" in models[0].detail
        assert "egobutler models fetch gguf-vl" in models[0].remedy
        app = app_of(butler.home, settings_router(butler))
        with TestClient(app) as page:
            shown, *others = page.get("/api/settings/models").json()["named"]
        assert (shown["words"], shown["purpose"]) == ("half fetched", "captions")
        assert {one["words"] for one in others} == {"here"}


def test_a_refusal_keeps_the_rest_and_the_built_in_eyes_stand_in(
    hub: LoopbackHub, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.trouble.status = {EYES: 403}
    assert set_up("--yes") == 1
    told, said = result(capsys)
    assert told["missing"] == ["captioner"]
    assert f"captions: {EYES} could not be fetched" in said
    with Assistant.open() as butler:
        kept = stored(butler.store.preferences)
        assert set(kept) == {"pictures", "speech", "chat", "reading"}
        assert butler.brains.captioner() == (None, "")
        hub.trouble.status = {}
        app = app_of(butler.home, settings_router(butler))
        with TestClient(app) as page:
            plan = page.get("/api/settings/plan").json()
            assert plan["parts"][0]["title"] == "captions"
            assert plan["accepted"] is False
            assert page.post("/api/settings/plan").status_code == 200
            while page.get("/api/settings/models").json()["fetch"]["running"]:
                time.sleep(0.01)
            assert page.get("/api/settings").json()["choices"]["captioner"]["pending"]


def test_the_sinks_of_a_captioner_are_measured_when_it_is_fetched(
    hub: LoopbackHub, tmp_path: Path
) -> None:
    plan = make_plan(parse_machine("24 GB card, 64 GB"), weights := WeightStore())
    (captioner,) = (part for part in plan.parts if part.role == "captioner" and not part.bundles)
    sinks = tmp_path / "cache" / "egobutler" / "sinks"
    fetched: list[str] = []
    asked = replace(plan, parts=(captioner,)), weights, lambda name, *_: fetched.append(name)
    assert plan_fetch.fetch_plan(*asked) == {}
    (kept,) = sinks.glob("*.json")
    profile = load_profile(kept.stem)
    assert profile is not None
    assert "sinks" in profile.why
    kept.unlink()
    assert plan_fetch.fetch_plan(*asked) == {}
    assert not kept.exists(), "what was here is not measured again"


def test_files_are_the_first_that_were_fetched_ever_after(
    hub: LoopbackHub, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"smolvlm:{TORCH_EYES}"
    folder = fetch(parse(name))
    weights = (folder / "model.safetensors").resolve()
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(ModelDamaged, match="not the file that was first fetched"):
        find(parse(name))
    assert fetch(parse(name)) == folder
    assert weights.read_bytes() == whole
    (folder / "config.json").unlink()
    with pytest.raises(ModelMissing, match=r"half fetched: config\.json is missing"):
        find(parse(name))
    locked = json.loads(hub_lock.lock_path().read_text())
    (entry,) = locked.values()
    entry["files"]["model.safetensors"][1] = "0" * 64
    hub_lock.lock_path().write_text(json.dumps(locked))
    shutil.rmtree(folder.parent.parent)
    hub.asked.clear()
    with pytest.raises(ModelMissing, match=r"has another model\.safetensors than the one that was"):
        fetch(parse(name))
    assert len(hub.asked) == 1, "nothing but the listing was asked for"
    hub_lock.lock_path().write_text("{")
    with pytest.raises(ModelMissing, match="cannot be read"):
        fetch(parse(name))


def test_a_hub_that_is_shut_and_words_that_are_off_are_told(
    hub: LoopbackHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    assert set_up("--dry-run") == 0
    assert "The hub does not answer: 127.0.0.1:9 could not be reached" in capsys.readouterr().err
    assert set_up("--captioner", "smolvlm") == 1
    assert "--captioner is what setup chooses: leave it out" in capsys.readouterr().err
    assert set_up("--as", "8 GB") == 1
    assert "say --dry-run" in capsys.readouterr().err
    assert set_up("--dry-run", "--as", "a giraffe") == 1
    assert '"a giraffe" describes no machine' in capsys.readouterr().err
    with Assistant.open(Settings()) as butler:
        assert "egobutler setup" in butler.model_proposal
    assert set_up("--yes") == 0
    told, said = result(capsys)
    with Assistant.open() as butler:
        assert told["settings"] == stored(butler.store.preferences), "what it lacks is not kept"
    assert "the plan without the hub, because 127.0.0.1:9 could not be reached" in said
