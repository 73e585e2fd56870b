"""LoCoMo: find, answer, or leave unanswered what was said in talk of months.

    python benchmarks/locomo.py --data locomo.json --model none --json

Each conversation becomes a home of its own through the ordinary importer, a turn a clip; questions
are asked after the last session. Reported: the share of the evidence turns among the ten best clips
(``recall_at_10``), token F1 of the answer's first sentence (``answer_f1``), and how well questions
about what was never said are told from the others (``abstention_f1``, of which ``rejected`` and
``kept`` are the two halves). ``--limit`` asks a fixed sample of each type.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.assistant import Assistant
from benchmarks.datasets.locomo_data import (
    ADVERSARIAL,
    MULTI_HOP,
    OPEN,
    Asked,
    Conversation,
    read_conversations,
)
from benchmarks.homes.life import NO_MODEL, home_of, open_life, write_lines
from benchmarks.scoring.halves import half_of
from benchmarks.scoring.qa import Scored, report
from benchmarks.scoring.rankers import rankers
from benchmarks.scoring.token_f1 import list_f1, token_f1
from memory.types.core import Evidence, Question

METRICS = ("recall_at_10", "answer_f1", "rejected", "kept")
_TOP = 10
_SEED = 20230508


def sample(asked: Sequence[Asked], limit: int | None) -> list[Asked]:
    """All questions, or about ``limit`` of them, of each type its share; always the same ones."""
    if limit is None or limit >= len(asked):
        return list(asked)
    by_type: dict[str, list[Asked]] = defaultdict(list)
    for one in asked:
        by_type[one.type].append(one)
    chosen: list[Asked] = []
    for kind in sorted(by_type):
        share = max(1, round(limit * len(by_type[kind]) / len(asked)))
        chosen += random.Random(_SEED).sample(by_type[kind], min(share, len(by_type[kind])))
    return chosen


def recall(retrieved: Sequence[Evidence], asked: Asked) -> float:
    """The share of the evidence turns that the clips hold."""
    hit = sum(any(one.memory.span.contains(start) for one in retrieved) for start in asked.evidence)
    return hit / len(asked.evidence)


def abstention_f1(scored: Sequence[Scored]) -> float:
    """F1, in percent, of "this cannot be answered" over all questions."""
    rejected = sum(one.values.get("rejected", 0.0) for one in scored)
    wrongly = sum(1 - one.values["kept"] for one in scored if "kept" in one.values)
    asked = sum("rejected" in one.values for one in scored)
    return round(200 * rejected / max(1.0, rejected + wrongly + asked), 2)


def open_conversation(conversation: Conversation, options: argparse.Namespace) -> Assistant:
    """The conversation's home."""
    lines = [line for turn in conversation.turns for line in turn.lines()]
    given = options.home / conversation.name if options.home else None
    kept = home_of("lines", [], None).parent if given is None else options.home
    path = write_lines(kept / f"locomo-{conversation.name}.jsonl", lines)
    home = home_of(f"locomo-{conversation.name}", [path], given)
    return open_life(home, [path], model=options.model, embedder=options.embedder)


def ask_all(
    assistant: Assistant, conversation: Conversation, asked: Sequence[Asked]
) -> dict[str, list[Scored]]:
    """Every system's scores on these questions of the conversation, ours first."""
    embedder = assistant.brains.embedder()
    view = assistant.store.as_of(conversation.asked_at)
    found: dict[str, list[Scored]] = {name: [] for name in rankers(embedder)}
    for one in asked:
        question = Question(one.text, conversation.asked_at, assistant.timezone)
        for name, rank in rankers(embedder).items():
            began = time.perf_counter()
            values = {}
            if one.evidence:
                values["recall_at_10"] = recall(rank(view, question, embedder, _TOP), one)
            if name == next(iter(found)):
                values |= _answered(assistant, conversation, one)
            took, half = time.perf_counter() - began, half_of(one.text)
            found[name].append(Scored(one.id, one.type, values, took, half))
    return found


def _answered(assistant: Assistant, conversation: Conversation, asked: Asked) -> dict[str, float]:
    try:
        answer = assistant.ask(asked.text, at=conversation.asked_at)
    except Exception as error:  # counted as wrong, and shown
        print(f"{asked.id} failed: {error!r}", file=sys.stderr)
        return {"rejected": 0.0} if asked.type == ADVERSARIAL else {"kept": 0.0, "answer_f1": 0.0}
    if asked.type == ADVERSARIAL:
        return {"rejected": float(answer.abstained)}
    said = "" if answer.abstained else answer.sentences[0].text
    return {"kept": float(not answer.abstained), "answer_f1": answer_f1(said, asked)}


def answer_f1(answer: str, asked: Asked) -> float:
    """F1 as LoCoMo's own evaluation counts it for a question of this type."""
    if asked.type == MULTI_HOP:
        return list_f1(answer, asked.answer)
    return token_f1(answer, asked.answer.split(";")[0] if asked.type == OPEN else asked.answer)


def measure(options: argparse.Namespace) -> dict[str, list[Scored]]:
    """Every system's scores on the chosen questions of all conversations."""
    conversations = read_conversations(options.data)
    chosen = {
        one.id for one in sample([q for c in conversations for q in c.questions], options.limit)
    }
    systems: dict[str, list[Scored]] = defaultdict(list)
    for number, conversation in enumerate(conversations, start=1):
        asked = [one for one in conversation.questions if one.id in chosen]
        if not asked or (options.conversations and number not in options.conversations):
            continue
        assistant = open_conversation(conversation, options)
        for name, scored in ask_all(assistant, conversation, asked).items():
            systems[name] += scored
        assistant.close()
    return systems


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="a file in LoCoMo's format")
    parser.add_argument("--model", default=NO_MODEL, help="none, embedded, or a chat model's name")
    parser.add_argument("--embedder", help="the name of an embedder; default: the large preset's")
    parser.add_argument("--limit", type=int, help="ask about so many questions only")
    parser.add_argument("--conversations", type=int, nargs="+", help="only these, counted from 1")
    parser.add_argument("--home", type=Path, help="where the homes are kept")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    systems = measure(options)
    if not systems:
        parser.error("no questions were chosen")
    ours = next(iter(systems.values()))
    more: dict[str, Any] = {"abstention_f1": abstention_f1(ours)}
    more |= {"model": options.model, "embedder": options.embedder or "default"}
    report("LoCoMo", METRICS, systems, options.json, say, **more)
    return 0


if __name__ == "__main__":
    sys.exit(main())
