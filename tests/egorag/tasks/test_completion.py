"""Which later sentences tell that a task was done: see also ``benchmarks/training/tasks.py``."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egorag.tasks.commitments import commitments
from egorag.tasks.completion import search_terms, tells_done

CALL, BUY, PAY = (
    "I have to call the dentist tomorrow.",
    "I need to buy more milk.",
    "I still have to pay the rent.",
)


@pytest.mark.parametrize(
    ("task", "told"),
    [
        (CALL, "I called the dentist this morning."),
        (CALL, "I am calling the dentist."),
        (CALL, "I spoke to the dentist."),
        (BUY, "I bought milk and bread."),
        (BUY, "I bought bread, milk and eggs."),
        (CALL, "I called Mum, the dentist and Gary."),
        (
            "The library books are due on Friday.",
            "I dropped the library books off, bang on the day.",
        ),
        ("我还要买牛奶。", "我买了面包、牛奶和鸡蛋。"),
        (BUY, "I got the milk."),
        (PAY, "The rent is paid."),
        (PAY, "Just paid the rent."),
        (PAY, "The rent's paid."),
        (PAY, "Rent\u2019s already paid, all of it."),
        ("I'll have a look at the sink next week.", "I had a look at the sink."),
        ("I have to turn off the heating.", "I turned off the heating."),
        ("我还要买牛奶。", "我买了牛奶。"),
        ("我得在周五之前交房租。", "我交了房租。"),
        ("I have to book the train to Berlin.", "I booked the train."),
        ("I need to return the library books by June.", "I returned the books."),
        ("The rent is due on Friday.", "I paid the rent."),
        ("I have to return the library books by Friday.", "I took the books back."),
        ("I need to pay the electricity bill.", "The electricity bill is settled."),
        ("We need to clean the windows before my parents come.", "We've done the windows."),
        ("Ich muss noch die Miete überweisen.", "Ich habe die Miete überwiesen."),
        ("Ich muss die Bücher bis Freitag zurückgeben.", "Die Bücher habe ich zurückgebracht."),
        ("Ich muss die Stromrechnung bezahlen.", "Die Rechnung ist bezahlt."),
        ("Wir müssen noch Milch kaufen.", "Ich habe Milch geholt."),
        ("我得还书。", "我把书还了。"),
        ("我得给小陈答复。", "我回小陈了。"),
        ("订黄油的事我还没弄。", "黄油订好了。"),
        ("别忘了交电费。", "电费已经交了。"),
        ("记得给妈妈打电话。", "我给妈妈打过电话了。"),
    ],
)
def test_the_deed_told_as_done_is_done(task: str, told: str) -> None:
    assert tells_done(commitments(task)[0], told)


@pytest.mark.parametrize(
    ("task", "told"),
    [
        (CALL, "I didn't call the dentist."),
        (CALL, "I forgot to call the dentist."),
        (CALL, "I nearly called the dentist."),
        ("我得还书。", "我忘了还书。"),
        (CALL, "Did you call the dentist?"),
        (CALL, "I'll call the dentist on Monday."),
        (CALL, "I called my mother."),
        (CALL, "The dentist was nice."),
        (BUY, "I drank the milk."),
        (PAY, "I should have paid the rent."),
        (PAY, "He paid the rent."),
        (PAY, "Pay the rent."),
        (PAY, "Tasha's paid the rent."),
        (PAY, "The rent's not paid."),
        ("I have to call Anna.", "Anna's mum called."),
        ("I have to turn off the heating.", "I turned on the heating."),
        ("I have to sweep the room.", "I looked round the room, sweeping the ceiling."),
        ("Remember to call my aunt when you are in Rome.", "I called a taxi in Rome."),
        ("我还要买牛奶。", "我没买牛奶。"),
        ("I have to book the train to Berlin.", "I booked the train to Munich."),
        ("I have to buy milk and eggs.", "I bought milk."),
        ("The rent is due on Friday.", "I talked about the rent."),
        ("I have to return the library books by Friday.", "I read the library books."),
        ("I have to return the library books by Friday.", "I took the bottles back."),
        ("Don't forget to call grandma.", "I called my sister about grandma."),
        ("I must order new tyres for the bike.", "I ordered new tyres for the car."),
        ("I must order new tyres for the bike.", "I ordered new tyres, for the car."),
        (PAY, "I paid the bill, and the rent is next."),
        ("I have to wash the car.", "I washed my hair, the car can wait."),
        ("Ich muss noch die Miete überweisen.", "Ich muss die Miete morgen überweisen."),
        ("Ich muss die Bücher zurückbringen.", "Ich habe die Bücher gelesen."),
        ("Ich muss den Müll rausbringen.", "Peter hat den Müll rausgebracht."),
        ("记得给妈妈打电话。", "妈妈给我打了电话。"),
        ("我必须在周五之前交报告。", "小王交了报告。"),
        ("别忘了交电费。", "我交了水费。"),
    ],
)
def test_what_only_speaks_of_it_is_not(task: str, told: str) -> None:
    assert not tells_done(commitments(task)[0], told)


INSURE, FETCH, POST = (
    "I must renew the car insurance this week.",
    "I need to pick up the dress from the cleaner's.",
    "I've got to post the parcel to Ben.",
)
TAX, PARCEL = (
    "Ich muss noch die Steuererklärung abgeben.",
    "Ich muss noch das Paket zur Post bringen.",
)


@pytest.mark.parametrize(
    ("task", "before", "told", "done"),
    [
        (INSURE, "Has the insurance come?", "I've renewed it, two hundred and ten.", True),
        (FETCH, "Did you pick the dress up?", "Yes, I fetched it this morning.", True),
        (POST, "What about the parcel?", "I sent it off at lunch.", True),
        (POST, "", "The parcel is gone, I sent it off at lunch.", True),
        (INSURE, "And the insurance?", "Already renewed.", True),
        (TAX, "Was ist mit der Steuererklärung?", "Die habe ich gestern abgegeben.", True),
        (PARCEL, "Ist das Paket weg?", "Ja, ich habe es heute früh hingebracht.", True),
        ("我得去交电费。", "电费呢？", "已经交了。", True),
        ("我要把伞还给王阿姨。", "伞的事怎么样了？", "我今天早上还给她了。", True),
        (INSURE, "Has the insurance come?", "Not yet, I'll renew it tomorrow.", False),
        (INSURE, "Have you renewed your passport?", "I've renewed it, eighty pounds.", False),
        (FETCH, "Did the parcel come?", "Yes, I fetched it this morning.", False),
        (FETCH, "Did you pick the dress up?", "No, I haven't fetched it.", False),
        (FETCH, "Did you pick the dress up?", "Anna fetched it.", False),
        (POST, "Where's the parcel?", "I saw it on the kitchen table.", False),
        (POST, "Where's the parcel?", "I posted a letter.", False),
        (TAX, "Was ist mit dem Buch aus der Bücherei?", "Das habe ich gestern abgegeben.", False),
        (TAX, "Und die Steuererklärung?", "Die Karten habe ich abgegeben.", False),
        (PARCEL, "Ist das Paket weg?", "Nein, ich habe es vergessen.", False),
        (PARCEL, "Ist das Paket weg?", "Sie hat es hingebracht.", False),
        ("我得去交电费。", "水费呢？", "已经交了。", False),
        ("我要把伞还给王阿姨。", "伞的事怎么样了？", "我还没还给她。", False),
    ],
)
def test_it_is_what_was_named_just_before(task: str, before: str, told: str, done: bool) -> None:
    (found,) = commitments(task)
    assert tells_done(found, told, before=before) is done


@pytest.mark.parametrize(
    ("task", "told", "done"),
    [
        (
            "The house insurance has come. I need to pay it before the end of the month.",
            "I've paid the house insurance online, three hundred and twelve.",
            True,
        ),
        (
            "I tried on the black dress and the zip's broken, I'll take it to the mender's soon.",
            "I dropped the black dress off at the mender's, it'll be ready on Friday.",
            True,
        ),
        (
            "Der Brief liegt noch da. Ich muss ihn zur Post bringen.",
            "Ich habe den Brief zur Post gebracht.",
            True,
        ),
        (
            "The house insurance has come. I need to pay it before the end of the month.",
            "I paid for the house plants.",
            False,
        ),
        (
            "The lawn mower is broken. I have to return it to the shop.",
            "I took the bottles back to the shop.",
            False,
        ),
        (
            "Der Brief liegt noch da. Ich muss ihn zur Post bringen.",
            "Ich habe das Paket zur Post gebracht.",
            False,
        ),
    ],
)
def test_a_task_may_say_it_too(task: str, told: str, done: bool) -> None:
    assert tells_done(commitments(task)[-1], told) is done


def test_an_account_tells_it_in_the_present() -> None:
    (found,) = commitments(PAY)
    assert tells_done(found, "I pay the rent.", told=True)
    assert not tells_done(found, "Tasha pays the rent.", told=True)


@given(st.sampled_from([CALL, BUY, PAY]), st.text(max_size=60))
def test_no_task_is_done_by_its_own_words_or_by_noise(task: str, noise: str) -> None:
    (found,) = commitments(task)
    assert not tells_done(found, task)
    assert not tells_done(found, noise.translate(str.maketrans("", "", "aeiou")))


def test_a_task_without_a_verb_is_searched_by_its_objects() -> None:
    (task,) = commitments("Denk dran, am Donnerstag um acht kommt der Elektriker.")
    assert task.verb == ""
    searched = list[str]()

    def like(root: str) -> list[str]:
        searched.append(root[0])
        return [root]

    assert "elektrik" in search_terms(task, like)
    assert searched
    assert "" not in search_terms(task, like)
