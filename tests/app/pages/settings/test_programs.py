"""Programs and assistants: tokens, webhooks, and events that are sent by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import gradio as gr
import httpx
import pytest

from app.assistant import Assistant
from app.auth.accounts import Accounts
from app.pages.event_context import on_behalf
from app.pages.settings.programs import TokenSection
from app.pages.settings.webhooks import WebhookSection
from app.server.server import create_server
from tests.app.doors import ANNA, BEN, OURS
from tests.app.pages.settings.conftest import FOLDER, asked, part, value
from tests.app.pages.test_api import served


def test_a_secret_is_shown_once_and_a_token_ends(
    butler: Assistant, people: Accounts, blocks: gr.Blocks
) -> None:
    tokens, anna, ben = TokenSection(butler), asked(people, "Anna"), asked(people, "Ben")
    with on_behalf(anna):
        made = tokens.add("calendar", ["ask"])
        shown = tokens.show()
    secret = value(made[tokens.secret.text])
    assert secret.startswith("egb_")
    assert f"Bearer {secret}" in value(made[tokens.over.text])
    assert tokens.over.text not in shown, "what is written there stays"
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


def test_what_an_assistant_is_told_is_written_over_by_nothing(
    butler: Assistant, blocks: gr.Blocks
) -> None:
    tokens = TokenSection(butler)
    with on_behalf(asked()):
        filled, shown = tokens.fill(), tokens.show()
    for field in (tokens.here.text, tokens.over.text):
        assert field.interactive is False, "until it is filled"
        assert part(filled[field], "interactive") is True
        assert "egobutler" in value(filled[field])
        assert field not in shown


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
