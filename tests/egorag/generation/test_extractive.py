"""What is quoted without a language model: corrections, and what changed later."""

from __future__ import annotations

from dataclasses import replace

import pytest

from egorag.answerability.judge import AnswerJudgement
from egorag.evidence.findings import Findings
from egorag.evidence.scoring import Scored
from egorag.evidence.support import SupportVerdict
from egorag.evidence.units import Unit
from egorag.generation.extractive import extractive_answer, nearest, passage_from
from egorag.generation.generative import write_answer
from egorag.wording.draft import Draft, number_citations
from memory.types.core import Span
from tests.egorag.conftest import plan
from tests.egorag.generation.test_hearsay import Parrot
from tests.egorag.spoken import DAY, MINUTE, line, scored

DOOR = line("The code of the garden door is four seven one.")
WRONG = "Sorry, the garden code is four nine one."


def quoted(*units: Unit) -> list[str]:
    return [unit.what for unit in passage_from(units[0], units)]


@pytest.mark.parametrize(
    ("said", "after"),
    [
        (DOOR.what, WRONG),
        (DOOR.what, "No, wait, the garden one is four nine one."),
        ("Der Code am Gartentor ist vier sieben eins.", "Entschuldigung, der Code ist vier neun."),
        ("花园门的密码是四七一。", "不对，花园门的密码是四九一。"),
    ],
)
def test_what_takes_back_is_quoted_after_what_it_corrects(said: str, after: str) -> None:
    assert quoted(line(said), line(after, 10 * MINUTE)) == [said, after]


def test_a_question_is_quoted_with_its_replies_and_not_with_further_questions_alone() -> None:
    units = [
        line("How long did the puzzle take?", 0),
        line("Huh?", 4, "Ben"),
        line("No idea.", 8, "Ben"),
        line("How long?", 12, "Cleo"),
        line("Probably over half an hour.", 16),
        line("Where is the cat?", 20),
        line("In the garden, I think.", 24, "Ben"),
        line("She likes it there a lot.", 28),
    ]
    assert quoted(*units) == [unit.what for unit in units[:7]]


def test_a_short_statement_is_quoted_with_the_replies_to_what_is_asked_next() -> None:
    said = [
        line("Overglaze or underglaze.", 0),
        line("What's overglaze?", 4, "Ben"),
        line("You paint it after the firing.", 8),
    ]
    assert quoted(*said) == [unit.what for unit in said]
    other = line("Shall we go?", 4, "Ben")  # asks nothing about what was said
    assert quoted(said[0], other, said[2]) == [said[0].what, other.what]


@pytest.mark.parametrize(
    "after",
    [
        line(WRONG, 10 * MINUTE, "Ben"),
        line(WRONG, 16 * MINUTE),
        line(WRONG, -MINUTE),
        line(WRONG, 10 * MINUTE, recording="walk-1"),
        line(WRONG, 10 * MINUTE, kind="text"),
        line("Sorry, the bus was late.", 10 * MINUTE),
        line("The garden code is four nine one.", 10 * MINUTE),
    ],
    ids=[
        "somebody else",
        "too late",
        "before",
        "elsewhere",
        "read",
        "of another thing",
        "no sorry",
    ],
)
def test_what_takes_nothing_back_is_not_quoted_after_it(after: Unit) -> None:
    assert quoted(DOOR, after) == [DOOR.what]


def test_a_correction_is_one_statement_with_what_it_corrects() -> None:
    units = [DOOR, line(WRONG, 10 * MINUTE)]
    best = Scored(DOOR, 0.9, frozenset())
    (draft,) = extractive_answer(
        plan("What is the code of the garden door?"), [best], units, (), read=True
    )
    assert draft.text.endswith(f'Ada said: "{DOOR.what} {WRONG}"')
    assert [cited.quote for cited in draft.citations] == [DOOR.what, WRONG]


def told(*items: Scored, read: bool = True, asks: str = "Where is the spare key?") -> list[str]:
    units, asked = [item.unit for item in items], plan(asks)
    return [draft.text for draft in extractive_answer(asked, items, units, (), read=read)]


POT = scored("I'll keep the spare key under the pot.", 0.5, -DAY)
TIN = scored("The spare key is in the tin now.", 0.9)


@pytest.mark.parametrize("hook", [0.5, 0.9])
def test_where_a_thing_is_now_stands_before_where_it_was(hook: float) -> None:
    assert told(TIN, POT) == [
        'Yesterday at 10:31 Ada said: "The spare key is in the tin now."',
        "Before that: On Monday 2 March at 10:31 Ada said: \"I'll keep the spare key under the "
        'pot."',
    ]
    moved = scored("The spare key's not staying in the tin, I've hung it on the hook.", hook, DAY)
    assert "hook" in told(scored(TIN.unit.what, 0.7), moved)[0]


def test_a_later_place_stands_first_also_where_it_is_less_likely() -> None:
    asked, met = plan("Wo ist der Beamer?"), frozenset({"beamer"})
    said = (
        replace(scored("Den Beamer hab ich ins Auto gepackt.", 0.9, -DAY), met=met),
        replace(scored("Der Beamer steht noch bei mir.", 0.2), met=met),
        replace(scored("Der Beamer war teuer.", 0.2, 60), met=met),
    )
    units = [item.unit for item in said]
    first, *rest = extractive_answer(asked, said, units, (), read=True)
    assert "steht noch bei mir" in first.text
    assert "Davor: " in rest[0].text
    assert "teuer" not in " ".join(draft.text for draft in (first, rest[0]))


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("When is the dentist?", "at nine"),
        ("what time's the dentist", "at nine"),
        ("Time of the dentist?", "at nine"),
        ("When was the dentist?", "at two"),
        ("Who's Dentist?", "at two"),
        ("Wann ist der Zahnarzt dran?", "um neun"),
        ("Wann muss ich zum Zahnarzt?", "um neun"),
        ("Wann hab ich den Zahnarzttermin?", "um neun"),
        ("Wann war der Zahnarzt dran?", "um zwei"),
        ("牙医是什么时候？", "九点"),
        ("牙医放哪了？", "两点"),
    ],
)
def test_what_holds_now_is_told_before_what_held_and_else_the_likeliest(
    question: str, first: str
) -> None:
    lines = ("The dentist is on Friday at two.", "The dentist is on Monday at nine.")
    if question.startswith("Wann"):
        lines = ("Der Zahnarzt ist am Freitag um zwei.", "Der Zahnarzt ist am Montag um neun.")
    if "牙医" in question:
        lines = ("牙医是周五两点。", "牙医是周一九点。")
    items = [scored(lines[0], 0.9, -DAY), scored(lines[1], 0.5)]
    units = [item.unit for item in items]
    drafts = extractive_answer(plan(question), items, units, (), read=True)
    assert first in drafts[0].text


def test_what_is_asked_and_replied_stays_in_order_before_what_was_said_earlier() -> None:
    said = (
        scored("I must order the turkey.", 0.8, -DAY),
        scored("Have you ordered the turkey?", 0.6, 0),
        scored("The turkey is ordered.", 0.9, 10, "Ben"),
    )
    units = [item.unit for item in said]
    drafts = extractive_answer(plan("Did I order the turkey?"), said[::-1], units, (), read=True)
    told = " ".join(draft.text for draft in drafts)
    assert told.index("Have you") < told.index("is ordered") < told.index("Before that: ")


def test_a_date_to_come_is_told_before_one_that_is_over() -> None:
    over = scored("They can fit the crown on Tuesday the third.", 0.9, -3 * DAY)
    coming = scored("Could you come on Friday at two instead?", 0.3)
    units = [over.unit, coming.unit]

    def leading(question: str) -> str:
        asked = plan(question)
        return extractive_answer(asked, [over, coming], units, (), read=True)[0].text

    assert "Friday" in leading("When is the crown?")
    assert "Tuesday" in leading("When was the crown?")
    assert "Tuesday" in leading("Where is the crown?")


def test_later_stands_before_what_was_said_much_later_about_the_same() -> None:
    items = (scored(TIN.unit.what, 0.9, -DAY), scored("I like the spare key.", 0.5))
    texts = told(*items, asks="Where was the spare key?")
    assert texts[1] == 'Later: Yesterday at 10:31 Ada said: "I like the spare key."'
    assert told(TIN) == ['Yesterday at 10:31 Ada said: "The spare key is in the tin now."']


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Where was the spare key before?", "pot"),
        ("Where was the spare key until then?", "pot"),
        ("Where was the spare key before the party?", "tin"),
        ("Where did I see the spare key before?", "pot"),
    ],
)
def test_before_asks_for_the_state_before_the_last(question: str, first: str) -> None:
    hook = scored("The spare key is on the hook.", 0.8, -2 * DAY)
    pot = scored(POT.unit.what, 0.03, -DAY)
    items = [TIN, hook, pot]
    units = [item.unit for item in items]
    drafts = extractive_answer(plan(question), items, units, (), read=True)
    assert first in drafts[0].text


@pytest.mark.parametrize(
    "other",
    [
        scored("I'll keep the spare key under the pot.", 0.5, -14 * MINUTE),
        scored("The bicycle is in the shed today.", 0.5, -DAY),
        scored("The bicycle is in the shed today.", 0.5, DAY / 2),
        scored("I'll keep the spare key under the pot.", 0.2, -DAY),
    ],
    ids=["soon after", "another thing before", "another thing after", "less likely"],
)
def test_later_stands_before_nothing_else(other: Scored) -> None:
    texts = told(TIN, other)
    assert len(texts) == 2
    assert not any(text.startswith("Later:") for text in texts)


SHED, LAMP = (
    scored(what, score, -DAY)
    for what, score in (
        ("The bicycle is in the shed today.", 0.4),
        ("I bought a lamp for the hall.", 0.2),
    )
)


def test_what_is_less_than_half_as_likely_is_told_as_less_sure() -> None:
    sure, *others = told(TIN, SHED, LAMP)
    assert [text.startswith("Perhaps also: ") for text in others] == [True, False]
    assert not sure.startswith("Perhaps")
    likely = replace(SHED, score=0.5)
    assert not any(text.startswith("Perhaps") for text in told(TIN, likely))


def test_of_what_somebody_said_no_words_of_others_are_quoted_unless_they_tell_of_it() -> None:
    items = [
        scored("We should book the cabin.", 0.9, 0, "Cleo"),
        scored("Ben said that he is late.", 0.7, DAY, "Cleo"),
        scored("I can't come on Saturday.", 0.5, 2 * DAY, "Ben"),
        scored("The train was full.", 0.4, 3 * DAY, "Cleo"),
    ]
    units = [item.unit for item in items]

    def quotes(question: str) -> list[str]:
        return [d.text for d in extractive_answer(plan(question), items, units, (), read=True)]

    told_of, said = quotes("What did Ben say?")
    assert "Ben said" in told_of
    assert "I can't come" in said
    assert len(quotes("What did Ada say?")) == 3


def test_what_was_not_read_word_by_word_stays_best_first() -> None:
    best, second = (replace(item, met=frozenset({"key"})) for item in (TIN, POT))
    texts = told(best, replace(second, score=0.85), read=False)
    assert "tin" in texts[0]
    assert "pot" in texts[1]
    assert not any(text.startswith("Later:") for text in texts)


def test_a_sum_is_told_only_of_what_was_read() -> None:
    asked = plan("How far did I walk in total?")
    items = [
        scored("I walked two miles.", 0.9, 0, "me"),
        scored("I walked three miles.", 0.6, DAY / 2, "me"),
    ]
    units = [item.unit for item in items]
    assert extractive_answer(asked, items, units, (), read=True)[0].text.startswith("5 miles")
    assert "5 miles" not in extractive_answer(asked, items, units, (), read=False)[0].text


@pytest.mark.parametrize(("read", "quotes"), [(True, 2), (False, 1)])
def test_what_was_read_is_quoted_whole_beside_what_a_model_wrote(read: bool, quotes: int) -> None:
    items = [replace(item, met=frozenset({"key"})) for item in (TIN, POT)]
    written = [Draft("In the pot.", (POT.unit.citation(),))]
    units = [item.unit for item in items]
    texts = [
        d.text
        for d in extractive_answer(
            plan("Where is the spare key?"), items, units, written, read=read
        )
    ]
    assert len(texts) == quotes
    assert any("tin" in text for text in texts) == read


@pytest.mark.parametrize(
    ("days", "leads", "order"),
    [
        ((1, 0, 2), ("", "Later: ", "Before that: "), ("kite", "saw", "mower")),
        ((2, 0, 1), ("", "Before that: ", "Before that: "), ("kite", "saw", "mower")),
    ],
)
def test_the_likeliest_is_told_before_what_came_later_and_what_was_before(
    days: tuple[int, ...], leads: tuple[str, ...], order: tuple[str, ...]
) -> None:
    bought = [
        scored(f"I bought a {what}.", score, day * DAY, "Tom")
        for what, score, day in zip(("kite", "mower", "saw"), (0.9, 0.8, 0.7), days)
    ]
    units = [item.unit for item in bought]
    drafts = extractive_answer(plan("What did Tom buy?"), bought, units, (), read=True)
    assert len(drafts) == len(order)
    for draft, lead, what in zip(drafts, leads, order):
        assert draft.text.startswith(lead)
        assert what in draft.text


def test_what_a_model_rests_on_is_quoted_before_what_the_judge_thinks_of() -> None:
    written = [Draft("In the shed.", (SHED.unit.citation(),))]
    items = [TIN, *(replace(LAMP, score=0.3, unit=line(f"Lamp {n}.", n * DAY)) for n in (2, 4))]
    units = [item.unit for item in (*items, SHED)]
    asked = plan("Where is the spare key?")
    texts = [d.text for d in extractive_answer(asked, items, units, written, read=True)]
    assert "in the shed" in texts[0]
    assert "in the tin" in texts[1]


def test_what_a_model_rests_on_is_quoted_first_also_where_the_judge_thinks_less_of_it() -> None:
    items = [TIN, replace(POT, score=TIN.score / 2)]
    written = [Draft("In the pot.", (POT.unit.citation(),))]
    asked, units = plan("Where is the spare key?"), [item.unit for item in items]
    texts = [d.text for d in extractive_answer(asked, items, units, written, read=True)]
    assert ["pot" in text for text in texts] == [True, False]


def test_a_model_says_nothing_of_another_time_where_the_time_itself_was_found() -> None:
    asked = plan("Where was the spare key on Monday 2 March 2026?", TIN.unit.span.end + 9 * DAY)
    assert asked.exact_span is not None
    then = replace(TIN.unit, span=Span(asked.exact_span.start, asked.exact_span.start + 5))
    later = replace(POT.unit, span=Span(then.span.start + 3 * DAY, then.span.end + 3 * DAY))
    for best, written in ((then, []), (later, ["In the pot."])):
        units = (best, *({then, later} - {best}))
        read = findings(*(Scored(unit, 0.9, frozenset()) for unit in units), supported=True)
        assert [d.text for d in write_answer(Parrot("In the pot."), asked, read)] == written


@pytest.mark.parametrize(
    ("best", "share", "written"),
    [
        (TIN.unit.what, 0.9, True),
        (TIN.unit.what, 0.001, False),
        ("Where is the spare key?", 0.001, True),  # its answer stands beside it
    ],
)
def test_a_model_s_words_go_where_the_judge_holds_what_they_rest_on_for_no_answer(
    best: str, share: float, written: bool
) -> None:
    first = Scored(replace(TIN.unit, what=best), 1.0, frozenset())
    pot = scored(POT.unit.what, share, DAY if best == TIN.unit.what else -DAY)
    read = findings(first, pot, supported=True)
    asked = plan("Where is the spare key?")
    drafts = write_answer(Parrot("In the pot."), asked, read, None, lambda *_: [3.0, 2.0])
    assert bool(list(drafts)) == written


def findings(*items: Scored, supported: bool = False) -> Findings:
    """Items that a judge has read."""
    verdict = SupportVerdict(supported, 0.7, (), (), "", ("key",))
    judgement = AnswerJudgement(0.7, 0.8, {0: 1.0})
    return Findings((), tuple(item.unit for item in items), items, verdict, judgement)


def near(question: str, *items: Scored) -> list[str]:
    """What is told as the nearest of items that a judge did not hold for an answer."""
    return [draft.text for draft in nearest(plan(question), findings(*items))]


def test_no_model_is_asked_to_add_up_what_was_read() -> None:
    walks = (
        scored("I walked two miles.", 0.9, 0, "me"),
        scored("I walked a mile.", 0.6, DAY, "me"),
    )
    read = findings(*walks, supported=True)
    parrot = Parrot("You walked two miles.")
    assert list(write_answer(parrot, plan("How far did I walk?"), read))
    assert not list(write_answer(parrot, plan("How far did I walk in total?"), read))


def test_a_model_that_only_repeats_what_is_quoted_adds_nothing() -> None:
    read = findings(TIN, supported=True)
    asked = plan("Where is the spare key?")
    assert not list(write_answer(Parrot("the spare key is in the tin now"), asked, read))
    assert list(write_answer(Parrot("In the tin."), asked, read))


def test_the_nearest_is_the_likeliest_alone_and_no_sum() -> None:
    said = (scored("I walked two miles.", 0.9), scored("I walked three miles.", 0.6, -DAY))
    walks = tuple(replace(item, met=frozenset({"walk"})) for item in said)
    (told,) = near("How far did I walk in total?", *walks)
    assert told.startswith("The nearest: ")
    assert "two miles" in told


def test_a_name_alone_is_not_near_to_what_was_asked_of_it() -> None:
    draft = replace(scored("I sent Helene the draft.", 0.9), met=frozenset({"helene"}))
    assert near("When did Helene fire me?", draft) == []
    assert near("When did Helene fire me?", replace(draft, met=frozenset({"helene", "fire"})))


def test_what_shares_no_word_is_near_only_in_another_language() -> None:
    assert near("Where is the spare key?", TIN) == []
    assert near("备用钥匙在哪里？", TIN)[0].startswith("最接近的")


@pytest.mark.parametrize(
    ("question", "who"),
    [
        ("What did Ada say about the strawberries?", {"Ada"}),
        ("Was hat Ada über die Erdbeeren gesagt?", {"Ada"}),
        ("Ada说了什么关于草莓的话？", {"Ada"}),
        ("What did I say to Ada about the strawberries?", {"Ada", "Ben"}),
        ("我跟Ada说了草莓的什么事？", {"Ada", "Ben"}),
        ("Are there enough strawberries?", {"Ada", "Ben"}),
    ],
)
def test_of_what_somebody_said_only_their_words_are_quoted(question: str, who: set[str]) -> None:
    ranked = [
        scored("Not enough strawberries.", 0.9),
        scored("They are all gone.", 0.8, 3.0, "Ben"),
        scored("The strawberries cost four euros at the market.", 0.7, MINUTE, "Ben"),
    ]
    drafts = extractive_answer(plan(question), ranked, [r.unit for r in ranked], (), read=True)
    assert {name for name in ("Ada", "Ben") if any(f"{name}" in d.text for d in drafts)} == who
    assert len(drafts) >= len(who)


def test_what_somebody_said_at_a_time_is_of_that_time_alone() -> None:
    ranked = [scored("We are out of jam.", 0.9, DAY), scored("The jam is red.", 0.8)]
    asked, units = plan("What did Ada say about jam today?"), [one.unit for one in ranked]
    (draft,) = extractive_answer(asked, ranked, units, (), read=True)
    assert "out of jam" in draft.text


def test_what_a_model_copied_from_the_quote_is_said_once() -> None:
    said, other = (Draft(text, (POT.unit.citation(),)) for text in ("In the pot.", "On it."))
    sentences, citations = number_citations([said, other, said])
    assert [(one.text, one.citations) for one in sentences] == [
        ("In the pot.", (0,)),
        ("On it.", (0,)),
    ]
    assert len(citations) == 1
