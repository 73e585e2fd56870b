"""Composed captions and summaries in Chinese: facts are put into other sentences, speech is not."""

from __future__ import annotations

import pytest

from app.presentation.composed_text import in_words, split_speech, translated_label, without_speech
from app.presentation.i18n import use_locale
from egogpt.captioning.template_captioner import TemplateCaptioner
from ingest.vision.detectors.labels import Labels
from memory.store.summary_builder import SummaryMaterial, summarize
from memory.types.core import Clip, Observation, Sighting, Span, Utterance

WHEN = Span(1_772_524_800.0, 1_772_524_920.0)


def seen(kind: str, what: str, count: int = 1) -> Sighting:
    return Sighting(WHEN, kind, what, 0.9, count=count)  # type: ignore[arg-type]


SIGHTINGS = (
    seen("place", "kitchen"),
    seen("face", "Anna"),
    seen("object", "cup"),
    seen("object", "bottle", 2),
    seen("object", "flux gate"),
    seen("colour", "blue clothes"),
    seen("hand", "own hand holding knife"),
    seen("text", "EXIT. This way"),
    seen("sound", "music"),
)
SAID = (Utterance(WHEN, "I see a cup. Take it.", "Anna"),)


def test_a_composed_caption_is_told_in_chinese_and_speech_is_left() -> None:
    caption = TemplateCaptioner().caption(Observation(Clip("c", "r", WHEN), SAID, SIGHTINGS))
    assert in_words(caption) == caption
    with use_locale("zh"):
        assert in_words(caption) == (
            "我在厨房。我和Anna在一起。我看到两个瓶子、杯子、flux gate。"
            "画面里有蓝色衣服。我用手拿着刀。画面中的文字：“EXIT. This way”。"
            "我听到音乐。Anna说：“I see a cup. Take it.”"
        )


def test_a_composed_summary_is_told_in_chinese() -> None:
    material = SummaryMaterial((WHEN,), SAID, SIGHTINGS)
    with use_locale("zh"):
        assert in_words(summarize("hour", "UTC", material)) == (
            "08:00 至 08:02，录了2分钟。说的话：“I see a cup. Take it.”。"
            "画面里有瓶子（2分钟）、杯子（2分钟）、flux gate（2分钟）。"
            "听到：音乐（2分钟）。画面中的文字：“EXIT. This way”。"
        )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("A man in a red shirt walks.", "A man in a red shirt walks."),
        ("I am swimming with Alice; it rains.", "I am swimming with Alice; it rains."),
        ("He sings. I see a chair.", "He sings. 我看到椅子。"),
        ('"I see a chair', '"I see a chair'),
        ("I am with one or two people.", "我和一到两个人在一起。"),
        ("I am with Person 3 and at least three people.", "我和人物 3、至少三个人在一起。"),
        ("two cups were in view", "画面里有两个杯子"),
        ("Nothing was recognised.", "没有识别出什么。"),
        ("", ""),
    ],
)
def test_other_sentences_stay_as_they_are(words: str, told: str) -> None:
    with use_locale("zh"):
        assert in_words(words) == told


@pytest.mark.parametrize(
    ("quoted", "words"),
    [
        ("I was in a kitchen", "我在厨房"),
        ("I held and used a cup", "我拿着杯子"),
        ("my hand was in view", "画面里有我的手"),
        ("perhaps a laptop was in view", "画面里可能有笔记本电脑"),
        ("2 faces were in view", "画面里有两个人脸"),
        ("music was heard", "听到了音乐"),
        ("the car was red", "汽车是红色的"),
        ("somebody in view wore blue", "画面里有人穿着蓝色的衣服"),
        ("I was in a hurry yesterday.", "I was in a hurry yesterday."),
        ("the car was fast", "the car was fast"),
    ],
)
def test_what_is_quoted_of_what_was_seen_is_put_into_words(quoted: str, words: str) -> None:
    with use_locale("zh"):
        assert in_words(quoted) == words


def test_what_pictures_are_recognised_as_has_a_chinese_name() -> None:
    labels = Labels.load()
    words = {*labels.objects, *labels.words.values(), *(group.word for group in labels.groups)}
    with use_locale("zh"):
        assert [word for word in sorted(words) if word and translated_label(word) == word] == []
        assert translated_label("geyser") == "间歇泉"


def test_a_composed_summary_is_told_in_german() -> None:
    composed = "10:00 to 11:20, 1 hour 20 minutes recorded. I see a dog."
    with use_locale("de"):
        told = in_words(composed)
    assert told == "10:00 bis 11:20: 1 Stunde 20 Minuten aufgenommen. Zu sehen: Hund."


@pytest.mark.parametrize(
    ("caption", "speech", "scene", "turns"),
    [
        ('Anna: "Hi. Tea?" I pour. Mr. Lee: "Yes."', ("Hi.", "Tea?", "Yes."), "I pour.", 2),
        ('I see a cup. Dr. Wu says: "It\'s hot."', ("It’s hot.",), "I see a cup.", 1),
        ('我倒茶。 小李: "好热。"', ("好热。",), "我倒茶。", 1),
        ('Anna: "Hi. Tea?"', ("Tea?",), 'Anna: "Hi."', 1),
        ('Anna: "Nobody knows."', ("No",), 'Anna: "Nobody knows."', 0),
        ('Text in view: "EXIT".', ("EXIT",), 'Text in view: "EXIT".', 0),
        ("Anna asks for tea.", ("Tea?",), "Anna asks for tea.", 0),
    ],
)
def test_a_caption_beside_speech_does_not_say_it_again(
    caption: str, speech: tuple[str, ...], scene: str, turns: int
) -> None:
    told, spoken = split_speech(caption, speech)
    assert (told, spoken.count(": ")) == (scene, turns)


def test_a_summary_beside_speech_keeps_what_was_seen() -> None:
    seen = '08:10, 30 seconds recorded.{} In view: cup (30 seconds). Text in view: "EXIT".'
    assert without_speech(seen.format(' Said: "A 5" nail." "Then tea."')) == seen.format("")
    assert without_speech(seen.format("")) == seen.format("")
