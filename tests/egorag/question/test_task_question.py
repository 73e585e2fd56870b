"""Which questions ask for open tasks, and which only sound like it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from egorag.question.plan import make_plan, plan_of
from egorag.question.task_question import Wanted, read_todo
from egorag.time.calendar.local_time import LocalTime
from memory.types.core import Question, Span

LOCAL = LocalTime.of(1_772_532_000.0, "UTC")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("What do I still have to do?", Wanted()),
        ("What's left to do today?", Wanted()),
        ("我还有什么没做？", Wanted()),
        ("哪些事还没弄？", Wanted()),
        ("我还有什么事没处理？", Wanted()),
        ("我还有什么事要处理？", Wanted()),
        ("Remind me what I need to do this week", Wanted()),
        ("what are my open tasks", Wanted()),
        ("What's on my to-do list?", Wanted()),
        ("what should I still do", Wanted()),
        ("Is there anything left to do?", Wanted()),
        ("What have I forgotten?", Wanted(forgotten=True)),
        ("What do we still need to buy?", Wanted(verb="buy", ours=True)),
        ("Do I still have to call anybody?", Wanted(verb="call")),
        ("What was I going to buy?", Wanted(verb="buy", past=True)),
        ("Did I say I'd call anybody?", Wanted(verb="call", past=True, own=True)),
        ("What did I promise Anna?", Wanted(about=("anna",), past=True, own=True)),
        ("Who did I promise to call?", Wanted(verb="call", past=True, own=True)),
        ("What did Anna ask me to do?", Wanted(past=True, asked=True, of="anna")),
        ("What did Anna promise me?", Wanted(past=True, own=True, theirs="anna")),
        (
            "What did the man from Hobbs's promise?",
            Wanted(past=True, own=True, theirs="man from hobbs's"),
        ),
        ("What did Anna say she'd bring?", Wanted("bring", past=True, own=True, theirs="anna")),
        (
            "Was hat mir der Dachdecker versprochen?",
            Wanted(past=True, own=True, theirs="dachdecker"),
        ),
        ("Was hat Nils mir versprochen?", Wanted(past=True, own=True, theirs="nils")),
        ("老李答应给我买什么？", Wanted("买", past=True, own=True, theirs="老李")),
        ("我还要做什么？", Wanted()),
        ("我还有什么事没办？", Wanted()),
        ("Was muss ich noch tun?", Wanted()),
        ("Was ist diese Woche fällig?", Wanted(due=True)),
        ("Was müssen wir noch kaufen?", Wanted(verb="kaufen", ours=True)),
        ("Was habe ich Anna versprochen?", Wanted(about=("anna",), past=True, own=True)),
        ("Was habe ich vergessen?", Wanted(forgotten=True)),
        ("我答应安娜什么了？", Wanted(about=("安娜",), past=True, own=True)),
    ],
)
def test_questions_for_tasks_are_read(text: str, wanted: Wanted) -> None:
    plan = plan_of(text, LOCAL)
    assert plan.kind == "todo"
    assert read_todo(plan.query) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "What did I do yesterday?",
        "What did I have to eat?",
        "Did I still have milk?",
        "What do I have in my bag?",
        "What was I going to say?",
        "Do I have to sign this?",
        "Where did I forget my keys?",
        "What did I forget at home?",
        "What should I wear?",
        "What do I need to do to open the door?",
        "When did I promise Anna to call?",
        "How many promises did I make?",
        "What is left in the fridge?",
        "What was I going to do when Ben came?",
        "What tasks did we do yesterday?",
        "What are we doing tomorrow?",
        "Did I call the dentist?",
        *("Was habe ich gestern gemacht?", "Was soll ich anziehen?", "Was wollte ich sagen?"),
        *("Wo habe ich meine Schlüssel vergessen?", "Muss ich das unterschreiben?"),
        *("我昨天做了什么？", "我把书还了吗？"),
    ],
)
def test_other_questions_keep_their_kind(text: str) -> None:
    assert plan_of(text, LOCAL).kind != "todo"


def listed() -> list[tuple[str, str]]:
    text = Path(__file__).with_name("todo_questions.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return [(row[0], row[1]) for row in rows]


@pytest.mark.parametrize(("label", "text"), listed())
def test_questions_that_others_might_ask_are_told_apart(label: str, text: str) -> None:
    assert (plan_of(text, LOCAL).kind == "todo") == (label == "todo")


def test_a_question_with_options_is_chosen_from_not_listed() -> None:
    asked = Question("What do I still have to buy?", 1_772_532_000.0, "UTC", ("milk", "bread"))
    assert make_plan(asked).kind == "lookup"


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("What do I have to do by tonight?", 29),
        ("What do I have to do until this evening?", 23),
        ("What did I do before tonight?", 18),
        ("Was muss ich bis heute Abend tun?", 23),
        ("今天晚上之前我要做什么？", 23),
        ("今天晚上之前我做了什么？", 18),
    ],
)
def test_what_is_to_be_done_by_tonight_may_be_done_in_the_night(text: str, hours: int) -> None:
    time = plan_of(text, LOCAL).time
    midnight = LOCAL.days(LOCAL.today, LOCAL.today + timedelta(days=1)).start
    assert time
    assert time.span == Span(midnight, midnight + 3600 * hours)
