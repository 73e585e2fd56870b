"""Grants on the page Privacy: given with a password, shown to both, ended by one press."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest

from app.assistant import Assistant
from app.auth.accounts import Accounts
from app.pages.event_context import on_behalf
from app.pages.privacy.grants import GrantSection
from memory.store.store import Store
from memory.types.core import Scope, Span
from tests.app.doors import ANNA, BEN, accounts
from tests.app.pages.parts import unserved
from tests.app.pages.settings.conftest import asked, part


@pytest.fixture
def section(butler: Assistant) -> Iterator[GrantSection]:
    with unserved():
        yield GrantSection(butler)


@pytest.fixture
def people(butler: Assistant) -> Iterator[Accounts]:
    """Anna, whose home is the first, and Ben with one of his own."""
    both = accounts(butler.home)
    both.add("Anna", ANNA)
    Store.open(both.add("Ben", BEN).home).close()
    yield both
    both.database.close()


def give(section: GrantSection, name: str, password: str, **more: Any) -> dict[Any, Any]:
    typed = {"media": False, "people": [], "places": [], "begin": None, "until": None, "days": 7.0}
    return section.give(name=name, password=password, **{**typed, **more})


def test_a_grant_is_shown_to_both_and_ended_by_its_owner(
    section: GrantSection, people: Accounts
) -> None:
    anna, ben = asked(people, "Anna"), asked(people, "Ben")
    with on_behalf(asked()):
        assert part(section.show()[section.section], "visible") is False
    giver, taker = people.get("Anna"), people.get("Ben")
    narrowed = Scope(("Cleo",), ("park",), (), Span(0.0, 1_772_530_200.0))
    people.grants.give(giver.id, taker.id, ["ask", "media"], 7, narrowed)
    with on_behalf(anna):
        hers = section.show()
    ((words, name),) = part(hers[section.takers], "choices")
    assert name == part(hers[section.takers], "value") == "Ben"
    assert words.startswith(
        "Ben: only moments with Cleo, at park, to Tue 3 Mar 2026, 09:30, and rec"
    )
    assert hers[section.taken] == ""
    assert part(section.choose("Ben"), "value") == "Let Ben ask no more"
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
    assert part(gone[section.given], "visible") is False
    assert people.grants.between(giver.id, taker.id) is None


def test_a_grant_is_given_with_the_owners_password_within_what_was_chosen(
    section: GrantSection, people: Accounts
) -> None:
    giver, taker = people.get("Anna"), people.get("Ben")
    with on_behalf(asked(people, "Anna")):
        for name, password, why in (
            ("Ben", BEN, "password is not right"),
            ("Ben", "", "password is not right"),
            ("Nobody", ANNA, "Nobody has an account named Nobody"),
            ("Anna", ANNA, "your own memories anyway"),
        ):
            with pytest.raises(gr.Error, match=why), on_behalf(asked(people, "Anna")):
                give(section, name, password)
        with pytest.raises(gr.Error, match="1 to 366 days"), on_behalf(asked(people, "Anna")):
            give(section, "Ben", ANNA, days=0)
        backwards = {"begin": "2026-03-09 10:00:00", "until": "2026-03-02 10:00:00"}
        with pytest.raises(gr.Error, match="ends before"), on_behalf(asked(people, "Anna")):
            give(section, "Ben", ANNA, **backwards)
    assert people.grants.between(giver.id, taker.id) is None
    with on_behalf(asked(people, "Anna")):
        chosen = {"people": ["Cleo"], "places": ["park"], "begin": "2026-03-02 10:00:00"}
        shown = give(section, "ben", ANNA, media=True, days=30.0, **chosen)
    grant = people.grants.between(giver.id, taker.id)
    assert grant is not None
    assert grant.scopes == {"ask", "media"}
    assert (grant.narrowed.people, grant.narrowed.places) == (("Cleo",), ("park",))
    assert grant.narrowed.span is not None
    assert grant.ends - grant.given == 30 * 86_400
    assert shown[section._password] == shown[section._name] == ""


def test_names_cannot_be_tried_without_end(section: GrantSection, people: Accounts) -> None:
    said = []
    for number in range(30):
        with pytest.raises(gr.Error) as refused, on_behalf(asked(people, "Anna")):
            give(section, f"guess{number}", ANNA)
        said.append(str(refused.value))
    assert "Too many tries" in said[-1]


def test_the_owner_sees_what_was_asked_and_plays_it(
    section: GrantSection, people: Accounts, butler: Assistant
) -> None:
    shown = {"quotes": [[1, "film-1", 10.0, 20.0, "I *sold* [it](http://x)", "Bob"]]}
    for question, what in (("Who <b>sold</b> it?", shown), ("Why?", {"quotes": []})):
        butler.store.asked.add("Ben", 1_772_530_200.0, question, what, [])
    with on_behalf(asked(people, "Anna")):
        told = section.show()[section.asked]
    assert "nothing was shown" in told
    assert "1 moment shown" in told
    assert "(#seek=film-1," in told
    assert "<b>" not in told
    assert "[it](http" not in told
