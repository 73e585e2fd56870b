"""What is over (done, called off, moved away) is not told as what lies ahead."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from egorag.answering.answerer import Answerer
from memory.types.core import Question
from tests.egorag.conftest import HomeOf
from tests.egorag.spoken import write_talk

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp()  # a Wednesday
HOUR = 3600.0


@pytest.mark.parametrize(
    ("question", "over", "since"),
    [
        ("What's coming up?", "I have to order the turkey by the ninth of March.",
         "I've ordered the turkey."),
        ("What's coming up?", "We're going to the concert on Friday.",
         "The concert has been called off."),
        ("What's coming up?", "Mum's operation is on the ninth of March.",
         "Mum has the wrong end of the stick, the operation's on the tenth, not the ninth."),
        ("Was steht an?", "Die Besprechung ist am Freitag um neun.",
         "Die Besprechung am Freitag fällt aus, wir machen sie am Montag um zehn."),
        ("Was steht an?", "Am Freitag gehen wir ins Konzert.", "Das Konzert ist leider abgesagt."),
        ("接下来有什么安排？", "周六晚上有聚会。", "聚会取消了。"),
        ("接下来有什么安排？", "儿子说他们九号回来。", "我们回来的日子改了，改成十五号。"),
    ],
)  # fmt: skip
def test_what_is_over_does_not_lie_ahead(
    home_of: HomeOf, question: str, over: str, since: str
) -> None:
    speaker = "儿子" if "儿子" in over else "me"

    def told(*lines: str) -> list[str]:
        said = [(NOON + n * HOUR, speaker, line) for n, line in enumerate(lines)]
        store = home_of(write_talk, said)
        answer = Answerer(store.as_of).ask(Question(question, NOON + 9 * HOUR, "UTC"))
        return [cited.quote for cited in answer.citations]

    assert over in told(over)
    assert over not in told(over, since)


@pytest.mark.parametrize(
    "question", ["what's on tonight?", "今晚有什么事？", "Was steht heute Abend an?"]
)
@pytest.mark.parametrize("hour", [12, 20])
def test_a_night_that_goes_on_lies_ahead_and_the_next_day_is_none_of_it(
    home_of: HomeOf, question: str, hour: int
) -> None:
    lines = ("This evening we see the neighbours.", "Tomorrow I see the dentist.", "I ran today.")
    said = [(NOON - 9 * HOUR + n, "me", line) for n, line in enumerate(lines)]
    said += [(NOON + 7 * HOUR, "me", "The soup was far too salty.")]
    asked = Question(question, NOON + (hour - 12) * HOUR, "UTC")
    store = home_of(write_talk, said)
    answer = Answerer(store.as_of).ask(asked)
    assert [cited.quote for cited in answer.citations] == [lines[0]]
