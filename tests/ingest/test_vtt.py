"""Subtitles: every word with its time, nothing that a player would obey, nothing lost."""

from __future__ import annotations

import html
import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.editing.subtitles import (
    TimedLine,
    timed_lines,
    transcript_srt,
    transcript_text,
    transcript_vtt,
)
from ingest.speakers.word_split import split
from memory.types.core import Recording, Span, TimeSource, Utterance, Word

NOON = 1_772_452_800.0
RECORDING = Recording("walk", "0" * 64, "/walk.mp4", NOON, "UTC", 7200.0, TimeSource.USER)
CUE = re.compile(r"(\d\d):(\d\d):(\d\d)\.(\d{3})")


def said(text: str, at: float = 0.0, *, step: float = 0.5, **rest: str) -> Utterance:
    words = [
        Word(Span(NOON + at + i * step, NOON + at + (i + 1) * step), word)
        for i, word in enumerate(text.split())
    ]
    return Utterance(Span(NOON + at, words[-1].span.end), text, words=tuple(words), **rest)  # type: ignore[arg-type]


def seconds(clock: tuple[str, str, str, str]) -> float:
    hour, minute, second, thousandth = map(int, clock)
    return hour * 3600 + minute * 60 + second + thousandth / 1000


def test_every_word_has_its_time_and_the_cue_its_speaker() -> None:
    text = transcript_vtt([said("Where is my umbrella?", 3661.5, speaker="Ann")], RECORDING)
    assert text == (
        "WEBVTT\n\n01:01:01.500 --> 01:01:03.500\n"
        "<v Ann>Where <01:01:02.000>is <01:01:02.500>my <01:01:03.000>umbrella?\n"
    )


def test_lines_for_a_page_are_not_escaped_and_have_the_times_of_the_track() -> None:
    one = said("Tom & I <are> here", 1.5, voice="Person 3")
    (line,) = timed_lines([one], RECORDING)
    words = [(1.5, "Tom "), (2.0, "& "), (2.5, "I "), (3.0, "<are> "), (3.5, "here")]
    assert line == TimedLine(1.5, 4.0, "Person 3", words)
    untimed = Utterance(Span(NOON, NOON + 2), "  Nobody\nknows ")
    assert list(timed_lines([untimed], RECORDING)) == [
        TimedLine(0.0, 2.0, "", [(0.0, "Nobody knows")])
    ]


def test_a_voice_without_a_name_is_called_by_its_number() -> None:
    one = said("Hello.", voice="Person 3")
    assert "<v Person 3>Hello." in transcript_vtt([one], RECORDING)
    assert "Person 3: Hello." in transcript_srt([one], RECORDING)
    assert transcript_text([one], RECORDING) == "[00:00:00] Person 3: Hello.\n"


def test_srt_numbers_its_cues_and_uses_commas() -> None:
    text = transcript_srt([said("Two.", 5), said("One.", 1)], RECORDING)
    assert text == (
        "1\n00:00:01,000 --> 00:00:01,500\nOne.\n\n2\n00:00:05,000 --> 00:00:05,500\nTwo.\n"
    )


def test_nothing_said_is_an_empty_track() -> None:
    assert transcript_vtt([], RECORDING) == "WEBVTT\n"
    assert transcript_srt([], RECORDING) == ""


def test_what_is_said_outside_the_recording_is_left_out_and_cues_end_with_it() -> None:
    lines = transcript_vtt([said("No.", -5), said("a b", 7199.4), said("No.", 7300)], RECORDING)
    assert lines.count("-->") == 1
    assert "01:59:59.400 --> 02:00:00.000" in lines


@pytest.mark.parametrize("words", ["<b>bold</b> --> x", "NOTE\n\nSTYLE ::cue{}", "a & <v Eve> b"])
def test_markup_that_was_heard_is_shown_and_never_obeyed(words: str) -> None:
    vtt = transcript_vtt([said(words, speaker="<img>\n\nx")], RECORDING)
    assert vtt.count("-->") == 1
    assert len(vtt.strip().split("\n\n")) == 2
    tags = re.findall(r"<([^>]*)>", vtt)
    assert all(CUE.fullmatch(tag) or tag.startswith("v ") for tag in tags)
    assert "<b>" not in transcript_srt([said(words)], RECORDING)
    assert transcript_srt([said(words)], RECORDING).count("-->") == 1


spoken = st.lists(
    st.tuples(st.text(st.characters(codec="utf-8"), min_size=1, max_size=8), st.floats(0, 3)),
    min_size=1,
    max_size=12,
)


@given(spoken, st.sampled_from([" ", ""]), st.floats(0, 7000))
def test_a_cue_holds_all_letters_and_its_times_only_rise(
    drawn: list[tuple[str, float]], blank: str, start: float
) -> None:
    words, at = [], start
    for text, length in drawn:
        words.append(Word(Span(NOON + at, NOON + at + length), text))
        at += length
    text = blank.join(word.text for word in words)
    one = Utterance(Span(NOON + start, NOON + at), text, words=tuple(words))
    vtt = transcript_vtt([one], RECORDING)
    shown = "".join(text.split())
    visible = re.sub(r"[\s\x00-\x1f\x7f\u2028\u2029]", "", shown)
    if not visible:
        return
    times, cue = vtt.split("\n", 3)[2:]
    begin, end = (seconds(clock) for clock in CUE.findall(times))
    inner = [seconds(clock) for clock in re.findall(r"<" + CUE.pattern + r">", cue)]
    assert inner == sorted(set(inner))
    assert all(begin < moment < end for moment in inner)
    plain = html.unescape(re.sub(r"<\d\d:\d\d:\d\d\.\d{3}>", "", cue))
    assert re.sub(r"[\s\x00-\x1f\x7f\u2028\u2029]", "", plain) == visible


@given(st.lists(st.integers(0, 3), min_size=1, max_size=9), st.sampled_from([" ", ""]))
def test_a_sentence_that_is_cut_keeps_every_word_once(marks: list[int], blank: str) -> None:
    texts = ["我", "去", "the", "the", "market,", "no", "no", "则", "x."][: len(marks)]
    words = tuple(Word(Span(NOON + i, NOON + i + 1), text) for i, text in enumerate(texts))
    whole = Utterance(Span(NOON, NOON + len(words)), blank.join(texts), words=words)
    pieces = list(split(whole, marks))
    assert [word for _, piece in pieces for word in piece.words] == list(words)
    assert "".join(piece.text for _, piece in pieces).replace(" ", "") == "".join(texts)
    assert all(a != b for (a, _), (b, _) in itertools.pairwise(pieces))
    assert all(piece.span.start == piece.words[0].span.start for _, piece in pieces)
