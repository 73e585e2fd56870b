"""Who may come in: accounts, their browsers, what they let others ask."""

from __future__ import annotations

import gradio as gr
import pytest

from app.assistant import Assistant
from app.auth.accounts import Accounts
from app.pages.event_context import on_behalf
from app.pages.settings.account import AccountSection
from app.pages.settings.grants import GrantSection
from app.pages.settings.people import PeopleSection
from memory.types.core import Scope, Span
from tests.app.doors import ANNA, BEN
from tests.app.pages.settings.conftest import asked, part, value


def test_a_grant_is_shown_to_both_and_ended_by_its_owner(
    butler: Assistant, people: Accounts, blocks: gr.Blocks
) -> None:
    section, anna, ben = GrantSection(butler), asked(people, "Anna"), asked(people, "Ben")
    for somebody in (asked(), anna):
        with on_behalf(somebody):
            assert part(section.show()[section.section], "visible") is False
    giver, taker = people.get("Anna"), people.get("Ben")
    narrowed = Scope(("Cleo",), ("park",), (), Span(0.0, 1_772_530_200.0))
    people.grants.give(giver.id, taker.id, ["ask"], 7, narrowed)
    with on_behalf(anna):
        hers = section.show()
    ((words, name),) = part(hers[section.takers], "choices")
    assert name == "Ben"
    assert words.startswith("Ben: only moments with Cleo, at park, to Tue 3 Mar")
    assert hers[section.taken] == ""
    with on_behalf(ben):
        his = section.show()
    assert part(his[section.given], "visible") is False
    assert "only moments with Cleo" in his[section.taken]
    with pytest.raises(gr.Error, match="may ask nothing"), on_behalf(ben):
        section.end("Anna")
    with pytest.raises(gr.Error, match="Choose somebody"), on_behalf(anna):
        section.end(None)
    assert people.grants.between(giver.id, taker.id) is not None
    with on_behalf(anna):
        gone = section.end("Ben")
    assert part(gone[section.section], "visible") is False
    assert people.grants.between(giver.id, taker.id) is None


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
