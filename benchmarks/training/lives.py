"""Lives to learn from: lines in order of time, and questions whose answering lines are known."""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.datasets import everyday_data, lifebench_data
from benchmarks.datasets.locomo_data import ADVERSARIAL, read_conversations
from benchmarks.scoring.halves import Half, half_of

MADE = Path(__file__).with_name("made_exchanges.toml")
WRITTEN = Path(__file__).with_name("written")
_PARTS = 3  # in which the questions of a life are turned
_CHANGING = ("place", "parking", "code", "when")  # what a later line may say anew
_DISTINCT = (
    "name", "thing", "person", "vehicle", "pet", "event", "device", "secret", "relative",
    "product", "food", "city", "film", "team",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TrainingLine:
    """One line of a life; ``at`` in seconds UTC."""

    at: float
    speaker: str
    text: str

    @property
    def phrase(self) -> str:
        """Who says it, and what."""
        return f"{self.speaker}: {self.text}" if self.speaker else self.text


@dataclass(frozen=True, slots=True)
class TrainingQuestion:
    """A question of a life. ``gold`` are indices of the lines that answer it, none where nothing
    does."""

    text: str
    life: str
    answerable: bool
    group: str
    asked_at: float
    timezone: str = "UTC"
    gold: tuple[int, ...] = ()
    half: Half = "dev"


@dataclass
class Lives:
    """Lines by the name of their life, and what is asked."""

    lines: dict[str, list[TrainingLine]] = field(default_factory=dict)
    questions: list[TrainingQuestion] = field(default_factory=list)


def locomo(path: Path) -> Lives:
    """LoCoMo's conversations; of the developers' half also with the other speaker's name."""
    lives = Lives()
    for conversation in read_conversations(path):
        lines: list[TrainingLine] = []
        for turn in conversation.turns:
            lines.append(TrainingLine(turn.start, turn.speaker, turn.text))
            if turn.shown:
                seen = f"{turn.speaker} shows a photo: {turn.shown}"
                lines.append(TrainingLine(turn.start + 0.5, "", seen))
        lives.lines[conversation.name] = lines
        for asked in conversation.questions:
            gold = tuple(at for at, line in enumerate(lines) if int(line.at) in asked.evidence)
            question = TrainingQuestion(
                asked.text, conversation.name, asked.type != ADVERSARIAL, "locomo",
                conversation.asked_at, "UTC", gold, half_of(asked.text),
            )  # fmt: skip
            lives.questions.append(question)
            if question.half == "dev":
                lives.questions += _of_the_other(question, lines)
    return lives


def _of_the_other(
    question: TrainingQuestion, lines: Sequence[TrainingLine]
) -> Iterator[TrainingQuestion]:
    """The question with the name of the other of two speakers: then the answer is the opposite."""
    speakers = sorted({line.speaker for line in lines if line.speaker})
    named = [speaker for speaker in speakers if speaker in question.text]
    if len(named) == 1 and len(speakers) == 2:
        other = next(speaker for speaker in speakers if speaker != named[0])
        text, right = question.text.replace(named[0], other), not question.answerable
        yield replace(question, text=text, answerable=right, group="swapped")


def lifebench(folder: Path, lang: str, people: Sequence[str], lines_lang: str = "") -> Lives:
    """LifeBench's lives of these people, asked in a language; its lines are in the same,
    or in ``lines_lang``."""
    lives = Lives()
    lines_lang = lines_lang or lang
    group = f"lifebench-{lang}" if lines_lang == lang else f"lifebench-{lang}-{lines_lang}"
    for person in people:
        name = f"{lines_lang}-{person}"
        rows = _rows(lifebench_data.lines_of(folder, lines_lang, person))
        lines = sorted(map(_line, rows), key=lambda line: line.at)
        lives.lines[name] = lines
        for asked in lifebench_data.read_questions(folder, lang, person):
            gold = tuple(at for at, line in enumerate(lines) if line.at in asked.evidence)
            lives.questions.append(
                TrainingQuestion(
                    asked.text,
                    name,
                    asked.group == "answerable",
                    group,
                    asked.asked_at,
                    lifebench_data.ZONE,
                    gold,
                    half_of(asked.text),
                )
            )
    return lives


def everyday(folder: Path) -> Lives:
    """A life in the form of ``everyday``, and what is asked of its lines, but no follow-ups."""
    lines = [_line(row) for row in _rows(folder / "lines.jsonl")]
    lives = Lives({folder.name: lines})
    for asked in everyday_data.read_questions(folder):
        if asked.kind not in ("speech", "none") or asked.after or asked.needs_media():
            continue
        spans = [place.span for place in asked.cite]
        gold = tuple(
            at for at, line in enumerate(lines)
            if any(span.start - 1 <= line.at <= span.end + 1 for span in spans)
        )  # fmt: skip
        lives.questions.append(
            TrainingQuestion(
                asked.text,
                folder.name,
                asked.kind == "speech",
                "everyday",
                asked.asked_at,
                everyday_data.zone_of(folder),
                gold,
                half_of(asked.text),
            )
        )
    return lives


def written_lives(folder: Path = WRITTEN) -> Lives:
    """The lives that were written for this, one a file of a folder; those marked so are of the
    test."""
    lives = Lives()
    for name, life in _written(folder):
        _tell(lives, name, life, life["questions"], turned=False)
    return lives


def turned_lives() -> Lives:
    """The written lives told again, a part of the questions at a time: without the lines that
    answer these, and with lines that answer those of them that nothing answered.

    With the lives as they are, each question is asked once where it is answered and once where it
    is not, so that its wording tells nothing (Gardner et al., "Evaluating models' local decision
    boundaries via contrast sets", 2020).
    """
    lives = Lives()
    for name, life in _written(WRITTEN):
        for part in range(_PARTS):
            asked = life["questions"][part::_PARTS]
            _tell(lives, f"{name}-{part}", life, asked, turned=True)
    return lives


def _written(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(folder.glob("*.json")):
        yield f"written-{path.stem}", json.loads(path.read_text(encoding="utf-8"))


def _tell(
    lives: Lives, name: str, life: Mapping[str, Any], asked: Sequence[Any], *, turned: bool
) -> None:
    """Adds a life and its questions; those that are ``turned`` are answered if they were not."""
    unsaid = {at for question in asked for at in question["gold"]} if turned else set()
    answers = [question["answer"] for question in asked if turned and not question["gold"]]
    rows: list[dict[str, Any]] = []
    places: dict[int, int] = {}
    for at, row in enumerate(life["lines"]):
        if at not in unsaid:
            places[at] = len(rows)
            rows.append(row)
        for answer in answers:
            if answer["after"] == at:
                places[id(answer)] = len(rows)
                rows.append({**answer, "at": row["at"]})
    lives.lines[name] = [_line({"start": row["at"], **row}) for row in rows]
    asked_at = datetime.fromisoformat(life["asked_at"]).timestamp()
    for question in asked:
        gold = question["gold"]
        if turned:
            gold = [] if gold else [id(question["answer"])]
        lives.questions.append(
            TrainingQuestion(
                question["text"], name, bool(gold), f"written-{life['lang']}", asked_at,
                life["timezone"], tuple(places[at] for at in gold), life.get("half", "dev"),
            )
        )  # fmt: skip


def _rows(path: Path) -> list[dict[str, Any]]:
    text = path.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _line(row: Mapping[str, Any]) -> TrainingLine:
    at = datetime.fromisoformat(row["start"]).timestamp()
    return TrainingLine(at, row.get("speaker", ""), row.get("text") or row.get("caption") or "")


@dataclass(frozen=True, slots=True)
class _Fact:
    """A made line: its family in the table, the values in it, and where it stands."""

    family: Mapping[str, Any]
    values: Mapping[str, str]
    at: int


class MadeLives:
    """Lives that are made by ``made_exchanges.toml``: what is said, asked, and nearly asked."""

    def __init__(self, lang: str, seed: int) -> None:
        table = tomllib.loads(MADE.read_text(encoding="utf-8"))
        self._slots: dict[str, list[str]] = table["slots"][lang]
        self._families: list[dict[str, Any]] = table[lang]
        self._lang, self._seed = lang, seed
        self._random = random.Random(f"{lang}-{seed}")

    def make(self, number: int, families: int = 14) -> Lives:
        """So many lives, each of lines of so many families and half as many again."""
        lives = Lives()
        for _ in range(number):
            name = f"made-{self._lang}-{self._seed}-{len(lives.lines)}"
            used: dict[str, set[str]] = {slot: set() for slot in self._slots}
            lines, facts = self._told(families, used)
            lives.lines[name] = lines
            asked_at = lines[-1].at + 3600
            for question in self._asked(facts, used):
                lives.questions.append(replace(question, life=name, asked_at=asked_at))
        return lives

    def _told(
        self, families: int, used: dict[str, set[str]]
    ) -> tuple[list[TrainingLine], list[_Fact]]:
        lines: list[TrainingLine] = []
        facts: list[_Fact] = []
        chosen = self._random.sample(self._families, min(families, len(self._families)))
        for family in [*chosen, *self._random.choices(self._families, k=families // 2)]:
            values = self._values(used)
            facts.append(self._say(family, values, lines, (20, 600, 7200, 40_000)))
            for slot in self._slots:
                if any(f"{{{slot}}}" in said for said in [*family["said"], family.get("by", "")]):
                    used[slot].add(values[slot])
        for fact in list(facts):  # what was moved or changed: the later holds
            slot = self._changing(fact.family)
            if slot and fact.family["near"] and self._random.random() < 0.35:
                others = [value for value in self._slots[slot] if value != fact.values[slot]]
                values = {**fact.values, slot: self._random.choice(others)}
                facts.append(self._say(fact.family, values, lines, (7200, 40_000, 200_000)))
        return lines, facts

    def _values(self, used: Mapping[str, set[str]]) -> dict[str, str]:
        values = {slot: self._random.choice(all_) for slot, all_ in self._slots.items()}
        for slot in _DISTINCT:
            free = [value for value in self._slots.get(slot, []) if value not in used[slot]]
            if free and self._random.random() < 0.8:
                values[slot] = self._random.choice(free)
        values["number2"] = self._random.choice(self._slots.get("number", [""]))
        values["name2"] = self._random.choice(self._slots["name"])
        return values

    @staticmethod
    def _changing(family: Mapping[str, Any]) -> str:
        return next(
            (s for s in _CHANGING if any(f"{{{s}}}" in said for said in family["said"])), ""
        )

    def _say(
        self,
        family: Mapping[str, Any],
        values: Mapping[str, str],
        lines: list[TrainingLine],
        pauses: Sequence[float],
    ) -> _Fact:
        text = self._random.choice(family["said"]).format(**values)
        wearer = "me" if self._lang == "en" else "我"
        speakers = [wearer, wearer, wearer, self._random.choice(self._slots["name"])]
        speaker = values["name"] if family.get("by") else self._random.choice(speakers)
        at = (lines[-1].at if lines else 1.76e9) + self._random.choice(list(pauses))
        lines.append(TrainingLine(at, speaker, text[:1].upper() + text[1:]))
        return _Fact(family, values, len(lines) - 1)

    def _asked(
        self, facts: Sequence[_Fact], used: Mapping[str, set[str]]
    ) -> Iterator[TrainingQuestion]:
        def question(text: str, **more: Any) -> TrainingQuestion:
            return TrainingQuestion(text, "", group=f"made-{self._lang}", asked_at=0.0, **more)

        for fact in facts:
            alike = [o.at for o in facts if _alike(fact, o)]
            gold = [max(alike)] if self._changing(fact.family) else alike
            if fact.at not in gold:
                continue
            ask = self._random.choice(fact.family["ask"])
            text = ask.format(**fact.values)
            text = text[:1].upper() + text[1:] if self._random.random() < 0.4 else text
            yield question(text, answerable=True, gold=tuple(gold))
            near = [slot for slot in fact.family["near"] if f"{{{slot}}}" in ask]
            if near and (other := self._other(self._random.choice(near), fact, facts, used)):
                yield question(ask.format(**other), answerable=False)
        told = [fact.family for fact in facts]
        for family in self._random.sample(self._families, 6):
            if family not in told:  # nothing of the kind, mostly of somebody who is known
                values = self._values(used)
                known = sorted(used["name"])
                if known and self._random.random() < 0.7:
                    values["name"] = self._random.choice(known)
                yield question(
                    self._random.choice(family["ask"]).format(**values), answerable=False
                )

    def _other(
        self, slot: str, fact: _Fact, facts: Sequence[_Fact], used: Mapping[str, set[str]]
    ) -> dict[str, str] | None:
        """The fact with another value, half the time one that is spoken of in another matter."""
        alike = {other.values[slot] for other in facts if other.family is fact.family}
        known = sorted(used[slot] - alike)
        free = [value for value in self._slots[slot] if value not in used[slot]]
        chosen = known if known and self._random.random() < 0.5 else free
        return {**fact.values, slot: self._random.choice(chosen)} if chosen else None


def _alike(fact: _Fact, other: _Fact) -> bool:
    near = fact.family["near"]
    same = all(other.values[slot] == fact.values[slot] for slot in near)
    return other.family is fact.family and same


def joined(all_lives: Iterable[Lives]) -> Lives:
    """Several in one."""
    whole = Lives()
    for lives in all_lives:
        whole.lines |= lives.lines
        whole.questions += lives.questions
    return whole
