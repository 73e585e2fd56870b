"""Who may come in: accounts and their browsers."""

from __future__ import annotations

import gradio as gr
import pytest

from app.assistant import Assistant
from app.auth.accounts import Accounts
from app.pages.event_context import on_behalf
from app.pages.settings.account import AccountSection
from app.pages.settings.people import PeopleSection
from tests.app.doors import ANNA, BEN
from tests.app.pages.settings.conftest import asked, part, value


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
