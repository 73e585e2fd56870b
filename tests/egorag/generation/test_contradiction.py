from __future__ import annotations

import pytest

from egorag.evidence.wearer import Wearer
from egorag.generation.contradiction import contradicts
from memory.store.view import View
from tests.egorag.conftest import plan
from tests.egorag.spoken import line

PRINTER = "I did not buy the printer, it was three hundred euros."
DRUCKER = "Ich habe den Drucker nicht gekauft, er war zu teuer."


@pytest.mark.parametrize(
    ("question", "speaker", "said", "answer", "stays"),
    [
        ("Did I buy the printer?", "me", PRINTER, "Yes.", False),
        ("Did I buy the printer?", "me", PRINTER, "No.", True),
        ("Did I buy the printer?", "me", "I bought the printer.", "Yes.", True),
        ("How much was the printer?", "me", PRINTER, "Three hundred euros.", True),
        ("Why did I not buy the printer?", "me", PRINTER, "You did not buy it.", True),
        ("Habe ich den Drucker gekauft?", "ich", DRUCKER, "Ja.", False),
        ("Habe ich den Drucker gekauft?", "ich", DRUCKER, "Nein.", True),
        ("Habe ich den Drucker gekauft?", "ich", "Ich habe den Drucker gekauft.", "Ja.", True),
        ("Habe ich den Drucker gekauft?", "ich", "Ich habe den Drucker gekauft.", "Yes.", False),
        ("我买打印机了吗？", "我", "我没买打印机。", "是的。", False),
        ("我买打印机了吗？", "我", "我买了打印机。", "是的。", True),
        ("Did I watch Titanic?", "Anna", "I watched Titanic.", "Yes.", False),
        ("Did I watch Titanic?", "Anna", "I watched Titanic.", "No.", True),
        ("Did Anna watch Titanic?", "Anna", "I watched Titanic.", "Yes.", True),
        ("Habe ich Titanic gesehen?", "Petra", "Ich habe Titanic gesehen.", "Ja.", False),
        ("Habe ich Titanic gesehen?", "ich", "Ich habe Titanic gesehen.", "Ja.", True),
        ("Who lent me the tent?", "Lucy", "I am not going to lend you the tent.", "Lucy.", False),
        ("Who lent me the tent?", "Lucy", "I lend you the tent.", "Lucy.", True),
        (
            "When did I paint the fence?",
            "me",
            "In May I'm going to paint the fence.",
            "May.",
            False,
        ),
        ("When did I paint the fence?", "me", "In May I painted the fence.", "In May.", True),
        ("Did I ring the vet?", "me", "I've got to ring the vet.", "Yes.", False),
        ("Did I swim?", "me", "No swimming tonight, the pool is closed.", "Yes.", False),
        ("Did I ring the vet?", "me", "I rang the vet, there's no point now.", "No.", False),
        ("Did I buy the boots?", "me", "I bought the hat, not the boots.", "No.", True),
        ("Did I buy the boots?", "me", "I nearly bought the boots.", "No.", True),
        ("我交房租了吗？", "我", "我把房租交了。", "没有。", False),
        ("When will I paint the fence?", "me", "In May I'm going to paint it.", "In May.", True),
    ],
)
def test_a_short_answer_that_denies_what_it_rests_on_goes(
    view: View, question: str, speaker: str, said: str, answer: str, stays: bool
) -> None:
    wearer = Wearer(view)
    wearer.known = True
    gone = contradicts(plan(question), answer, [line(said, speaker=speaker)], wearer)
    assert gone != stays
