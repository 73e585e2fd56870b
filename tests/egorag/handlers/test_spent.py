"""Asked how much was spent, the amounts are told of which the wearer spoke, and no more is said."""

from __future__ import annotations

import pytest

from egorag.answering.answerer import Answerer
from memory.types.core import Question
from tests.egorag.conftest import HomeOf
from tests.egorag.spoken import DAY, HOUR, import_talk

MONDAY = 1_773_014_400.0  # 9 March 2026
ENGLISH = (
    (0, "me", "Soup and a roll, six pounds forty."),
    (1, "me", "I bought a coat for Anna, fifty pounds. Anna paid for the tea."),
    (2, "me", "I nearly bought a violin, two hundred pounds."),
    (3, "Anna", "I paid twelve pounds for the tea."),
    (4, "me", "Sold the bike, ninety pounds."),
    (5, "me", "They want eighty pounds for the repair."),
    (6, "me", "I'll pay the plumber seventy pounds tomorrow."),
    (30, "me", "Two tins of paint, eleven pounds each."),
)
GERMAN = (
    (0, "me", "Mittags Eintopf, sechs Euro achtzig."),
    (1, "me", "Ich habe für Anna einen Mantel gekauft, fünfzig Euro."),
    (2, "me", "Fast hätte ich eine Geige gekauft, zweihundert Euro."),
    (3, "Anna", "Ich habe zwölf Euro für den Tee bezahlt."),
    (4, "me", "Das Rad verkauft, neunzig Euro."),
    (5, "me", "Ich will dem Klempner siebzig Euro bezahlen."),
    (30, "me", "Drei Platten habe ich mitgenommen, je vier Euro."),
)
CHINESE = (
    (0, "me", "水费交了，七十六块四。"),
    (1, "me", "买了鱼竿，三百六。"),
    (2, "me", "差点买了把小提琴，两百块。"),
    (3, "老李", "我花了十二块买茶。"),
    (4, "me", "自行车卖了，九十块。"),
    (5, "me", "我打算给师傅七十块。"),
    (6, "me", "明天下午去车站，四点十分到。"),
    (30, "me", "买了两盒药，一盒三十二块五。"),
)


@pytest.mark.parametrize(
    ("lines", "question", "told"),
    [
        (ENGLISH, "how much did I spend on Monday?", (0, 1, 5)),
        (ENGLISH, "What did I pay on Tuesday?", (7,)),
        (ENGLISH, "how much did I spend this week?", (0, 1, 5, 7)),
        (GERMAN, "Wie viel hab ich am Montag ausgegeben?", (0, 1)),
        (GERMAN, "Was habe ich diese Woche alles bezahlt?", (0, 1, 6)),
        (CHINESE, "周一花了多少钱？", (0, 1)),
        (CHINESE, "这周我花了多少钱？", (0, 1, 7)),
    ],
)
def test_the_amounts_of_a_time_are_listed_and_none_is_said_to_be_paid(
    home_of: HomeOf, lines: tuple[tuple[int, str, str], ...], question: str,
    told: tuple[int, ...],
) -> None:  # fmt: skip
    said = tuple((MONDAY + (9 + hours) * HOUR, who, text) for hours, who, text in lines)
    home = home_of(import_talk, said)
    answer = Answerer(home.as_of).ask(Question(question, MONDAY + 2 * DAY, "UTC"))
    assert answer.text.startswith(("You told of these", "Von diesen", "那时你说到"))
    quoted = [at for at, line in enumerate(lines) if line[2] in answer.text]
    assert quoted == list(told)


@pytest.mark.parametrize("question", ["how much did I spend on Tuesday?", "周二花了多少钱？"])
def test_of_a_time_in_which_nothing_was_paid_nothing_is_told(
    home_of: HomeOf, question: str
) -> None:
    said = (
        (MONDAY, "me", "I owe Tom five hundred yuan. 我借给老李五百块钱。"),
        (MONDAY + DAY, "me", "I ran."),
    )
    home = home_of(import_talk, said)
    answer = Answerer(home.as_of).ask(Question(question, MONDAY + 2 * DAY, "UTC"))
    assert answer.abstained
