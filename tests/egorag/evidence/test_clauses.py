"""Who did it, whether it was done, and whether it is only passed on, in three languages."""

from __future__ import annotations

import pytest

from egorag.evidence.clauses import doers_of, tells_own_deed, was_done
from tests.egorag.spoken import line

NAMES = frozenset({"Anna", "Tom", "小丽"})


@pytest.mark.parametrize(
    ("verb", "text", "done", "own", "doers"),
    [
        ("buy", "We bought cheese, not butter.", True, True, {"group"}),
        ("buy", "I bought milk so you don't have to.", True, True, {"speaker"}),
        ("buy", "Anna and I bought a present.", True, True, {"anna", "speaker"}),
        ("read", "I read the letter that Anna sent.", True, True, {"speaker"}),
        ("buy", "Bought a hammock at last!", True, True, set()),
        ("buy", "I might buy a hammock.", False, True, {"speaker"}),
        ("buy", "I forgot to buy stamps.", False, True, {"speaker"}),
        ("buy", "Mum bought us a kettle.", True, False, {"others"}),
        ("buy", "My brother bought a drone.", True, False, {"others"}),
        ("buy", "Tom told me Anna bought a van.", True, False, {"anna"}),
        ("buy", "Anna bought soup and I bought bread.", True, True, {"anna", "speaker"}),
        ("cut", "The cake was cut by Anna.", True, False, {"anna"}),
        ("walk", "Had a lovely walk with Tom.", True, True, set()),
        ("cut", "I cut Anna's hair.", True, True, {"speaker"}),
        ("gekauft", "Ich habe Anna ein Buch gekauft.", True, True, {"speaker"}),
        ("gekauft", "Anna und ich haben Brot gekauft.", True, True, {"anna", "speaker"}),
        ("gekauft", "Ich habe leider keine Milch gekauft.", False, True, {"speaker"}),
        ("gekauft", "Tom hat erzählt, dass Lisa einen Hund gekauft hat.", True, False, set()),
        ("gegessen", "Meine Schwester hat den Kuchen gegessen.", True, False, {"others"}),
        ("füttern", "Der Kater ist gefüttert.", True, True, set()),
        ("waschen", "Tom wurde gewaschen.", True, True, set()),
        ("waschen", "Das Auto ist von Tom gewaschen worden.", True, False, {"tom"}),
        ("kommen", "Tom ist nach Hause gekommen.", True, False, {"tom"}),
        ("kaufen", "Tom war da und hat Brot gekauft.", True, False, {"tom"}),
        ("买", "我给小丽买了一束花。", True, True, {"speaker"}),
        ("买", "我和小丽买了票。", True, True, {"speaker", "小丽"}),
        ("买", "我妈买了一台洗衣机。", True, False, {"others"}),
        ("买", "听老王讲，小丽买了房子。", False, False, {"小丽"}),
        ("吃", "我还没吃午饭。", False, True, {"speaker"}),
    ],
)
def test_a_clause_tells_who_did_it_and_whether(
    verb: str, text: str, done: bool, own: bool, doers: set[str]
) -> None:
    unit = line(text, speaker="me")
    assert was_done(unit, [verb]) == done
    assert tells_own_deed(verb, unit, NAMES) == own
    assert doers_of(verb, text, NAMES) == doers
