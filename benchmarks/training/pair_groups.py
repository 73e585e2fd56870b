"""Questions with statements that answer them and statements that come near, to learn reading from.

Three kinds: contrasts (``contrast/*.jsonl``: two lines that answer a question, three near misses),
the written lives (a line that answers against the likest others of its life) and public sets of
questions about a text (a sentence that holds the answer against others of its text).
"""

from __future__ import annotations

import json
import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.datasets.counting_data import read_counting
from benchmarks.training.lives import WRITTEN
from egogpt.embedders.e5 import E5Embedder
from egogpt.text.tokens import content_words
from egorag.answerability.statement_reader import Said, following
from egorag.conversation.follow_up import asked_after
from egorag.evidence.talk import of_one_talk
from egorag.question.plan import make_plan
from memory.types.core import Question

CONTRAST, DEEDS, COUNTING, NEWS = map(
    Path(__file__).with_name, ("contrast", "deeds", "counting", "news")
)
_WEARER = re.compile(r"^(?:ich|我): ")
_SENTENCE = re.compile(r"[^.!?。！？]+(?:[。！？]|[.!?](?=\s|$)|$)")
_NEAR, _TAKEN = 20, 4  # the likest lines of a life, and how many of them are near misses
_LIKEST, _MINED = 12, 2  # lines of other contrasts, and how many of them are near misses
_MISSES, _SHARING, _ANY = 2, 2, 2  # near misses, lines that share words, and others, of a group
_ALIKE, _COMMON = 8, 0.05  # of so many lines that share words; a word of more lines than this share
_TESTED = 38  # of 256 by the first byte of the question's SHA-256
_DID, _NEARBY = 3, 2  # of the lines that tell a deed, and that come near it, in a group
_OTHER_DEEDS = 4  # lines of other deeds that are taken for it most: near misses are two of these
_ASTRAY = 0.1  # of lines stand behind what has nothing to do with them, and behind nothing
_UNCHANGED = 2  # questions of lives of which no later line is news, for one of which one is
_OTHERS = 2  # sentences of a public text beside the one that answers
Reading = Callable[[str, Sequence[str]], NDArray[np.float32]]  # logits that each line answers


@dataclass(frozen=True, slots=True)
class PairGroup:
    """A question, statements that answer it and statements that do not, each with its speaker.

    ``kinds`` say why those of a contrast do not, and ``file`` where it stands.
    """

    source: str
    question: str
    answering: tuple[str, ...]
    others: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    file: str = ""


def contrasts(folder: Path = CONTRAST, *, tested: bool) -> list[PairGroup]:
    """The contrasts; every seventh question or so is ``tested`` and not learned from.

    The files are called by the language of the questions, that of the lines where it is another,
    and a letter.
    """
    groups = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            group = PairGroup(
                f"contrast-{path.stem.rpartition('-')[0]}",
                asked_after(row["q"], row["first"]) if "first" in row else row["q"],
                tuple(map(_line, row["yes"])),
                tuple(_line(text) for _, *text in row["no"]),
                tuple(kind for kind, *_ in row["no"]),
                path.stem,
            )
            if _is_tested(row["q"]) == tested:
                groups.append(group)
    return groups


def _line(spoken: str | Sequence[str]) -> str:
    """A line of a contrast, behind the one before it if that is told."""
    *before, line = [spoken] if isinstance(spoken, str) else spoken
    return following([by_wearer(one) for one in before if one], by_wearer(line))


def with_likest(
    groups: Sequence[PairGroup], encoder: E5Embedder, chance: random.Random
) -> Iterator[PairGroup]:
    """The groups, each with lines of others of its source beside it: of those that are likest to
    its question, and one of any."""
    for source in sorted({group.source for group in groups}):
        own = [group for group in groups if group.source == source]
        lines = [(line, n) for n, one in enumerate(own) for line in (*one.answering, *one.others)]
        vectors = encoder.embed_documents([line for line, _ in lines])
        asked = encoder.embed_queries([group.question for group in own])
        places = np.array([n for _, n in lines])
        for n, group in enumerate(own):
            apart = np.flatnonzero(places != n)
            likeness = vectors[apart] @ asked[n]
            likest = apart[np.argsort(-likeness)[:_LIKEST]].tolist()
            chosen = [*chance.sample(likest, _MINED), chance.choice(apart.tolist())]
            yield replace(group, others=(*group.others, *(lines[at][0] for at in chosen)))


def with_others(groups: Sequence[PairGroup], chance: random.Random) -> Iterator[PairGroup]:
    """The groups, each with some of its near misses, lines of others of its source that share its
    question's words, and any others: without these, what is read is how a line sounds."""
    for source in sorted({group.source for group in groups}):
        own = [group for group in groups if group.source == source]
        lines = [(line, n) for n, one in enumerate(own) for line in (*one.answering, *one.others)]
        holding = defaultdict[str, list[int]](list)
        for at, (line, _) in enumerate(lines):
            for word in set(content_words(line)):
                holding[word].append(at)
        for n, group in enumerate(own):
            shared: dict[int, float] = {}
            for word in set(content_words(group.question)):
                weight = math.log(len(lines) / max(1, len(holding[word])))
                for at in holding[word] if len(holding[word]) < _COMMON * len(lines) else ():
                    shared[at] = shared.get(at, 0.0) + weight * (lines[at][1] != n)
            sharing = sorted((at for at in shared if shared[at]), key=lambda at: -shared[at])[
                :_NEAR
            ]
            chosen = chance.sample(sharing, min(_SHARING, len(sharing)))
            while len(chosen) < _SHARING + _ANY:
                at = chance.randrange(len(lines))
                chosen += [at] if lines[at][1] != n and at not in chosen else []
            every = not {"context", "told"}.isdisjoint(group.kinds)
            misses = len(group.others) if every else _MISSES
            near = chance.sample(group.others, min(misses, len(group.others)))
            yield replace(group, others=(*near, *(lines[at][0] for at in chosen)), kinds=())


def of_lives(chance: random.Random) -> Iterator[PairGroup]:
    """Of each question of the written lives a line that answers, spoken or given beside, against
    those that share most of its words, the one said after it, and any others; each behind what was
    said just before."""
    for path in sorted(path for path in WRITTEN.glob("*.json") if not path.match("test-*")):
        life = json.loads(path.read_text("utf-8"))
        said = [(line["speaker"], line["text"]) for line in life["lines"]]
        phrases = [": ".join(one) for one in said]
        times = [datetime.fromisoformat(line["at"]).timestamp() for line in life["lines"]]
        spoken = list(in_talk(list(zip(times, said)), chance))
        words = [set(content_words(phrase)) for phrase in phrases]
        count = Counter(word for some in words for word in some)
        for asked in life["questions"]:
            answering = [spoken[at] for at in asked["gold"]][:2]
            if not answering and (given := asked.get("answer")):
                before = chance.choice(spoken).rpartition("\n")[:2]
                answering = ["".join(before) + by_wearer(f"{given['speaker']}: {given['text']}")]
            query = set(content_words(asked["text"]))
            near = sorted(
                (at for at in range(len(phrases)) if at not in asked["gold"]),
                key=lambda at: -sum(math.log(len(phrases) / count[w]) for w in query & words[at]),
            )
            if answering:
                after = [at + 1 for at in asked["gold"] if at + 1 in near]
                taken = [*near[: _MISSES + _SHARING], *after[:1], *chance.sample(near, _ANY)]
                others = tuple(spoken[at] for at in dict.fromkeys(taken))
                yield PairGroup("written", asked["text"], tuple(answering), others)


def in_talk(
    lines: Sequence[tuple[float, Said]], chance: random.Random | None = None
) -> Iterator[str]:
    """Each line (seconds, who says what) behind those said just before it; with ``chance`` some
    behind another, or behind none."""
    for at, (start, said) in enumerate(lines):
        before = of_one_talk(lines[:at], start)
        if chance is not None and chance.random() < _ASTRAY:
            before = [chance.choice(lines)[1]]
        if chance is not None and chance.random() < _ASTRAY:
            before = []
        yield following([by_wearer(": ".join(one)) for one in before], by_wearer(": ".join(said)))


def by_wearer(text: str) -> str:
    """The line, in which the wearer is called "me" whatever its language."""
    return _WEARER.sub("me: ", text)


def _is_tested(question: str) -> bool:
    return sha256(question.encode()).digest()[0] < _TESTED


def of_written_lives(
    encoder: E5Embedder, read: Reading | None = None, folder: Path = WRITTEN
) -> Iterator[PairGroup]:
    """Of each question of the lives to learn from a line that answers, spoken or given beside, and
    near misses: of the likest lines the first, or those that ``read`` takes for answers most."""
    for path in sorted(path for path in folder.glob("*.json") if not path.match("test-*")):
        life = json.loads(path.read_text("utf-8"))
        phrases = [f"{line['speaker']}: {line['text']}" for line in life["lines"]]
        vectors = encoder.embed_documents(phrases)
        queries = encoder.embed_queries([asked["text"] for asked in life["questions"]])
        for asked, query in zip(life["questions"], queries, strict=True):
            answering = [phrases[at] for at in asked["gold"]]
            if not answering and (given := asked.get("answer")):
                answering = [f"{given['speaker']}: {given['text']}"]
            if not answering:
                continue
            likest = np.argsort(-(vectors @ query))[:_NEAR]
            others = [by_wearer(phrases[at]) for at in likest if at not in asked["gold"]]
            if read is not None:
                others = [others[at] for at in np.argsort(-read(asked["text"], others))]
            right = tuple(map(by_wearer, answering[:3]))
            yield PairGroup("written", asked["text"], right, tuple(others[:_TAKEN]))


def of_deeds(
    encoder: E5Embedder, read: Reading, chance: random.Random, folder: Path = DEEDS
) -> Iterator[PairGroup]:
    """Of each question of each deed some lines that tell that it was done, against some that come
    near and some of other deeds of its file: of the likest those that ``read`` takes for it."""
    for path in sorted(folder.glob("*.jsonl")):
        deeds = [json.loads(row) for row in path.read_text("utf-8").splitlines()]
        lines = [
            (by_wearer(text), at)
            for at, deed in enumerate(deeds)
            for text in (*deed["did"], *(line for _, line in deed["near"]))
        ]
        vectors = encoder.embed_documents([text for text, _ in lines])
        places = np.array([at for _, at in lines])
        for at, deed in enumerate(deeds):
            apart = np.flatnonzero(~np.isin(places, _alike(deeds, at)))
            for question, query in zip(deed["q"], encoder.embed_queries(deed["q"]), strict=True):
                likest = apart[np.argsort(-(vectors[apart] @ query))[:_LIKEST]]
                taken = np.argsort(-read(question, [lines[n][0] for n in likest]))[:_OTHER_DEEDS]
                others = chance.sample([lines[likest[n]][0] for n in taken], _MINED)
                others.append(lines[chance.choice(apart.tolist())][0])
                did = map(by_wearer, chance.sample(deed["did"], _DID))
                near = [by_wearer(line) for _, line in chance.sample(deed["near"], _NEARBY)]
                source = f"deeds-{path.stem.partition('-')[0]}"
                yield PairGroup(source, question, tuple(did), (*near, *others))


def _alike(deeds: Sequence[dict[str, Any]], at: int) -> list[int]:
    """A deed, and those of which it is said to be like."""
    named = [" ".join(deed["q"]).lower() for deed in deeds]
    return [at, *(n for n, text in enumerate(named) if any(w in text for w in deeds[at]["like"]))]


def of_counting(
    read: Reading, chance: random.Random, folder: Path = COUNTING / "reading"
) -> Iterator[PairGroup]:
    """Of each question of the lives in which deeds are counted lines that tell of an occasion, if
    any do, against those of the same days that ``read`` takes for such most."""
    for life in read_counting(folder):
        phrases = [f"{line.speaker}: {line.text}" for line in life.lines]
        days = [datetime.fromtimestamp(line.start, UTC).date() for line in life.lines]
        for asked in life.questions:
            query = make_plan(Question(asked.text, asked.asked_at, "UTC")).query
            telling = [phrases[at] for at in sorted(asked.telling)]
            others = [
                text
                for at, text in enumerate(phrases)
                if at not in asked.telling and asked.first <= days[at] <= asked.last
            ]
            taken = [others[at] for at in np.argsort(-read(query, others))]
            right = tuple(chance.sample(telling, min(_DID, len(telling))))
            yield PairGroup(f"counting-{life.language}", query, right, tuple(taken[: 2 * _DID]))


def after_question(question: str, answer: str) -> str:
    """A question and what answers it, as they are read before what was said later."""
    return f"{question} {answer}"


def of_news(folder: Path = NEWS, *, tested: bool) -> list[PairGroup]:
    """Of a question with the line that answered it, later lines that change the answer against
    some that come near; parted as `contrasts` are."""
    return [
        PairGroup(
            f"news-{path.stem.partition('-')[0]}",
            after_question(row["question"], by_wearer(row["said"])),
            tuple(map(by_wearer, row["news"])),
            tuple(by_wearer(other["text"]) for other in row["others"]),
            tuple(other["kind"] for other in row["others"]),
            path.stem,
        )
        for path in sorted(folder.glob("*.jsonl"))
        for row in map(json.loads, path.read_text("utf-8").splitlines())
        if _is_tested(row["question"]) == tested
    ]


def of_changes(read: Reading, chance: random.Random) -> Iterator[PairGroup]:
    """The same of the written lives: where a later line holds now, it against those of the others
    said later that ``read`` takes for news most; and of twice as many questions, whose answer
    nothing changes, these alone."""
    changed: list[tuple[str, str, list[str]]] = []
    unchanged: list[tuple[str, str, list[str]]] = []
    for path in sorted(path for path in WRITTEN.glob("*.json") if not path.match("test-*")):
        life = json.loads(path.read_text("utf-8"))
        phrases = [by_wearer(f"{line['speaker']}: {line['text']}") for line in life["lines"]]
        for asked in life["questions"]:
            if not (gold := asked["gold"]):
                continue
            first, now = min(gold), gold[0]
            later = [text for at, text in enumerate(phrases) if at > first and at not in gold]
            if len(later) < _TAKEN or (len(gold) > 1 and now != max(gold)):
                continue
            question = after_question(asked["text"], phrases[first])
            if now == first:
                unchanged.append((question, "", later))
            else:
                changed.append((question, phrases[now], later))
    some = chance.sample(unchanged, min(len(unchanged), _UNCHANGED * len(changed)))
    for question, news, later in [*changed, *some]:
        taken = np.argsort(-read(question, later))[:_TAKEN]
        others = tuple(later[at] for at in taken)
        yield PairGroup("written", question, (news,) if news else (), others)


def of_squad(path: Path, chance: random.Random) -> Iterator[PairGroup]:
    """Of a file in SQuAD's form (XQuAD, CMRC 2018) the sentence in which the answer begins."""
    for article in json.loads(path.read_text("utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            text = paragraph["context"]
            spans = [found.span() for found in _SENTENCE.finditer(text) if found.group().strip()]
            for asked in paragraph["qas"]:
                begin = asked["answers"][0]["answer_start"]
                answering = [text[s:e].strip() for s, e in spans if s <= begin < e]
                others = [text[s:e].strip() for s, e in spans if not s <= begin < e]
                yield from _group(path.stem, asked["question"], answering, others, chance)


def of_friends(path: Path, chance: random.Random) -> Iterator[PairGroup]:
    """Of a file of FriendsQA (Yang and Choi, 2019) the utterance that answers."""
    for scene in json.loads(path.read_text("utf-8"))["data"]:
        for paragraph in scene["paragraphs"]:
            lines = [_uttered(row) for row in paragraph["utterances:"]]
            for asked in paragraph["qas"]:
                places = {answer["utterance_id"] for answer in asked["answers"]}
                answering = [lines[at] for at in sorted(places) if 0 <= at < len(lines)]
                others = [line for line in lines if line not in answering]
                yield from _group("friends", asked["question"], answering, others, chance)


def _uttered(row: dict[str, Any]) -> str:
    return f"{', '.join(name.split()[0] for name in row['speakers'])}: {row['utterance']}"


def _group(
    source: str,
    question: str,
    answering: Sequence[str],
    others: Sequence[str],
    chance: random.Random,
) -> Iterator[PairGroup]:
    if answering and others:
        chosen = chance.sample(others, min(_OTHERS, len(others)))
        yield PairGroup(source, question, tuple(answering[:2]), tuple(chosen))
