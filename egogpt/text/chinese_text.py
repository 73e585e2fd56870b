"""What is Chinese, and what mostly so."""

from __future__ import annotations

import re

_HAN = re.compile(r"[\u4e00-\u9fff]")
_OTHER = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")  # kana, hangul
_LATIN = re.compile(r"[A-Za-z]+")


def is_chinese(text: str) -> bool:
    """Whether a text is to be read as Chinese: Han, and neither kana nor hangul."""
    return bool(_HAN.search(text)) and not _OTHER.search(text)


def mostly_chinese(text: str) -> bool:
    """Whether a text is Chinese with foreign words in it rather than the other way round."""
    return is_chinese(text) and len(_HAN.findall(text)) > len(_LATIN.findall(text))
