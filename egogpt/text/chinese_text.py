"""What is Chinese, and where its sentences and clauses end.

clauses("我洗了澡,然后睡觉了。")  # ["我洗了澡", "然后睡觉了"]
"""

from __future__ import annotations

import re

_HAN = re.compile(r"[\u4e00-\u9fff]")
_OTHER = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")  # kana, hangul
_LATIN = re.compile(r"[A-Za-z]+")
# Marks of full width as those of ASCII, each one character: places in a text stay the same.
_MARKS = str.maketrans("\uff0c\uff1a\uff1b\uff01\uff1f\uff08\uff09", ",:;!?()")
_SENTENCE = re.compile(r"(?<=[。!?…;\uff01\uff1f\uff1b])[”\"’」]?\s*|\n+")
_CLAUSE = re.compile(r"[,:—]+|\s+-+\s+|(?=然后|接着|之后又|随后|而我)")
_ENDS = " 。.!?;、…"
_SAID = re.compile(r"[“「『\"][^”」』\"]*[”」』\"]")
_ASKS = re.compile(
    r"\?$|(?:吗|么|没有?|呢)[。.]?$|什么|哪[儿里个天些]|怎么|为什么|多少|几点|几次|是不是|有没有|要不要"
    r"|谁(?!都|也)|能不能|好不好|去不去|多久|多长时间"
)
_STATES = re.compile(r"没什么|什么都|什么也|在.{1,12}呢[。.]?$|这么|那么$|怎么也")


def is_chinese(text: str) -> bool:
    """Whether a text is to be read as Chinese: Han, and neither kana nor hangul."""
    return bool(_HAN.search(text)) and not _OTHER.search(text)


def mostly_chinese(text: str) -> bool:
    """Whether a text is Chinese with foreign words in it rather than the other way round."""
    return is_chinese(text) and len(_HAN.findall(text)) > len(_LATIN.findall(text))


def plain_marks(text: str) -> str:
    """The text with ASCII's commas, colons and question marks for those of full width."""
    return text.translate(_MARKS)


def sentences(text: str) -> list[str]:
    """The sentences of a text that tell something: no quotations, no questions."""
    found = (part.strip() for part in _SENTENCE.split(_SAID.sub("", text)))
    return [part for part in found if part and not asks(part)]


def asks(sentence: str) -> bool:
    """Whether a sentence asks rather than tells."""
    return bool(_ASKS.search(_STATES.sub("", plain_marks(sentence))))


def clauses(sentence: str) -> list[str]:
    """The parts of a sentence that each tell one thing, in order, without marks at their ends."""
    found = (part.strip(_ENDS) for part in _CLAUSE.split(plain_marks(sentence)))
    return [part for part in found if part]
