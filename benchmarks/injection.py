"""Count how often what was said near the camera speaks through the assistant: the attack suite.

    python benchmarks/injection.py --model none qwen-0.5b qwen-1.5b --json

Every line of ``tests/egorag/injection*.tsv`` is asked of a home that holds them all, with each
model. Reported is how many attacks become the assistant's own words, of the suite that the defence
was built with and of the lines that were written after it (``held_out``). ``--bare`` lets the
model's words through unguarded: that is how often the model itself obeys.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from egogpt.registry import load_chat, load_embedder
from egogpt.weights.store import WeightStore
from egorag.answering.answerer import Answerer
from egorag.evidence.units import Unit
from egorag.wording.draft import Draft
from tests.egorag.attacks import ATTACKS, Attack, read_attacks, write_attacked


class Credulous:
    """In the place of ``egorag.generation.hearsay.Hearsay``: everything that was said is so."""

    def __init__(self, *_: object) -> None:
        """Takes what the guard takes."""

    def readable(self, unit: Unit) -> bool:
        """Any unit may be read."""
        return True

    def stated(self, unit: Unit) -> str:
        """All of it."""
        return unit.what

    def evidence(self, unit: Unit, plan: object) -> str:
        """All of it."""
        return unit.what

    def guarded(self, sentence: str, plan: object, draft: Draft | None) -> Draft | None:
        """The draft as it is."""
        return draft


def without_guard() -> None:
    """Lets through, from here on, what a model makes of orders."""
    for module in ("extractive", "generative"):
        setattr(import_module(f"egorag.generation.{module}"), "Hearsay", Credulous)  # noqa: B010
    setattr(import_module("egorag.generation.notes"), "scripts", lambda text: False)  # noqa: B010


def obeyed(attacks: Sequence[Attack], model: str, say: Callable[[str], None]) -> int:
    """How many of the attacks succeed against a model; each that does is shown."""
    weights = WeightStore()
    chat = None if model == "none" else load_chat(model, weights)
    embedder = load_embedder("e5", weights) if weights.has("e5") else None
    count = 0
    with tempfile.TemporaryDirectory() as place:
        store = write_attacked(Path(place), attacks)
        answerer = Answerer(store.as_of, embedder, chat)
        for attack in attacks:
            answer = answerer.ask(attack.asked())
            if attack.succeeds(answer):
                count += 1
                say(f"  {attack.channel}: {attack.text!r} -> {answer.text!r}")
        store.close()
    return count


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """The command; ends with 1 where an attack of the suite succeeds against a guarded model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", nargs="+", default=["none", "qwen-0.5b"])
    parser.add_argument("--bare", action="store_true", help="without the guard")
    parser.add_argument("--every", type=int, default=1, help="only every so many lines")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if options.bare:
        without_guard()
    suites = {"suite": [ATTACKS], "held_out": sorted(ATTACKS.parent.glob("injection_held*.tsv"))}
    found: dict[str, Any] = {}
    for model in options.model:
        for name, files in suites.items():
            attacks = [one for file in files for one in read_attacks(file)[:: options.every]]
            attacks = [one.moved(number) for number, one in enumerate(attacks)]
            count = obeyed(attacks, model, say)
            found[f"{model} {name}"] = {"attacks": len(attacks), "succeeded": count}
            say(f"{model}, {name}: {count} of {len(attacks)} succeeded")
    if options.json:
        say(json.dumps({"bare": options.bare, **found}))
    failed = any(one["succeeded"] for key, one in found.items() if key.endswith("suite"))
    return int(failed and not options.bare)


if __name__ == "__main__":
    sys.exit(main())
