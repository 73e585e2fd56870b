"""How often I did something is counted by the days on which I tell of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from egorag.answering.answerer import Answerer
from memory.types.core import Question
from tests.egorag import lives
from tests.egorag.spoken import DAY, write_talk

SAID = (
    ("me", "Acht Kilometer gelaufen, einmal durch den Park."),
    ("Lilli", "Ich bin zehn Kilometer gelaufen."),
    ("me", "Heute bin ich nur fünf Kilometer gelaufen."),
    ("me", "Gestern bin ich nicht gelaufen."),
    ("我", "今天打了一个小时羽毛球。"),
    ("我", "我打了四十分钟羽毛球，累死了。"),
    ("我", "明天想打羽毛球。"),
    ("me", "Heute bin ich diese Woche zum dritten Mal gerannt."),
    ("我", "我今天第三次打保龄球。"),
)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Wie oft bin ich gelaufen?", "Mindestens 2-mal. "),
        ("我打了几次羽毛球？", "至少2次。 "),
        ("我打了几次篮球？", "我没有找到"),
        ("Wie oft bin ich gerannt?", "Mindestens 3-mal. "),
        ("我打了几次保龄球？", "至少3次。 "),
        ("Wie oft bin ich geschwommen?", "Ich habe keine Aufnahme"),
    ],
)
def test_days_are_counted_on_which_i_say_that_i_did(
    tmp_path: Path, question: str, answer: str
) -> None:
    talk = [(lives.TALK + n * DAY, *line) for n, line in enumerate(SAID)]
    store = write_talk(tmp_path / "home", talk)
    asked = Question(question, lives.TALK + len(SAID) * DAY + DAY, lives.ZONE)
    told = Answerer(store.as_of).ask(asked).text
    store.close()
    assert told.startswith(answer)
