"""Needles in long haystacks: facts hidden in talk, at depths spread evenly, and questions for them.

Tasks after RULER (Hsieh et al., COLM 2024, arXiv 2404.06654, section 3), made small enough for
models of 100 million parameters:

    single     one number under one name; the name is asked for
    facts      five numbers of different kinds in one text; each is asked for in turn
    multikey   ten numbers under ten alike names in one text; each is asked for in turn
    vt         variable tracking: a name stands for a number, which stands for another; the answer
               walks the chain, so that every link must be found. The words between its numbers
               are given, because models so small do not go on by themselves

Several questions share a text because reading it is what costs. A haystack is built of tokens and
not of text, so that its length is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal, TypeAlias, get_args

from egogpt.long_context.haystack import lines

Task: TypeAlias = Literal["single", "facts", "multikey", "vt"]
TASKS: tuple[Task, ...] = get_args(Task)
Hay: TypeAlias = Callable[[Random], Iterator[str]]

ROOM = 96
"""Tokens of a length that are left for the question and its answer."""
QUESTIONS: dict[Task, int] = {"single": 1, "facts": 5, "multikey": 10, "vt": 2}
"""How many questions a haystack holds."""
HOPS = 2  # links of a chain of "vt"

_INTRO = "Read this talk. Some numbers are told in it. Remember them."
_MAGIC = "special magic number for"
_KINDS = (
    "phone number of the dentist,door code of the garage,ticket number for the train,"
    "serial number of the oven,order number of the new sofa,membership number at the library,"
    "reference of the electricity bill,customer number at the gas company,"
    "tracking number of the parcel,licence number of the boat,policy number of the insurance,"
    "voucher code for the cinema"
).split(",")
_FIRST = (
    "amber,brave,cloudy,dusty,eager,frozen,gentle,hollow,ivory,jolly,keen,lively,mellow,narrow,"
    "orange,polite,quick,rusty,silver,tender,velvet,windy,yellow,zesty"
).split(",")
_SECOND = (
    "anchor,badger,candle,dragon,engine,feather,glacier,harbor,island,jacket,kettle,lantern,"
    "meadow,needle,orchard,pepper,quartz,rocket,saddle,tunnel,urchin,violin,walnut,zebra"
).split(",")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a haystack.

    Attributes:
        ids: The question with all that follows the text in the prompt, up to the answer.
        answer: The answer's tokens.
        counts: Which of them count; of "vt" the numbers, and not the words that join them.
        depth: Where the needle was asked to lie, 0..1 of the text.
        starts: Where each line of the needle begins, in tokens of the context; of "vt" one a link.
    """

    ids: tuple[int, ...]
    answer: tuple[int, ...]
    counts: tuple[bool, ...]
    depth: float
    starts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Haystack:
    """A context of exact length, and the questions that it answers."""

    context: tuple[int, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class _Fact:
    """Lines that belong to one question, and at what depth each lies."""

    said: tuple[str, ...]
    depths: tuple[float, ...]
    question: str
    begun: str
    answer: tuple[str, ...]  # every other part counts, beginning with the first


def haystacks(
    tokenizer: Any, task: Task, length: int, needles: int, *, seed: int = 0, hay: Hay = lines
) -> Iterator[Haystack]:
    """Make haystacks that hold so many questions together, depths spread evenly over all of them.

    Args:
        tokenizer: A tokenizer of `transformers`; its chat template is used where it has one.
        task: See the module.
        length: Tokens of context, question and answer together; the context has `length` - ROOM.
        needles: Questions in all; rounded up to whole haystacks.
        seed: The same seed makes the same haystacks.
        hay: What the text is made of.

    Raises:
        ValueError: The length has no room for the needles, or a question outgrows ROOM.
    """
    each = QUESTIONS[task]
    count = -(-needles // each)
    words = _Words(tokenizer)
    for number in range(count):
        random = Random(f"{task} {length} {seed} {number}")
        depths = [(i + (number + 0.5) / count) / each for i in range(each)]
        yield _built(words, length, _facts(task, random, depths), hay(random))


def _facts(task: Task, random: Random, depths: Sequence[float]) -> list[_Fact]:
    names = [f"{_MAGIC} {key}" for key in _keys(random, len(depths))]
    if task == "vt":
        return _chains(random, names, depths)
    if task == "facts":
        names = random.sample(_KINDS, len(depths))
    told = _numbers(random, len(depths))
    return [
        _Fact(
            (f"The {name} is {number}.",), (depth,),
            f"What is the {name}?", f"The {name} is", (f" {number}",),
        )
        for name, number, depth in zip(names, told, depths, strict=True)
    ]  # fmt: skip


def _chains(random: Random, names: Sequence[str], depths: Sequence[float]) -> list[_Fact]:
    told = _numbers(random, len(depths) * HOPS)
    facts = []
    for name, depth in zip(names, depths, strict=True):
        numbers, told = told[:HOPS], told[HOPS:]
        subjects = [name, *(f"{_MAGIC} {number}" for number in numbers)]
        said = [f"The {subject} is {number}." for subject, number in zip(subjects, numbers)]
        # The links of a chain lie apart and in any order, each in its own part of the text.
        places = tuple((depth + link / HOPS) % 1 for link in range(HOPS))
        joined = [f". The {subject} is" for subject in subjects[1:HOPS]]
        answer = [f" {numbers[0]}"]
        for words, number in zip(joined, numbers[1:], strict=True):
            answer += [words, f" {number}"]
        question = f"What is the {name}, and so on to the last number?"
        facts.append(_Fact(tuple(said), places, question, f"The {name} is", tuple(answer)))
    return facts


def _keys(random: Random, count: int) -> list[str]:
    pairs = zip(random.sample(_FIRST, count), random.sample(_SECOND, count), strict=True)
    return [f"{first}-{second}" for first, second in pairs]


def _numbers(random: Random, count: int) -> list[str]:
    return [str(number) for number in random.sample(range(1_000_000, 10_000_000), count)]


class _Words:
    """Tokens of pieces of the prompt."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.before, self.after = "", "\n"
        if getattr(tokenizer, "chat_template", None):
            mark = "\x1f"
            whole = tokenizer.apply_chat_template(
                [{"role": "user", "content": mark}], add_generation_prompt=True, tokenize=False
            )
            self.before, _, self.after = whole.partition(mark)

    def ids(self, text: str) -> list[int]:
        """Tokens of a text, nothing added."""
        return list(self._tokenizer(text, add_special_tokens=False).input_ids)


def _built(words: _Words, length: int, facts: Sequence[_Fact], hay: Iterator[str]) -> Haystack:
    context = words.ids(words.before + _INTRO)
    first, body = len(context), length - ROOM - len(context)
    needles = sorted(
        (depth, number, link, words.ids("\n" + said))
        for number, fact in enumerate(facts)
        for link, (depth, said) in enumerate(zip(fact.depths, fact.said, strict=True))
    )
    left = body - sum(len(ids) for *_, ids in needles)
    if left < body // 2:
        raise ValueError(f"{length} tokens have no room for {len(needles)} needles")

    def fill(end: float) -> None:
        nonlocal left
        while left > 0 and len(context) < end:
            line = words.ids("\n" + next(hay))[:left]
            context.extend(line)
            left -= len(line)

    starts: dict[tuple[int, int], int] = {}
    for depth, number, link, ids in needles:
        fill(first + depth * body)
        starts[number, link] = len(context)
        context.extend(ids)
    fill(first + body)
    return Haystack(
        tuple(context),
        tuple(_question(words, fact, number, starts) for number, fact in enumerate(facts)),
    )


def _question(
    words: _Words, fact: _Fact, number: int, starts: dict[tuple[int, int], int]
) -> Question:
    asked = words.ids(f"\n\n{fact.question}{words.after}{fact.begun}")
    parts = [words.ids(part) for part in fact.answer]
    answer = [token for part in parts for token in part]
    counts = [place % 2 == 0 for place, part in enumerate(parts) for _ in part]
    if len(asked) + len(answer) > ROOM:
        raise ValueError(f"a question has more than {ROOM} tokens: {fact.question!r}")
    found = tuple(starts[number, link] for link in range(len(fact.said)))
    return Question(tuple(asked), tuple(answer), tuple(counts), fact.depths[0], found)
