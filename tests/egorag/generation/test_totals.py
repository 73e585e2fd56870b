"""Sums of what was said, with the words that they are made of."""

from __future__ import annotations

import pytest

from egorag.generation.amounts import amounts_in, amounts_told, minutes_told
from egorag.generation.totals import total
from egorag.language.language import language_of
from tests.egorag.conftest import plan
from tests.egorag.spoken import DAY, MINUTE, scored


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("I walked two and a half miles.", [(2.5, "mile")]),
        ("It is a mile and a half.", [(1.5, "mile")]),
        ("Half a mile, then half an hour on the bus.", [(0.5, "mile"), (0.5, "hour")]),
        ("It took twenty five minutes.", [(25.0, "minute")]),
        ("I did a 5k and 3.2 kilometres.", [(5.0, "kilometre"), (3.2, "kilometre")]),
        ("That's £6.50.", [(6.5, "pound")]),
        ("six pounds fifty", [(6.5, "pound")]),
        ("a pound twenty", [(1.2, "pound")]),
        ("twelve quid, then three euros", [(12.0, "pound"), (3.0, "euro")]),
        ("It was … fourteen [euros], I think.", [(14.0, "euro")]),
        ("$20 and €3", [(20.0, "dollar"), (3.0, "euro")]),
        ("two pounds one", [(2.0, "pound")]),
        ("ten pounds two people came", [(10.0, "pound")]),
        ("£1,200 and 1 500 euros", [(1200.0, "pound"), (1500.0, "euro")]),
        ("$1,050.75", [(1050.75, "dollar")]),
        ("three quarters of an hour, then an hour and a quarter", [(0.75, "hour"), (1.25, "hour")]),
        ("Ich bin zwei Kilometer und dreißig Minuten gelaufen.",
         [(2.0, "kilometre"), (30.0, "minute")]),
        ("Das kostet 4,50 Euro.", [(4.5, "euro")]),
        ("Das Kleid war für fünfunddreißig, die Schuhe für hundertzwei Euro.", [(102.0, "euro")]),
        ("我走了三公里。", [(3.0, "kilometre")]),
        ("两百块，三百五十块，三块五。", [(200.0, "yuan"), (350.0, "yuan"), (3.5, "yuan")]),
        ("花了二十块，两个小时。", [(20.0, "yuan"), (2.0, "hour")]),
        ("你包两百六的红包。", [(260.0, "yuan")]),
        ("涨了，三千六，原来三千四百五。", [(3600.0, "yuan"), (3450.0, "yuan")]),
        ("租金一万二，下周二到期。", [(12000.0, "yuan")]),
        ("三个模具，一个三十五，还有一箱黄油，四百八。", [(35.0, "yuan"), (480.0, "yuan")]),
        ("中介说能卖九十六万。", [(960000.0, "yuan")]),
        ("卖了六十二个，血压一百四十五。", []),
        ("Three cats and a hat at half past ten.", []),
        ("The pound is weak and miles are long.", []),
    ],
)  # fmt: skip
def test_numbers_with_units_are_read_in_their_order(
    text: str, amounts: list[tuple[float, str]]
) -> None:
    units = language_of(text).table("question")["totals"]["units"]
    assert [part.amount for part in amounts_in(text, units) if part.amount[1]] == amounts


@pytest.mark.parametrize(("text", "number"), [("花了三百五", 350), ("花了三百零五", 305)])
def test_the_digit_behind_hundreds_is_of_tens_in_chinese(text: str, number: float) -> None:
    assert [part.amount[0] for part in amounts_in(text, {})] == [number]


def test_each_price_is_of_the_thing_before_it_and_of_whom_the_line_begins_with() -> None:
    said = "给妈妈买了一双棉拖鞋，四十九，还有一床被子，两百六。"
    units = language_of(said).table("question")["totals"]["units"]
    slippers, quilt = amounts_told(said, units, ["yuan"], "money")
    assert "拖鞋" in slippers.words
    assert "被子" not in slippers.words
    assert "被子" in quilt.words
    (due,) = amounts_told("存款下周二到期，五万六。", units, ["yuan"], "money")
    assert due.amount == (56000.0, "yuan")
    answer = total(plan("给妈妈买东西一共花了多少钱？"), [scored(said, 1.0)])
    assert answer[0].text == "一共¥309.00（¥49.00 + ¥260.00）。"


@pytest.mark.parametrize(
    ("text", "thing", "number"),
    [
        ("I bought half a dozen eggs.", "eggs", 6),
        ("I bought a pair of lamps.", "lamps", 2),
        ("Ich habe zwei Dutzend Eier gekauft.", "eier", 24),
        ("我买了一打鸡蛋。", "鸡蛋", 12),
    ],
)
def test_a_dozen_is_twelve(text: str, thing: str, number: float) -> None:
    assert [part.amount for part in amounts_in(text, {thing: [thing]})] == [(number, thing)]


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("A whole hour on the bells, and my hands are raw.", 60),
        ("Full hour today, then home.", 60),
        ("Hour and a half on the ropes.", 90),
        ("An hour fifteen with the maul.", 75),
        ("I was in the water for half an hour.", 30),
        ("A half-hour on the sleeve.", 30),
        ("A quick one tonight, fifteen minutes.", 15),
        ("Ten minutes to warm up, and we danced for two and a half hours.", 150),
        ("One hour and three quarters of Latin.", 105),
        ("It was an hour ago.", 0),
        ("He came twenty minutes late.", 0),
        ("Thirty miles an hour, and every hour a bus.", 0),
        ("It was rush hour.", 0),
        ("Eineinviertel Stunden haben wir geübt.", 75),
        ("Nummer zwei, diesmal dreißig Minuten.", 30),
        ("Eine gute halbe Stunde am Klavier.", 30),
        ("Fast eine Dreiviertelstunde im Wasser.", 45),
        ("Eine ganze Stunde zwanzig auf dem Rad.", 80),
        ("Zweieinhalb Stunden auf der Leiter.", 150),
        ("Er kam vor einer Stunde an.", 0),
        ("Zehn Minuten später war er da, mit zwei Kindern.", 0),
        ("弹了半个钟头。", 30),
        ("游了一个半小时。", 90),
        ("摘了两个半钟头的果子。", 150),
        ("学了三刻钟。", 45),
        ("上了五十分鐘，手都酸了。", 50),
        ("练了一小时二十分钟。", 80),
        ("他一个小时前走的。", 0),
    ],
)
def test_the_longest_time_that_a_line_tells_of_is_read_in_the_words_of_its_language(
    text: str, minutes: float
) -> None:
    assert minutes_told(text) == minutes


def test_dozens_are_added_up() -> None:
    said = (
        ("Ich habe ein Dutzend Eier gekauft.", 0.9, 0),
        ("Ich habe zwei Dutzend Eier gekauft.", 0.8, 1),
    )
    assert summed("Wie viele Eier habe ich insgesamt gekauft?", *said)[0] == (
        "Insgesamt 36 Eier (12 + 24)."
    )


def test_other_units_can_be_counted() -> None:
    units = {"length": ["length", "lengths"]}
    read = amounts_in("Twenty lengths, one length, two miles.", units)
    assert [part.amount for part in read if part.amount[1]] == [(20.0, "length"), (1.0, "length")]


def summed(question: str, *said: tuple[str, float, float]) -> list[str]:
    """The sentences of a sum of words, each with its score and minute."""
    items = [scored(what, score, minute * MINUTE, "me") for what, score, minute in said]
    return [draft.text for draft in total(plan(question), items)]


KETTLE, PAN = ("The kettle was £6.20.", 0.9, 1), ("The pan was eight pounds forty.", 0.6, 0)
BREAD = ("The bread was 3.20 and the milk 1.50.", 0.9, 0)
COST = "How much did the kettle and the pan cost altogether?"


def test_a_sum_is_told_with_its_parts_and_their_words_in_order_of_time() -> None:
    assert summed(COST, KETTLE, PAN) == [
        "£14.60 in all (£8.40 + £6.20).",
        'Yesterday at 10:31 you said: "The pan was eight pounds forty."',
        'Yesterday at 10:32 you said: "The kettle was £6.20."',
    ]


def test_every_sentence_of_a_sum_is_cited() -> None:
    items = [scored(what, score, minute * MINUTE) for what, score, minute in (KETTLE, PAN)]
    first, *quotes = total(plan(COST), items)
    assert [cited.quote for cited in first.citations] == [PAN[0], KETTLE[0]]
    assert [draft.citations for draft in quotes] == [(cited,) for cited in first.citations]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How much did the kettle and the pan cost?", (KETTLE, PAN)),
        (COST, (KETTLE,)),
        (COST, (KETTLE, ("The pan was cheap.", 0.8, 0))),
        (COST, (KETTLE, ("The pan weighs two kilometres.", 0.8, 0))),
        (COST, (KETTLE, ("It was eight pounds forty.", 0.1, 0))),
        (COST, (("The kettle was cheap.", 0.95, 2), KETTLE, PAN)),
        ("How many lengths did I swim altogether?", (KETTLE, PAN)),
        ("Who was there altogether?", (KETTLE, PAN)),
        (COST, ()),
    ],
    ids=["no word for all", "one", "no number", "another unit", "unlikely", "best tells none",
         "counts something else", "asks for no amount", "nothing said"],
)  # fmt: skip
def test_what_is_no_sum_is_not_added_up(
    question: str, said: tuple[tuple[str, float, float], ...]
) -> None:
    assert summed(question, *said) == []


@pytest.mark.parametrize(
    ("question", "first", "then", "lead"),
    [
        ("How long did I run in total?", "I ran for an hour.", "I ran for 30 minutes.",
         "1.5 hours in all (1 + 0.5)."),
        ("How long did I run in total?", "I ran for 30 minutes.", "I ran for an hour.",
         "90 minutes in all (30 + 60)."),
        ("How far did I walk in total?", "Two miles today.", "A mile and a half.",
         "3.5 miles in all (2 + 1.5)."),
        ("How far did I walk in total?", "Three kilometres.", "500 metres.",
         "3.5 kilometres in all (3 + 0.5)."),
        ("How many lengths did I swim altogether?", "Twenty lengths.", "I swam 12 lengths.",
         "32 lengths in all (20 + 12)."),
        ("What did the cups and the plates come to?", "$3 for cups", "$4 for plates",
         "US$7.00 in all (US$3.00 + US$4.00)."),
        ("Wie weit bin ich insgesamt gelaufen?", "Ich bin zwei Kilometer gelaufen.",
         "Es waren noch 3,5 Kilometer.", "Insgesamt 5,5 Kilometer (2 + 3,5)."),
        ("我一共走了多远？", "我走了三公里。", "我走了五公里。", "一共8公里（3 + 5）。"),
    ],
)  # fmt: skip
def test_a_sum_is_in_the_unit_that_was_said_first(
    question: str, first: str, then: str, lead: str
) -> None:
    assert summed(question, (first, 0.9, 0), (then, 0.6, 5))[0] == lead


def test_currencies_are_not_mixed() -> None:
    euros = ("The pan was 8 euros.", 0.8, 3)
    texts = summed(COST, KETTLE, euros, PAN)
    assert texts[0] == "£14.60 in all (£8.40 + £6.20)."
    assert not any("euros" in text for text in texts)


def test_what_was_said_at_another_time_is_not_added() -> None:
    rows = (("Two miles.", 0.9, 0), ("3 miles.", 0.5, -DAY / MINUTE), ("One mile.", 0.5, 5))
    assert summed("How far did I walk in total yesterday?", *rows)[0] == "3 miles in all (2 + 1)."
    assert summed("How far did I walk in total?", *rows)[0] == "6 miles in all (3 + 2 + 1)."


@pytest.mark.parametrize(
    ("question", "said", "told"),
    [
        (COST, (KETTLE, ("The pan was 8 euros.", 0.6, 0)), ""),  # of each currency but one
        (COST, (("The kettle was £6.20 and the pan £8.40.", 0.9, 1), PAN),
         "£14.60 in all (£6.20 + £8.40)."),  # the pan is told of twice
        ("How long did I swim altogether?", (("I swam an hour and twenty minutes.", 0.9, 0),
         ("I swam 30 minutes.", 0.8, 1)), "110 minutes in all (80 + 30)."),
        (COST, (BREAD,), ""),  # of neither
        ("How much were bread and milk altogether?", (BREAD,), "4.70 in all (3.20 + 1.50)."),
        ("How much did bread and cheese come to?", (BREAD, ("The cheese was 6.40.", 0.1, 5)),
         "9.60 in all (3.20 + 6.40)."),
        ("How much was it altogether? (How much was the bread)", (BREAD,),
         "4.70 in all (3.20 + 1.50)."),
        ("What did I spend at the shop in total?",
         (("At the shop the tea was £2, the cake 3.50 and a stamp 85 pence.", 0.9, 0),),
         "£6.35 in all (£2.00 + £3.50 + £0.85)."),
        ("How much did I pay in total?",
         (("I paid twelve euros for the film and eight for the popcorn at seven.", 0.9, 0),),
         "€20.00 in all (€12.00 + €8.00)."),
        ("Wie viel haben Brot und Milch insgesamt gekostet?",
         (("Das Brot hat 3,20 gekostet und die Milch 1,50 Euro.", 0.9, 0),),
         "Insgesamt 4,70\xa0€ (3,20\xa0€ + 1,50\xa0€)."),
    ],
)  # fmt: skip
def test_what_may_not_belong_together_is_not_added_up(
    question: str, said: tuple[tuple[str, float, float], ...], told: str
) -> None:
    assert summed(question, *said)[:1] == [told][: bool(told)]


@pytest.mark.parametrize(
    ("question", "lines", "told"),
    [
        ("How far did I run in total?",
         (("I ran 5 km.", "me"), ("I cycled 22 km.", "me"), ("Seven km today.", "me"),
          ("I'll run 10 km on Sunday.", "me")),
         "12 kilometres in all (5 + 7)."),
        ("How far did I walk in total?",
         (("I walked 3 km, that woke me up.", "me"), ("I drove 120 km.", "me"), ("4 km.", "me")),
         "7 kilometres in all (3 + 4)."),
        ("How long did I sleep in total?",
         (("I slept 7 hours.", "me"), ("I slept 9 hours.", "Ada"), ("I slept 6 hours.", "me")),
         "13 hours in all (7 + 6)."),
        ("How long did Ada sleep in total?",
         (("I slept 7 hours.", "me"), ("I slept 9 hours.", "Ada"), ("I slept 8 hours.", "Ada")),
         "17 hours in all (9 + 8)."),
        ("How far did my mother walk in total?",
         (("I walked 3 km.", "me"), ("I walked 4 km.", "me")), ""),
        ("How far did she walk in total?",
         (("I walked 3 km.", "me"), ("I walked 4 km.", "Ada")), ""),
        ("How much did I give Ben in total?",
         (("I gave Ben 30 euros.", "me"), ("I gave you 10 euros.", "Ben"),
          ("I gave Ada 5 euros.", "me"), ("I gave Ben 7 euros.", "me")),
         "€37.00 in all (€30.00 + €7.00)."),
    ],
)  # fmt: skip
def test_only_what_the_person_meant_did_is_added_up(
    question: str, lines: tuple[tuple[str, str], ...], told: str
) -> None:
    items = [scored(what, 0.9 - at / 10, at * MINUTE, who) for at, (what, who) in enumerate(lines)]
    drafts = total(plan(question), items)
    assert (drafts[0].text if drafts else "") == told
