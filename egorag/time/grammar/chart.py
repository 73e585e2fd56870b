"""A chart parser: from the last token to the first, every value that some words have.

Left corner, right to left: when the values that begin at a token are sought, all that begin after
it are known, so that a rule whose first item is a value of its own kind ("{days} {days}") ends too.
Numbers are read in digits and words: 12, twenty-five, 二十五, 二〇二四, fünfundzwanzig.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from egorag.time.grammar.amounts import Number
from egorag.time.grammar.table import Item, Rule, Table, TextToken

_BEST = 3  # values of one kind over the same words that are kept
_LONGEST = 28  # tokens of one expression
Compose = Callable[[str, dict[str, Any]], Any]  # action and arguments -> value; ValueError: none
_LONGEST_NUMBER = 8  # tokens of a number in words


@dataclass(slots=True, eq=False)
class Edge:
    """A value of some kind over the tokens [start, end)."""

    kind: str
    value: Any
    start: int
    end: int
    cost: float


Parts = tuple[tuple[str, Edge], ...]  # of a rule: slots and what fills them


class Chart:
    """All values that the words of a text have."""

    def __init__(self, tokens: Sequence[TextToken], table: Table, compose: Compose) -> None:
        self._tokens, self._table, self._compose = tokens, table, compose
        self._from: list[Mapping[str, list[Edge]]] = [{} for _ in range(len(tokens) + 1)]
        self._names = frozenset(table.classes["naming"])
        self._follow = {phrase[0] for phrase in table.classes["follow"]}
        for at in reversed(range(len(tokens))):
            self._fill(at)

    def edges(self, kinds: Sequence[str]) -> list[Edge]:
        """All edges of some kinds."""
        return [edge for at in self._from for kind in kinds for edge in at.get(kind, ())]

    def _fill(self, at: int) -> None:
        """All edges that begin at a token: those of words, and what rules make of them in turn."""
        here: dict[str, list[Edge]] = defaultdict(list)
        self._from[at] = here
        read = numerals(
            self._tokens, at, self._table.numbers, self._table.raw["numbers"].get("join", "")
        )
        agenda = [Edge("n", number, at, at + length, 0.0) for number, length in read]
        for rule, place, phrase in self._table.by_word.get(self._tokens[at].text, ()):
            if self._reads(phrase, at):
                agenda += self._apply(rule, place, at, at + len(phrase), ())
        while agenda:
            edge = agenda.pop(0)
            if _keep(here, edge):
                for rule, place, _ in self._table.by_kind.get(edge.kind, ()):
                    first = ((rule.items[place].slot, edge),)
                    agenda += self._apply(rule, place, at, edge.end, first)

    def _reads(self, phrase: Sequence[str], at: int) -> bool:
        tokens = self._tokens
        return at + len(phrase) <= len(tokens) and all(
            tokens[at + n].text == word for n, word in enumerate(phrase)
        )

    def _apply(self, rule: Rule, place: int, at: int, after: int, first: Parts) -> Iterator[Edge]:
        """The edges of a rule whose item at ``place`` has read the tokens [at, after)."""
        if not all(self._checks(item, at) for item in rule.items[:place] if item.check):
            return
        for end, parts in self._match(rule.items, place + 1, after, first):
            if end - at > _LONGEST:
                continue
            arguments = {name: edge.value for name, edge in parts if name != "_"}
            try:
                value = self._compose(rule.action, {**rule.fixed, **arguments})
            except (ValueError, OverflowError, LookupError):
                continue
            cost = rule.cost + sum(edge.cost for _, edge in parts)
            yield Edge(rule.kind, value, at, end, cost)

    def _match(
        self, items: tuple[Item, ...], k: int, at: int, parts: Parts
    ) -> Iterator[tuple[int, Parts]]:
        if k == len(items):
            yield at, parts
            return
        item = items[k]
        if item.check:
            if self._checks(item, at):
                yield from self._match(items, k + 1, at, parts)
            return
        if item.optional:
            yield from self._match(items, k + 1, at, parts)
        for phrase in item.phrases:
            if self._reads(phrase, at):
                yield from self._match(items, k + 1, at + len(phrase), parts)
        for kind in item.kinds:
            for edge in tuple(self._from[at].get(kind, ())):
                yield from self._match(items, k + 1, edge.end, (*parts, (item.slot, edge)))

    def _checks(self, item: Item, at: int) -> bool:
        """Whether the check of an item holds before a token."""
        before = self._tokens[at - 1] if at else None
        this = self._tokens[at] if at < len(self._tokens) else None
        if item.check in ("!", ">"):
            follows = any(self._reads(phrase, at) for phrase in item.phrases)
            return follows == (item.check == ">")
        if item.check == "<":
            return before is None or (before.text,) not in item.phrases
        if item.check == "^":
            return before is None or this is None or self._begins(before, this, at)
        if item.check == "#":
            return this is None or this.text in ".?!;。"
        return this is None or self._stands(this, at)

    def _stands(self, this: TextToken, at: int) -> bool:
        """Whether a time can end here: at a mark, or a word that may follow one."""
        after = self._tokens[at + 1] if at + 1 < len(self._tokens) else None
        if this.text in ".,:" and after and not after.spaced and after.text.isdecimal():
            return False
        mark = not this.text[0].isalnum() and (this.text not in "%-/" or this.spaced)
        return mark or this.text in self._follow

    def _begins(self, before: TextToken, this: TextToken, at: int) -> bool:
        """Whether a time can begin here: not after a name, nor inside one or a longer number."""
        named = before.capital and this.capital and at > 1 and before.text != "i" and this.spaced
        inside = before.text in "-/" and not this.spaced
        return not (named or inside) and (before.text,) not in self._names


def _keep(here: dict[str, list[Edge]], edge: Edge) -> bool:
    """Adds an edge unless enough of its kind over the same words are cheaper."""
    same = [other for other in here[edge.kind] if other.end == edge.end]
    if len(same) >= _BEST:
        dearest = max(same, key=lambda other: other.cost)
        if edge.cost >= dearest.cost:
            return False
        here[edge.kind].remove(dearest)
    here[edge.kind].append(edge)
    return True


def cover(edges: Sequence[Edge], length: int) -> list[Edge]:
    """The edges, none overlapping, that together read most tokens, in few and cheap pieces."""
    ends: dict[int, list[Edge]] = defaultdict(list)
    for edge in edges:
        ends[edge.end].append(edge)
    best: list[tuple[float, list[Edge]]] = [(0.0, [])]
    for end in range(1, length + 1):
        options = [best[end - 1]]
        for edge in ends[end]:
            score, chosen = best[edge.start]
            gain = edge.end - edge.start - 0.4 - 0.1 * edge.cost
            options.append((score + gain, [*chosen, edge]))
        best.append(max(options, key=lambda option: option[0]))
    return best[length][1]


def numerals(
    tokens: Sequence[TextToken], at: int, words: Mapping[str, int], join: str = ""
) -> Iterator[tuple[Number, int]]:
    """The numbers that begin at a token, each with its length in tokens.

    Args:
        tokens: of the text.
        at: where the number begins.
        words: the value of each number word; 10 and more multiply where they are 十, 百, 千.
        join: a word that may stand after hundreds: "two thousand and ten".
    """
    text = tokens[at].text
    if text.isdecimal() and len(text) <= 8:
        yield Number(int(text), text), 1
        return
    values: list[int] = []
    for length, token in enumerate(tokens[at : at + _LONGEST_NUMBER], 1):
        if join and token.text == join and values and values[-1] >= 100:
            continue
        if token.text not in words:
            return
        values.append(words[token.text])
        if (total := _total(values, "一" in words)) is not None:
            by_digit = "一" in words and len(values) > 1 and max(values) < 10
            yield Number(total, "".join(map(str, values)) if by_digit else ""), length


def _total(values: Sequence[int], by_places: bool) -> int | None:
    """What number words say together; None where they are no number."""
    if by_places and len(values) > 1 and max(values) < 10:  # digit by digit; 两三 is two or three
        return None if len(values) == 2 and values[0] else int("".join(map(str, values)))
    total = 0
    for at, value in enumerate(values):
        place = 10 if value < 10 else 100
        if value >= 100 or (by_places and value == 10):  # multiplies what is less
            less = total % value
            if (total - less) % (10 * value):
                return None
            total += (less or 1) * value - less
        elif total % place or (at and not by_places and (0 in (total, value) or total % 100 == 10)):
            return None
        else:
            total += value
    return total
