"""Events of the page Settings: what they show, keep and refuse, and to whom."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest
from fastapi import Request

from app.assistant import Assistant
from app.auth.accounts import Accounts
from app.auth.request_context import KEY, RequestContext
from app.core.settings import Settings
from app.models.download import ModelFetch
from app.pages.event_context import on_behalf
from app.pages.settings.account import AccountSection
from app.pages.settings.choices import ChoiceFields, TimezoneField
from app.pages.settings.models import ModelSection
from app.pages.settings.people import PeopleSection
from app.pages.settings.programs import TokenSection
from app.pages.settings.webhooks import WebhookSection
from app.server.server import create_server
from egogpt.weights.catalogue import HubSource
from tests.app.doors import ANNA, BEN, OURS, accounts
from tests.app.models.test_settings_page import waited
from tests.app.pages.test_api import served
from tests.egogpt.weight_bench import DATA, Hub, serve, store_of, weight

HOST = "http://127.0.0.1:7860"
FOLDER = "qwen-vl:/no/such/folder"


@pytest.fixture
def blocks() -> Iterator[gr.Blocks]:
    with gr.Blocks() as opened:
        yield opened


@pytest.fixture
def people(butler: Assistant) -> Iterator[Accounts]:
    """Anna, whose home is the first, and Ben."""
    both = accounts(butler.home)
    both.add("Anna", ANNA)
    both.add("Ben", BEN)
    yield both
    both.file.close()


def asked(people: Accounts | None = None, name: str = "") -> gr.Request:
    """A request of an event: by whoever sits at the computer, or by somebody with an account."""
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": [(b"origin", HOST.encode())],
    }
    if people is not None:
        account = next(one for one in people.all() if one.name == name)
        scope[KEY] = RequestContext(people, account, address="127.0.0.1")
    return gr.Request(request=Request(scope))


def value(update: Any) -> Any:
    """What an event gives a component."""
    return part(update, "value")


def part(update: Any, name: str) -> Any:
    """What an event gives a property of a component."""
    if isinstance(update, dict):
        return update[name]
    return update if isinstance(update, str) else update.constructor_args[name]


def test_a_choice_is_kept_and_one_that_cannot_be_is_refused(
    butler: Assistant, blocks: gr.Blocks
) -> None:
    fields = ChoiceFields(butler)
    filled = fields.fill()
    assert part(filled[fields.fields["preset"]], "interactive") is True
    preset = fields.keep("preset")("standard")
    assert "Counts after the next start" in part(preset[fields.fields["preset"]], "info")
    assert butler.store.preferences.get("settings") == {"preset": "standard"}
    assert fields.keep("preset")("standard") == {}, "a field that is left"
    fields.keep("preset")("")
    assert butler.store.preferences.get("settings") is None
    for name, chosen in (("preset", "huge"), ("captioner", FOLDER), ("captioner", "x" * 501)):
        with pytest.raises(gr.Error), on_behalf(None):
            fields.keep(name)(chosen)
    assert butler.store.preferences.get("settings") is None


def test_what_was_said_at_the_start_cannot_be_changed_here(
    tmp_path: Path, blocks: gr.Blocks
) -> None:
    given = Settings(tmp_path / "home", weights=tmp_path / "none", language="fr")
    with Assistant.open(given) as butler:
        fields = ChoiceFields(butler)
        language = fields.fill()[fields.fields["language"]]
    assert (value(language), part(language, "interactive")) == ("fr", False)
    assert "was said when EgoButler was started" in part(language, "info")


def test_tokens_of_a_model_are_shared_out_alike_wherever_it_is_named(
    butler: Assistant, blocks: gr.Blocks, tmp_path: Path
) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"")
    (tmp_path / "config.json").write_text("{}")
    fields, name = ChoiceFields(butler), f"qwen-vl:{tmp_path}"
    named = (f"{name}?bits=4", f"{name}?bits=4&quota=off", name)
    updates = fields.share("captioner")("question", *named)
    both = f"{name}?bits=4&quota=question"
    assert butler.store.preferences.get("settings") == {"captioner": both, "chat": both}
    assert value(updates[fields.fields["chat"]]) == both
    assert value(updates[fields.quotas["captioner"]]) == "question"
    assert fields.fields["look"] not in updates
    typed = fields.keep("look")(f"{name}?quota=0.3")[fields.quotas["look"]]
    assert (value(typed), part(typed, "choices")[-1]) == ("0.3", ("0.3", "0.3"))
    assert part(fields.keep("look")("")[fields.quotas["look"]], "interactive") is False


def test_the_clock_is_another_at_once(butler: Assistant, blocks: gr.Blocks) -> None:
    timezone = TimezoneField(butler)
    filled = timezone.fill()[timezone.field]
    assert ("Asia/Tokyo", "Asia/Tokyo") in part(filled, "choices")
    kept = timezone.keep("Asia/Tokyo")[timezone.field]
    assert "on this clock: Asia/Tokyo" in part(kept, "info")
    assert butler.timezone == "Asia/Tokyo"
    assert timezone.keep("Asia/Tokyo") == {}, "a field that is left"
    with pytest.raises(gr.Error), on_behalf(None):
        timezone.keep("../../etc/passwd")


def test_what_runs_and_is_missing_is_listed(butler: Assistant, blocks: gr.Blocks) -> None:
    models = ModelSection(butler)
    shown = models.show()
    assert "models are missing" in value(shown[models.missing])
    assert "**e5**" in shown[models.each]
    assert part(shown[models.looking], "active") is False
    plan = models.propose()
    assert "**Together**" in plan[models.plan]
    assert part(plan[models.accept], "visible") is True


def test_a_download_is_followed_and_stopped(
    butler: Assistant, blocks: gr.Blocks, tmp_path: Path
) -> None:
    with serve(Hub({"/a.bin": DATA})) as hub:
        hub.hold = threading.Event()
        weights = store_of(tmp_path / "far", weight(DATA, HubSource(f"{hub.url}/a.bin")))
        fetch = butler.choosing.fetch = ModelFetch(weights)
        models = ModelSection(butler)
        fetch.start(["tiny"])
        waited(lambda: fetch.state.done > 0)
        shown = models.look()
        ((words, share),) = value(shown[models.progress]).items()
        assert words.startswith("a.bin: ")
        assert 0 < share < 1
        assert part(shown[models.looking], "active") is True
        assert part(shown[models.fetch], "visible") is False
        assert models.plan not in shown
        models.end()
        hub.hold.set()
        waited(lambda: not fetch.state.running)
    ended = models.look()
    assert value(ended[models.trouble]).startswith("Stopped")
    assert part(ended[models.looking], "active") is False
    assert "**Together**" in ended[models.plan]


def test_folders_are_named_by_whoever_runs_the_computer_alone(
    butler: Assistant, people: Accounts, blocks: gr.Blocks
) -> None:
    fields, models = ChoiceFields(butler), ModelSection(butler)
    ben = asked(people, "Ben")
    for refused in (
        lambda: fields.keep("captioner")(FOLDER),
        lambda: fields.share("look")("off", "", "", FOLDER),
        models.accept_plan,
    ):
        with pytest.raises(gr.Error, match="chosen by whoever runs the server"), on_behalf(ben):
            refused()
    assert not butler.choosing.fetch.state.running
    with on_behalf(ben):
        plan = models.propose()
    assert part(plan[models.accept], "visible") is False
    with pytest.raises(gr.Error, match="no folder"), on_behalf(asked(people, "Anna")):
        fields.keep("captioner")(FOLDER)


def test_a_secret_is_shown_once_and_a_token_ends(
    butler: Assistant, people: Accounts, blocks: gr.Blocks
) -> None:
    tokens, anna, ben = TokenSection(butler), asked(people, "Anna"), asked(people, "Ben")
    with on_behalf(anna):
        made = tokens.add("calendar", ["ask"])
        shown = tokens.show()
    secret = value(made[tokens.secret.text])
    assert secret.startswith("egb_")
    assert f"Bearer {secret}" in made[tokens.over.text]
    assert secret not in shown[tokens.over.text]
    assert tokens.secret.text not in shown
    ((words, token),) = part(shown[tokens.tokens], "choices")
    assert words.startswith("calendar: ask")
    with on_behalf(ben):
        assert part(tokens.show()[tokens.tokens], "choices") == []
    with pytest.raises(gr.Error, match="no token"), on_behalf(ben):
        tokens.remove(token)
    with pytest.raises(gr.Error, match="Choose a token first"), on_behalf(anna):
        tokens.remove(None)
    with pytest.raises(gr.Error, match="Say what the token may do"), on_behalf(anna):
        tokens.add("backup", [])
    assert people.tokens.find(secret) is not None
    with on_behalf(anna):
        gone = tokens.remove(token)
    assert value(gone[tokens.secret.text]) == ""
    assert people.tokens.find(secret) is None


def test_others_are_let_in_by_whoever_runs_the_computer(
    butler: Assistant, people: Accounts, blocks: gr.Blocks
) -> None:
    section, anna, ben = PeopleSection(butler), asked(people, "Anna"), asked(people, "Ben")
    with on_behalf(ben):
        assert part(section.show()[section.section], "visible") is False
    for refused in (section.add, section.reset, section.remove):
        with pytest.raises(gr.Error, match="Only whoever runs this computer"), on_behalf(ben):
            refused("Eve" if refused == section.add else 1, BEN)
    with pytest.raises(gr.Error, match="Your password is not right"), on_behalf(anna):
        section.add("Eve", "a wrong one")
    with on_behalf(anna):
        made = section.add("Eve", ANNA)
        assert people.check("Eve", value(made[section.secret.text]))
        eve = next(one.id for one in people.all() if one.name == "Eve")
        question = section.ask_remove(eve)
        assert "Eve will not be able to sign in" in question[section.question]
        assert question[section.asked] == eve
        fresh = value(section.reset(eve, ANNA)[section.secret.text])
        assert people.check("Eve", fresh)
        section.remove(eve, ANNA)
    assert [one.name for one in people.all()] == ["Anna", "Ben"]
    with pytest.raises(gr.Error, match="no such account"), on_behalf(anna):
        section.reset(eve, ANNA)


def test_other_browsers_are_signed_out(
    butler: Assistant, people: Accounts, blocks: gr.Blocks
) -> None:
    section, anna = AccountSection(butler), asked(people, "Anna")
    secret = people.sessions.begin(1, "Firefox on <b>Linux</b>", "127.0.0.1", "")
    with on_behalf(anna):
        shown = section.show()
    assert shown[section.who] == "Signed in as Anna\\."
    ((words, session),) = part(shown[section.sessions], "choices")
    assert words.startswith("Firefox on <b>Linux</b>, last seen")
    with pytest.raises(gr.Error, match="signed out already"), on_behalf(asked(people, "Ben")):
        section.end(session)
    with pytest.raises(gr.Error, match="Choose a browser first"), on_behalf(anna):
        section.end(None)
    with on_behalf(anna):
        section.end(session)
    assert people.sessions.find(secret) is None
    with pytest.raises(gr.Error, match="&lt;b&gt;"):
        section.password_changed("<b>no</b>", "")


def test_an_address_is_told_once_its_agreement_was_read(
    butler: Assistant, blocks: gr.Blocks
) -> None:
    hooks = WebhookSection(butler)
    with pytest.raises(gr.Error), on_behalf(None):
        hooks.look("ftp://nowhere")
    seen = hooks.look("http://127.0.0.1:9/a")
    assert "this computer" in value(seen[hooks.agreement])
    assert butler.hooks.all() == []
    read, address = value(seen[hooks.agreement]), seen[hooks.agreed]
    other = hooks.add("something else", address)
    assert (value(other[hooks.agreement]), butler.hooks.all()) == (read, [])
    added = hooks.add(read, address)
    (hook,) = butler.hooks.all()
    assert value(added[hooks.secret.text]) == hook.secret
    assert hook.secret not in str(hooks.show())
    hooks.test(hook.id)
    ((words, _),) = part(hooks.show()[hooks.hooks], "choices")
    assert words.startswith("http://127.0.0.1:9/a · The last message was not taken")
    hooks.remove(hook.id)
    assert butler.hooks.all() == []
    with pytest.raises(gr.Error, match="no such webhook"):
        hooks.remove(hook.id)


@dataclass
class Browser:
    """A browser that is signed in and sends events to the pages by itself."""

    url: str
    client: httpx.Client

    @cached_property
    def config(self) -> dict[str, Any]:
        return dict(self.client.get("/config").json())

    def event(self, name: str, *data: Any) -> dict[str, Any]:
        """What the server says of the event of a component, which is known by its id or words."""
        component = next(
            one["id"]
            for one in self.config["components"]
            if name in (one["props"].get("elem_id"), one["props"].get("value"))
        )
        number = next(
            one["id"]
            for one in self.config["dependencies"]
            if one["backend_fn"] and component in [target for target, _ in one["targets"]]
        )
        event = {"data": data, "fn_index": number, "session_hash": "own"}
        self.client.post("/gradio_api/queue/join", json=event, headers=OURS).raise_for_status()
        with self.client.stream("GET", "/gradio_api/queue/data?session_hash=own") as stream:
            for line in stream.iter_lines():
                message = json.loads(line.removeprefix("data: ") or "{}")
                if message.get("msg") == "process_completed":
                    return dict(message["output"], success=message["success"])
        raise AssertionError("the stream ended without an answer")


@pytest.fixture
def url(butler: Assistant, people: Accounts) -> Iterator[str]:
    with served(create_server(butler, accounts=people)) as address:
        yield address


def signed_in(url: str, people: Accounts, name: str) -> Browser:
    account = next(one for one in people.all() if one.name == name)
    cookie = people.sessions.begin(account.id, "a browser", "127.0.0.1", "")
    client = httpx.Client(base_url=url, cookies={"eb-session": cookie}, timeout=60)
    return Browser(url, client)


def test_an_event_that_is_sent_by_hand_is_refused_and_a_secret_reaches_nobody_else(
    url: str, people: Accounts
) -> None:
    ben, anna = signed_in(url, people, "Ben"), signed_in(url, people, "Anna")
    for name, data in (
        ("Use these", ()),
        ("eb-set-captioner", (FOLDER,)),
        ("Let them sign in", ("Eve", BEN)),
    ):
        refused = ben.event(name, *data)
        assert refused["success"] is False
        assert "whoever runs" in refused["error"]
    assert [one.name for one in people.all()] == ["Anna", "Ben"]
    assert anna.event("Let them sign in", "Eve", ANNA)["success"] is True
    secret = people.tokens.make(1, "program", ["admin"])[1]
    headers = {"Authorization": f"Bearer {secret}"}
    program = Browser(url, httpx.Client(base_url=url, headers=headers, timeout=60))
    for name in ("Use these", "eb-set-captioner", "Let them sign in", "Add", "eb-settings"):
        with pytest.raises(httpx.HTTPStatusError, match="403"):
            program.event(name)
    made = json.dumps(anna.event("Add", "calendar", ["ask"]))
    secret = next(word for word in made.split('"') if word.startswith("egb_"))
    for browser in (anna, signed_in(url, people, "Anna"), ben):
        for path in ("/", "/config", "/gradio_api/info"):
            assert secret not in browser.client.get(path).text
    assert secret not in json.dumps(anna.event("eb-settings", None))
