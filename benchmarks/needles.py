"""Needles in long haystacks: facts hidden in talk, at depths spread evenly, and questions for them.

Three tasks, after RULER (Hsieh et al., COLM 2024, arXiv 2404.06654, section 3), made small enough
for models of 100 million parameters:

    single     one number under one name; the name is asked for
    multikey   ten numbers under ten names in one text; each is asked for in turn
    vt         variable tracking: names that stand for other names, and at the end of each chain a
               number; the answer walks the chain, so that every link must be found

A haystack is built of tokens and not of text, so that its length is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal, TypeAlias, get_args

from benchmarks.small_talk import lines

Task: TypeAlias = Literal["single", "facts", "multikey", "vt"]
TASKS: tuple[Task, ...] = get_args(Task)
Hay: TypeAlias = Callable[[Random], Iterator[str]]

ROOM = 96
"""Tokens of a length that are left for the question and its answer."""
FACTS = 5
KEYS = 10  # numbers in one text of "multikey"
CHAINS, HOPS = 2, 3  # chains in one text of "vt", and the links of each

_KINDS = (
    "phone number of the dentist,door code of the garage,ticket number for the train,"
    "serial number of the oven,order number of the new sofa,membership number at the library,"
    "reference of the electricity bill,customer number at the gas company,"
    "tracking number of the parcel,licence number of the boat,policy number of the insurance,"
    "voucher code for the cinema"
).split(",")
_NAMES = "alpha,bravo,delta,echo,falcon,golf,hotel,india,kilo,lima,mango,oscar,papa,quebec,romeo,sierra,tango,uniform,victor,whiskey,xray,yankee,zulu".split(",")
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
        depth: Where the needle was asked to lie, 0..1 of the text.
        starts: Where each line of the needle begins, in tokens of the context; of "vt" one a link.
    """

    ids: tuple[int, ...]
    answer: tuple[int, ...]
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
    answer: str


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
    each = {"single": 1, "facts": FACTS, "multikey": KEYS, "vt": CHAINS}[task]
    count = -(-needles // each)
    for number in range(count):
        random = Random(f"{task} {length} {seed} {number}")
        depths = [(i + (number + 0.5) / count) / each for i in range(each)]
        if task == "vt":
            facts = _chains(random, depths)
        elif task=="facts":
            facts = _numbers(random, random.sample(_KINDS, each), depths)
        else:
            names = [f"special magic number for {a}-{b}" for a, b in zip(random.sample(_FIRST, each), random.sample(_SECOND, each))]
            facts = _numbers(random, names, depths)
        yield _built(_Words(tokenizer), task, length, facts, hay(random))


def _numbers(random: Random, names: Sequence[str], depths: Sequence[float]) -> list[_Fact]:
    told = random.sample(range(1_000_000, 10_000_000), len(depths))
    return [
        _Fact(
            (f"The {name} is {number}.",), (depth,),
            f"What is the {name}?", f"The {name} is", f" {number}",
        )
        for name, number, depth in zip(names, told, depths, strict=True)
    ]  # fmt: skip


def _chains(random: Random, depths: Sequence[float]) -> list[_Fact]:
    names = random.sample(_NAMES, len(depths) * HOPS)
    told = random.sample(range(10_000, 100_000), len(depths))
    facts = []
    for number, depth in zip(told, depths, strict=True):
        chain, names = names[:HOPS], names[HOPS:]
        links = [*zip(chain, chain[1:]), (chain[-1], str(number))]
        said = tuple(f"The value of {a} is {b}." for a, b in links)
        # Links of one chain lie apart, in any order, each in its own part of the text.
        places = [(depth + i / HOPS) % 1 for i in range(HOPS)]
        walked = " ".join(said[1:])
        facts.append(
            _Fact(
                said,
                tuple(places),
                f"Follow the values from {chain[0]} to a number.",
                f"The value of {chain[0]} is",
                f" {chain[1]}. {walked}".removesuffix("."),
            )
        )
    return facts


class _Words:
    """Tokens of pieces of the prompt."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        mark = "\x1f"
        self.before, self.after = "", "\n"
        if getattr(tokenizer, "chat_template", None):
            whole = tokenizer.apply_chat_template(
                [{"role": "user", "content": mark}], add_generation_prompt=True, tokenize=False
            )
            self.before, _, self.after = whole.partition(mark)

    def ids(self, text: str) -> list[int]:
        """Tokens of a text, nothing added."""
        return list(self._tokenizer(text, add_special_tokens=False).input_ids)


_INTRO = {
    "facts": "Read this talk. Some numbers are told in it. Remember them.",
    "single": "Read this talk. Some special magic numbers are told in it. Remember them.",
    "multikey": "Read this talk. Some special magic numbers are told in it. Remember them.",
    "vt": "Read this talk. Names and what their values are are told in it. Remember them.",
}


def _built(
    words: _Words, task: Task, length: int, facts: Sequence[_Fact], hay: Iterator[str]
) -> Haystack:
    context = words.ids(words.before + _INTRO[task])
    needles = sorted(
        (depth, fact, link, words.ids("\n" + said))
        for fact, one in enumerate(facts)
        for link, (depth, said) in enumerate(zip(one.depths, one.said, strict=True))
    )
    body = length - ROOM - len(context)
    left = body - sum(len(ids) for *_, ids in needles)
    if left < body // 4:
        raise ValueError(f"{length} tokens have no room for the needles of {task}")
    starts: dict[tuple[int, int], int] = {}
    first = len(context)
    for depth, fact, link, ids in needles:
        while left > 0 and len(context) - first < depth * body:
            line = words.ids("\n" + next(hay))[:left]
            context += line
            left -= len(line)
        starts[fact, link] = len(context)
        context += ids
    while left > 0:
        line = words.ids("\n" + next(hay))[:left]
        context += line
        left -= len(line)
    questions = []
    for number, fact in enumerate(facts):
        asked = words.ids(f"\n\n{fact.question}{words.after}{fact.begun}")
        answer = words.ids(fact.answer)
        if len(asked) + len(answer) > ROOM:
            raise ValueError(f"a question of {task} has more than {ROOM} tokens: {fact.question!r}")
        found = tuple(starts[number, link] for link in range(len(fact.said)))
        questions.append(Question(tuple(asked), tuple(answer), fact.depths[0], found))
    return Haystack(tuple(context), tuple(questions))
