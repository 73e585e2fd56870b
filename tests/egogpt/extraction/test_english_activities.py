from __future__ import annotations

from collections import Counter

import pytest

from egogpt.extraction.english_activities import catalogue
from egogpt.extraction.english_events import told_in
from egogpt.text.lemmatizer import base_forms, inflections


def test_every_activity_has_known_groups() -> None:
    known = catalogue()
    assert all(set(one.groups) <= set(known.groups) for one in known.activities.values())


def test_no_two_activities_share_a_phrase_in_its_base_form_either() -> None:
    found = Counter(
        (phrase.pattern, phrase.activity)
        for phrases in catalogue().phrases.values()
        for phrase in phrases
    )
    patterns = Counter(pattern for pattern, _ in found)
    assert [pattern for pattern, count in patterns.items() if count > 1] == []


def test_every_group_has_members() -> None:
    assert all(catalogue().of_group(group) for group in catalogue().groups)


@pytest.mark.parametrize(
    ("form", "base"),
    [("ate", "eat"), ("jogging", "jog"), ("baked", "bake"), ("tried", "try"), ("swam", "swim")],
)
def test_forms_lead_to_their_base(form: str, base: str) -> None:
    assert base_forms(["eat", "jog", "bake", "try", "swim"], [])[form] == base
    assert form in inflections(base)


def test_words_that_only_look_inflected_stay_themselves() -> None:
    assert catalogue().base("news") == "news"
    assert catalogue().named("biking") == "cycling"
    assert catalogue().named("a word of no list") == ""


@pytest.mark.parametrize("name", sorted(catalogue().activities))
def test_each_activity_can_be_told(name: str) -> None:
    """At least one of the activity's own phrases, said plainly, is read as that activity."""
    fill = {"<kin>": "mother", "<child>": "baby", "<name>": "Ada", "<number>": "3"}
    fill |= {"*": "", "_": ""}
    classes = catalogue().classes
    phrases = [phrase for found in catalogue().phrases.values() for phrase in found]
    for pattern in (phrase.pattern for phrase in phrases if phrase.activity == name):
        words = [
            fill[w] if w in fill else sorted(classes[w[1:-1]])[0] if w[0] == "<" else w
            for w in pattern
        ]
        for start in ("I did", "We", "Yesterday we"):
            told = told_in(f"{start} {' '.join(filter(None, words))}.")
            if any(one.activity == name for one in told):
                return
    raise AssertionError(f"nothing tells {name}")
