"""What people tell that they did is listed, added up and denied, in three languages."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from egorag.answering.answerer import Answerer
from egorag.evidence.deeds import lacks_deed
from egorag.evidence.units import clip_units
from ingest.derived import events
from memory.store.store import Store
from memory.types.core import Question
from tests.egorag import diaries, lives
from tests.egorag.across.wearers import ASKED, DAY, write_spoken
from tests.egorag.conftest import HomeOf, plan
from tests.egorag.spoken import DAY as A_DAY
from tests.egorag.spoken import write_talk

GERMAN = (
    ("09:00", "me", "Ich habe heute Brot, Milch und Eier gekauft."),
    ("09:10", "me", "Ich habe mein altes Rad an Tom verkauft."),
    ("09:15", "me", "Ich habe zwei Bücher zurückgegeben."),
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
    ("09:20", "me", "我卖了一张桌子。"),
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
def home(home_of: HomeOf) -> Store:
    lines = ((f"{DAY}{at}", *line) for at, *line in (*GERMAN, *CHINESE))
    return home_of(write_spoken, "Jake", tuple(lines))


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (
            "Was haben alle gekauft?",
            "Du: Brot, Milch und Eier; Anna: eine grüne Lampe; Ben: einen Hut; "
            "Clara: Honig, einen Teppich und Pflaumen.",
        ),
        ("Was haben Anna und ich gestern gekauft?", "Du: Brot, Milch und Eier; Anna: eine grüne"),
        (
            "Was hat Anna gekauft?",
            "Eine grüne Lampe und eine Karte. Gestern um 10:00 Uhr sagte",
        ),
        ("Was habe ich gekauft?", "Brot, Milch und Eier. Gestern um 09:00 Uhr sagtest du"),
        (
            "大家都买了什么？",
            "你：牛奶、鸡蛋和面包；安娜：一盏绿色的台灯；小明：一顶帽子；"
            "小红：一块地毯、蜂蜜、雨伞、米和盐。",
        ),
        ("安娜和我都买了什么？", "你：牛奶、鸡蛋和面包；安娜：一盏绿色的台灯。"),
        ("我买了什么？", "牛奶、鸡蛋和面包。昨天09:00，你说"),
        ("Was habe ich verkauft?", "Dein altes Rad. Gestern um 09:10 Uhr sagtest du"),
        ("我卖了什么？", "一张桌子。昨天09:20，你说"),
        ("Was habe ich zurückgegeben?", "Zwei Bücher. Gestern um 09:15 Uhr sagtest du"),
    ],
)
def test_things_are_listed_by_who_it_was(home: Store, question: str, told: str) -> None:
    answer = Answerer(home.as_of).ask(Question(question, ASKED, "UTC"))
    assert answer.text.replace("。 ", "。").startswith(told)
    assert answer.citations


NOTED = (
    ("08:05", "I eat porridge and laugh."),
    ("09:00", "We bought milk and bread."),
    ("09:10", "Ben bought a kite."),
    ("10:00", "I had a coffee, and Ada called."),
    ("11:00", "I had a meeting with Tom."),
    ("12:30", "I had ramen again."),
    ("13:00", "I ordered takeout."),
    ("18:40", "I'm eating a slice of pizza. I want to eat cake."),
    ("19:45", "I ate a few more grapes. It was pretty good, I'm eating it right now."),
)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("What did I eat?", "Porridge, ramen, a slice of pizza and a few more grapes. "),
        ("What did I eat for dinner?", "A slice of pizza and a few more grapes. "),
        ("What did I eat for breakfast?", "Porridge. "),
        ("What did I drink?", "A coffee. "),
        ("Was habe ich gegessen?", "Porridge, ramen, a slice of pizza und a few more grapes. "),
        ("What did we buy?", "You: milk and bread. "),
        ("What did Ben buy?", "A kite. "),
        ("What was the last thing I ate?", 'On Wednesday 12 March at 19:45, as noted: "I ate'),
    ],
)
def test_what_was_noted_in_english_is_listed(home_of: HomeOf, question: str, told: str) -> None:
    lines = tuple((f"2025-03-12T{at}", line) for at, line in NOTED)
    assert noted(home_of, lines, question).startswith(told)


def noted(home_of: HomeOf, lines: tuple[tuple[str, str], ...], question: str) -> str:
    """The answer on the day behind in a home in which these lines were noted."""
    asked = Question(question, diaries.at("2025-03-14T21:00"), "UTC")
    return Answerer(home_of(diaries.write_diary, lines).as_of).ask(asked).text


@pytest.mark.parametrize(
    ("line", "question", "expected"),
    [
        ("I bought apples, pears and, no not pears, plums.", "What did I buy?", "Apples and plums"),
        ("I bought bread and ham, oh no, not ham, salami.", "What did I buy?", "Bread and salami"),
        ("I bought apples. No, thanks, no bag.", "What did I buy?", "Apples"),
        ("I bought rice, beans and not a single tomato.", "What did I buy?", "Rice and beans"),
        ("I bought a drill, paint and a brush at the hardware store.", "What did I buy?",
         "A drill, paint and a brush"),
        ("I bought bread at the market. I bought salt.", "What did I buy at the market?", "Bread"),
        ("I drank a beer, two glasses of wine and a coke.", "What did I drink?",
         "A beer, two glasses of wine and a coke"),
        ("I bought a hat. I nearly bought a violin.", "What did I buy?", "A hat"),
        ("I bought a hat, milk and bread, but I nearly bought a violin.", "What did I buy?",
         "A hat, milk and bread"),
        ("I bought a hat. I have to buy a birthday card.", "What did I buy?", "A hat"),
        ("I bought a phone charger. I bought a birthday present for Geoff.", "What did I buy?",
         "A phone charger and a birthday present"),
        ("I bought a hat. I heard Tom bought a piano.", "What did everyone buy?", "You: a hat"),
        ("Lisa bought bread. Lisa bought a scooter, no, not Lisa, Mia.", "What did Lisa buy?",
         "Bread"),
        ("I bought a hat. I bought a bicycle yesterday, a green one.", "What did I buy?",
         "A hat and a bicycle"),
        ("I bought a hat. I bought a bicycle yesterday.", "What did I buy on 12 March?",
         "A hat, Wednesday 12 March"),
        ("I ate two, no, three sandwiches.", "How many sandwiches did I eat?",
         "3 sandwiches in all"),
        ("I bought half a dozen eggs. I made an omelette with four eggs.",
         "How many eggs did I buy?", "6 eggs in all"),
        ("I bought a dozen eggs and ate a pair of eggs.", "How many eggs did I buy?",
         "12 eggs in all"),
        ("I had two eggs for breakfast.", "How many eggs did I eat?", "2 eggs in all"),
    ],
)  # fmt: skip
def test_what_holds_in_the_end_is_listed_and_added_up(
    home_of: HomeOf, line: str, question: str, expected: str
) -> None:
    answer = noted(home_of, (("2025-03-12T12:00", line),), question)
    assert answer.startswith(f"{expected}. ")


def test_no_other_meal_stands_for_what_a_line_calls_by_its_name(home_of: HomeOf) -> None:
    lines = (("2025-03-12T12:00", "I made pancakes for lunch. I ate tacos."),)
    assert noted(home_of, lines, "What did I eat for lunch?").startswith("On Wednesday 12 March")


@pytest.mark.parametrize("question", ["Was haben alle gegessen?", "大家都喝了什么？"])
def test_of_deeds_that_nobody_tells_nothing_is_listed(home: Store, question: str) -> None:
    assert Answerer(home.as_of).ask(Question(question, ASKED, "UTC")).abstained


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
        ("Wie oft bin ich gelaufen?", "Mindestens 2-mal, am "),
        ("我打了几次羽毛球？", "至少2次："),
        ("我打了几次篮球？", "我没有找到"),
        ("Wie oft bin ich gerannt?", "Mindestens 3-mal, am "),
        ("我打了几次保龄球？", "至少3次："),
        ("Wie oft bin ich geschwommen?", "Ich habe keine Aufnahme"),
    ],
)
def test_days_are_counted_on_which_i_say_that_i_did(
    home_of: HomeOf, question: str, answer: str
) -> None:
    assert ask(home_of, SAID, question).startswith(answer)


def write_days(home: Path, said: Sequence[tuple[str, str]]) -> Store:
    """A home in which these words were said, a line a day."""
    store = write_talk(home, [(lives.TALK + n * A_DAY, *line) for n, line in enumerate(said)])
    events.rebuild(store)
    return store


def ask(home_of: HomeOf, said: tuple[tuple[str, str], ...], question: str) -> str:
    asked = Question(question, lives.TALK + (len(said) + 1) * A_DAY, lives.ZONE)
    return Answerer(home_of(write_days, said).as_of).ask(asked).text


SPORT = (
    ("me", "Ich war laufen, es war kalt."),
    ("me", "Heute bin ich acht Kilometer gelaufen."),
    ("me", "Ich laufe gern."),
    ("me", "Ich habe keine Lust zu laufen."),
    ("me", "Ich war zu müde zum Laufen."),
    ("me", "Ich war nicht laufen."),
    ("me", "Ich habe mich verlaufen."),
    ("Lilli", "Ich bin gelaufen."),
    ("me", "Der Hund ist weggelaufen."),
    ("me", "Wir waren gestern wandern."),
    ("me", "Ich war müde und wollte nicht wandern."),
    ("me", "Am Abend bin ich geschwommen."),
    ("我", "我今天去跑步了。"),
    ("我", "我跑了八公里。"),
    ("我", "我喜欢跑步。"),
    ("我", "今天没跑步。"),
)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Wie oft war ich laufen?", "Mindestens 2-mal, am "),
        ("Wie oft bin ich gelaufen?", "Mindestens 2-mal, am "),
        ("Wie oft war ich wandern?", "Mindestens einmal, am "),
        ("Wie oft bin ich schwimmen gegangen?", "Mindestens einmal, am "),
        ("Wie oft war ich klettern?", "Ich habe keine Aufnahme"),
        ("我跑了几次步？", "至少2次："),
        ("我去跑步了几次？", "至少2次："),
        ("我去爬山了几次？", "我没有找到"),
    ],
)
def test_a_verb_is_met_in_other_forms_but_not_as_a_habit_or_another_verb(
    home_of: HomeOf, question: str, answer: str
) -> None:
    assert ask(home_of, SPORT, question).startswith(answer)


SHOPPING = (
    ("me", "I sold four jars at the fair."),
    ("me", "I sold two more jars."),
    ("Ben", "I sold nine jars."),
    ("me", "I want to sell twenty jars."),
    ("me", "I left three jars on the table."),
    ("Anna", "How many jars are left?"),
    ("me", "We have eleven jars left."),
    ("me", "We have seven jars left."),
    ("me", "I lent some plates to Ben."),
    ("me", "Ich habe sechs Eier gekauft."),
    ("me", "Am Freitag kauften wir zehn Eier und Butter."),
    ("Ben", "Ich habe zwölf Eier gekauft."),
    ("me", "Ich habe zwei Eier gegessen."),
    ("me", "Ich wollte drei Eier essen."),
    ("me", "Wir haben noch vier Eier."),
    ("me", "Wir haben noch keine Eier gekauft."),
    ("我", "我买了六个苹果。"),
    ("我", "我们又买了十个苹果。"),
    ("小明", "我买了十二个苹果。"),
    ("我", "我吃了两个苹果。"),
    ("我", "还剩四个苹果。"),
    ("我", "我买了盐，还有三个苹果。"),
)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many jars did I sell?", "6 jars in all (4 + 2). "),
        ("How many jars did Ben sell?", "9 jars in all. "),
        ("Wie viele Eier habe ich gekauft?", "16 Eier insgesamt (6 + 10). "),
        ("Wie viele Eier habe ich gegessen?", "2 Eier insgesamt. "),
        ("Wie viele Eier hat Ben gekauft?", "12 Eier insgesamt. "),
        ("我吃了几个苹果？", "一共2个苹果。 "),
        ("小明买了多少个苹果？", "一共12个苹果。 "),
    ],
)
def test_things_are_added_up_where_each_number_is_told(
    home_of: HomeOf, question: str, answer: str
) -> None:
    assert ask(home_of, SHOPPING, question).startswith(answer)


@pytest.mark.parametrize("question", ["How many plates did I lend?", "How many jars did I burn?"])
def test_what_is_told_without_a_number_is_no_sum(home_of: HomeOf, question: str) -> None:
    assert "in all" not in ask(home_of, SHOPPING, question)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("How many jars do we have left?", "We have seven jars left."),
        ("How many jars are left?", "We have seven jars left."),
        ("Wie viele Eier haben wir noch?", "Wir haben noch vier Eier."),
        ("还剩几个苹果？", "还剩四个苹果。"),
        ("我们还有多少个苹果？", "还剩四个苹果。"),
    ],
)
def test_how_many_are_left_is_what_was_told_of_it_last(
    home_of: HomeOf, question: str, told: str
) -> None:
    answer = ask(home_of, SHOPPING, question)
    assert told in answer
    assert "sagtest" in answer or "you said" in answer or "你说" in answer
    assert answer.count(":") + answer.count("：") <= 3  # one moment alone


BOUGHT = (
    ("我", "在市场买了三个模具，一个三十五，还有一箱黄油，四百八。"),
    ("我", "我买了面包。还有牛奶和鸡蛋。"),
    ("我", "给妈妈买了一双拖鞋，还有一床被子。"),
    ("我", "买了鱼竿，三百六，还有鱼饵和一把折叠椅。"),
    ("我", "交了电费，顺便买了一瓶醋。"),
    ("我", "中午跟小李吃的火锅。"),
    ("小李", "我买了一辆车，还有一个锁。"),
)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (
            "我买了什么？",
            "三个模具、一箱黄油、面包、牛奶、鸡蛋、一双拖鞋、一床被子、鱼竿、鱼饵、一把折叠椅和一瓶醋。",
        ),
        ("我在市场买了什么？", "三个模具和一箱黄油。"),
        ("我给妈妈买了什么？", "一双拖鞋和一床被子。"),
        ("小李买了什么？", "一辆车和一个锁。"),
        ("我吃的什么？", "火锅。"),
    ],
)
def test_chinese_lists_go_on_behind_prices_and_further_words(
    home_of: HomeOf, question: str, told: str
) -> None:
    assert ask(home_of, BOUGHT, question).startswith(told)


def test_a_list_goes_on_in_the_next_line_of_the_same_speaker(tmp_path: Path) -> None:
    lines = ((0, "我", "我买了面包。"), (9, "我", "还有牛奶和鸡蛋。"), (20, "小李", "还有一匹马。"))
    store = write_talk(tmp_path / "home", [(lives.TALK + at, *said) for at, *said in lines])
    answer = Answerer(store.as_of).ask(Question("我买了什么？", lives.TALK + A_DAY, lives.ZONE))
    store.close()
    assert answer.text.startswith("面包、牛奶和鸡蛋。")
    assert [one.quote for one in answer.citations] == [lines[0][2], lines[1][2]]


DONE = (
    ("me", "Ben wants to buy a tent."),
    ("Anna", "I bought candles for the table."),
    ("me", "I drank coffee at noon."),
    ("me", "The rent is paid."),
    ("me", "I sold the chairs, but not the table."),
    ("me", "Ben will eine Leiter kaufen."),
    ("me", "Ich habe Brot gekauft."),
    ("我", "小明想买帐篷。"),
    ("我", "我买了面包。"),
    ("我", "我吃药了。"),
    ("我", "手机在沙发垫子底下，我拿出来了。"),
    ("我", "房租我转过去了。"),
)
UNTOLD = ("I did not find that ", "I have no recording", "Dass es dazu kam, habe ich")


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Did I buy a tent?", False),
        ("Did I buy candles?", False),
        ("Did I pay the rent?", True),
        ("Did I sell the chairs?", True),
        ("Did I sell the table?", True),  # "but not the table" says so
        ("Did Anna buy candles?", True),
        ("Habe ich eine Leiter gekauft?", False),
        ("Habe ich Brot gekauft?", True),
        ("我买帐篷了吗？", False),
        ("我买面包了吗？", True),
        ("我吃药了吗？", True),
        ("我吃饭了吗？", False),
        ("我买沙发了吗？", False),
        ("我交房租了吗？", True),
    ],
)
def test_where_nothing_tells_that_i_did_so_that_comes_first(
    home_of: HomeOf, question: str, told: bool
) -> None:
    answer = ask(home_of, DONE, question)
    assert answer.startswith((*UNTOLD, "没有找到", "我没有找到")) != told


@pytest.mark.parametrize(
    ("said", "lacks"),
    [
        ("Im Baumarkt Schrauben geholt.", False),
        ("Ich will Schrauben holen.", True),
        ("Die Schrauben liegen im Keller.", True),
    ],
)
def test_a_deed_may_be_told_in_another_word(tmp_path: Path, said: str, lacks: bool) -> None:
    with closing(write_talk(tmp_path / "home", [(ASKED - 60, "me", said)])) as store:
        view = store.as_of(ASKED)
        units = [u for memory in view.memories("clip") for u in clip_units(view, memory)]
        spoken = [unit for unit in units if unit.kind == "speech"]
        assert lacks_deed(view, plan("Habe ich Schrauben gekauft?"), spoken) == lacks
