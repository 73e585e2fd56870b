"""SubRip and WebVTT as they are found, well formed and not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.importers.cues import Cue, read_cues


def read(text: str) -> tuple[list[Cue], list[int]]:
    found = list(read_cues(enumerate(text.splitlines(), start=1)))
    return [one for one in found if isinstance(one, Cue)], [
        one for one in found if isinstance(one, int)
    ]


def plain(text: str) -> list[tuple[float, float, str]]:
    return [(c.start, c.end, " ".join(said for _, said in c.lines)) for c in read(text)[0]]


def test_times_may_have_commas_dots_no_hours_and_settings_behind_them() -> None:
    assert plain(
        "1\n01:02:03,500 --> 01:02:04,000\nA\n\n"
        "00:05.250 --> 00:06.000 line:0 align:start\nB\n\n"
        "100:00:00.000 --> 100:00:01.000\nC"
    ) == [(3723.5, 3724.0, "A"), (5.25, 6.0, "B"), (360_000.0, 360_001.0, "C")]


def test_numbers_are_never_text_even_where_they_are_wrong_or_run_on() -> None:
    assert plain(
        "7\n00:00:01,000 --> 00:00:02,000\nfirst\n7\n00:00:03,000 --> 00:00:04,000\nsecond\n\n"
        "00:00:05,000 --> 00:00:06,000\nthird\n\n1\n\n00:00:07,000 --> 00:00:08,000\nfourth\n"
    ) == [(1, 2, "first"), (3, 4, "second"), (5, 6, "third"), (7, 8, "fourth")]


def test_a_number_that_is_said_stays() -> None:
    assert plain("WEBVTT\n\n00:01.000 --> 00:02.000\n42\n\n00:03.000 --> 00:04.000\n43") == [
        (1, 2, "42"),
        (3, 4, "43"),
    ]


def test_blank_lines_inside_a_cue_do_not_cut_it() -> None:
    assert plain(
        "1\n00:00:01,000 --> 00:00:02,000\none\n\ntwo\n\n2\n00:00:03,000 --> 00:00:04,000\nthree"
    ) == [(1, 2, "one two"), (3, 4, "three")]


def test_header_comments_styles_and_identifiers_of_webvtt_are_left_out() -> None:
    text = (
        "WEBVTT - a title\nKind: captions\n\nNOTE\nnot said\nnor this\n\n"
        "STYLE\n::cue { color: red }\n\nintro\n00:01.000 --> 00:02.000\nHello\n\n"
        "NOTE again\n\nname\n00:03.000 --> 00:04.000\nBye"
    )
    assert plain(text) == [(1, 2, "Hello"), (3, 4, "Bye")]


def test_voices_name_speakers_and_all_other_markup_goes() -> None:
    (cue,), _ = read(
        "00:01.000 --> 00:05.000\n<v.loud Mary Ann>Hi, <i>you</i> &amp; <00:02.000>me</v>\n"
        "<v Tom>a <b>3 &lt; 4</b> {\\an8}<font color='red'>b</font>"
    )
    assert cue.lines == (("Mary Ann", "Hi, you & me"), ("Tom", "a 3 < 4 b"))


def test_times_that_cannot_be_are_reported_by_line_and_cost_only_their_cue() -> None:
    cues, unread = read(
        "1\n00:00:01,000 --> 00:00:02,000\ngood\n\n2\n00:00:xx,000 --> 00:00:04,000\nlost\n\n"
        "3\n00:61:00,000 --> 00:62:00,000\nlost too\n\n4\n00:00:05,000 --> 00:00:06,000\nfine"
    )
    assert [cue.lines[0][1] for cue in cues] == ["good", "fine"]
    assert unread == [6, 10]


@given(st.lists(st.text(max_size=30), max_size=40))
def test_any_text_whatever_can_be_read(found: list[str]) -> None:
    for one in read_cues(enumerate(found, start=1)):
        assert isinstance(one, int) or one.number >= 1


words = st.from_regex(r"[A-Za-z][a-z ]{0,20}[a-z]", fullmatch=True).filter(
    lambda text: not text.startswith(("NOTE", "STYLE", "REGION"))
)


@given(st.lists(st.tuples(st.integers(0, 10**8), st.integers(0, 10**6), words), max_size=20))
def test_what_is_written_well_is_read_back_whole(rows: list[tuple[int, int, str]]) -> None:
    def stamp(ms: int) -> str:
        return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02},{ms % 1000:03}"

    text = "".join(
        f"{n}\n{stamp(start)} --> {stamp(start + length)}\n{said}\n\n"
        for n, (start, length, said) in enumerate(rows, start=1)
    )
    cues, unread = read(text)
    assert not unread
    assert [(round(c.start * 1000), round(c.end * 1000), c.lines) for c in cues] == [
        (start, start + length, (("", said),)) for start, length, said in rows
    ]
