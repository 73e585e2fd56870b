"""Words in Markdown stay what they are."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.presentation.markdown import plain
from tests.app.homes import HOSTILE

_READER = MarkdownIt("commonmark", {"linkify": False}).enable("table")


@given(st.text("#*_[]()<>!`~|\\-+.:/&@$1a \n\té中", max_size=40) | st.sampled_from(HOSTILE))
def test_words_are_read_as_they_are(words: str) -> None:
    rendered = _READER.render(f"- {plain(words)}")
    assert not re.search(r"<(?!/?(ul|li)>)", rendered)
    assert html.unescape(re.sub(r"</?(ul|li)>", "", rendered)).strip() == " ".join(
        plain(words).replace("\\\\", "\0").replace("\\", "").replace("\0", "\\").split()
    )


def test_marks_have_a_meaning_where_they_are_not_escaped() -> None:
    assert "<em>" in _READER.render("- *a*")
    assert "<em>" not in _READER.render(f"- {plain('*a*')}")
