"""What several people bought or ate, told in a language that is not read for events."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from egorag.answering.answerer import Answerer
from memory.store.store import Store
from memory.types.core import Question
from tests.egorag.across.wearers import ASKED, DAY, write_spoken

GERMAN = (
    ("09:00", "me", "Ich habe heute Brot, Milch und Eier gekauft."),
    ("10:00", "Anna", "Ich habe eine grüne Lampe gekauft."),
    ("11:00", "Ben", "Ich habe keine Karten gekauft."),
    ("12:00", "Ben", "Anna hat eine Karte gekauft."),
    ("13:00", "Ben", "Auf dem Markt habe ich einen Hut gekauft."),
    ("14:00", "Ben", "Ich habe beinahe eine Geige gekauft."),
    ("15:00", "Ben", "Ich habe gehört, dass Tom ein Klavier gekauft hat."),
    ("16:00", "Clara", "Ich habe auf dem großen Markt Honig für neun Euro gekauft."),
    ("16:10", "Clara", "Ich habe für sechzig Euro einen Teppich gekauft."),
    ("16:20", "Clara", "Ich habe für einen Freund Pflaumen gekauft."),
)
CHINESE = (
    ("09:00", "me", "我今天买了牛奶、鸡蛋和面包。"),
    ("10:00", "安娜", "我买了一盏绿色的台灯。"),
    ("11:00", "小明", "我没买票。"),
    ("12:00", "小明", "妈妈给我买了苹果。"),
    ("13:00", "小明", "我买了一顶帽子。"),
    ("14:00", "小明", "我差点买了一把小提琴。"),
    ("15:00", "小红", "我花六十块买了一块地毯。"),
    ("15:10", "小红", "去农贸市场买了蜂蜜。"),
    ("15:20", "小红", "我给妈妈买了雨伞和米，一共花了四十五块。"),
    ("15:30", "小红", "我买了盐和花了五块。"),
)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Store]:
    lines = [(f"{DAY}{at}", *line) for at, *line in (*GERMAN, *CHINESE)]
    store = write_spoken(tmp_path / "home", "Jake", lines)  # type: ignore[arg-type]
    yield store
    store.close()


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (
            "Was haben alle gekauft?",
            "Du: Brot, Milch und Eier; Anna: eine grüne Lampe; Ben: einen Hut; "
            "Clara: Honig, einen Teppich und Pflaumen.",
        ),
        ("Was haben Anna und ich gestern gekauft?", "Du: Brot, Milch und Eier; Anna: eine grüne"),
        ("Was hat Anna gekauft?", "Eine grüne Lampe. Gestern um 10:00 sagte Anna: "),
        ("Was habe ich gekauft?", "Brot, Milch und Eier. Gestern um 09:00 sagtest du"),
        (
            "大家都买了什么？",
            "你：牛奶、鸡蛋和面包；安娜：一盏绿色的台灯；小明：一顶帽子；"
            "小红：一块地毯、蜂蜜、雨伞、米和盐。",
        ),
        ("安娜和我都买了什么？", "你：牛奶、鸡蛋和面包；安娜：一盏绿色的台灯。"),
        ("我买了什么？", "牛奶、鸡蛋和面包。昨天09:00，你说"),
    ],
)
def test_things_are_listed_by_who_it_was(home: Store, question: str, told: str) -> None:
    answer = Answerer(home.as_of).ask(Question(question, ASKED, "UTC"))
    assert answer.text.replace("。 ", "。").startswith(told)
    assert answer.citations


@pytest.mark.parametrize("question", ["Was haben alle gegessen?", "大家都喝了什么？"])
def test_of_deeds_that_nobody_tells_nothing_is_listed(home: Store, question: str) -> None:
    assert Answerer(home.as_of).ask(Question(question, ASKED, "UTC")).abstained
