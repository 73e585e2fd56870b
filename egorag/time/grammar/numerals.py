"""Numbers in digits and words: 12, twenty-five, 二十五, 二〇二四, fünfundzwanzig."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from egorag.time.grammar.tokens import TextToken
from egorag.time.grammar.values import Number

_LONGEST = 8  # tokens of a number in words


def numerals(
    tokens: Sequence[TextToken], at: int, words: Mapping[str, int], join: str = ""
) -> Iterator[tuple[str, Number, int]]:
    """The numbers that begin at a token, each with its kind and its length in tokens.

    Args:
        tokens: of the text.
        at: where the number begins.
        words: the value of each number word; 10 and more multiply where they are 十, 百, 千.
        join: a word that may stand after hundreds: "two thousand and ten".
    """
    text = tokens[at].text
    if text.isdecimal() and len(text) <= 8:
        yield "n", Number(int(text), text), 1
        return
    values: list[int] = []
    for length, token in enumerate(tokens[at : at + _LONGEST], 1):
        if join and token.text == join and values and values[-1] >= 100:
            continue
        if token.text not in words:
            return
        values.append(words[token.text])
        if (total := _total(values, "一" in words)) is not None:
            by_digit = "一" in words and len(values) > 1 and max(values) < 10
            yield "n", Number(total, "".join(map(str, values)) if by_digit else ""), length


def _total(values: Sequence[int], by_places: bool) -> int | None:
    """What number words say together; None where they are no number."""
    if by_places:
        return _by_places(values)
    if len(values) == 1:
        return values[0]
    head, last = values[:-1], values[-1]
    if last in (100, 1000):
        before = _total(head, False)
        return before * last if before is not None and before < last else None
    before = _total(head, False)
    if before is None or last == 0:
        return None
    if before >= 100 and before % 100 == 0 and last < 100:
        return before + last
    return before + last if before % 100 >= 20 and before % 10 == 0 and last < 10 else None


def _by_places(values: Sequence[int]) -> int | None:
    if len(values) == 1:
        return values[0]
    if all(value < 10 for value in values):  # digit by digit; 两三 is two or three
        if len(values) == 2 and values[0]:
            return None
        return int("".join(map(str, values)))
    total, digit = 0, 0
    smallest = 10_000
    for at, value in enumerate(values):
        if value >= 10:
            if value >= smallest:
                return None
            smallest = value
            total, digit = total + (digit or 1) * value, 0
        elif digit and at:
            return None
        else:
            digit = value
    return total + digit
