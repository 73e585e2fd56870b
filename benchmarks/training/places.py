"""Ask a language model where things are seen: ``ingest/vision/places.txt``.

    python -m benchmarks.training.places MODEL.gguf [--answers FILE] [--write]

MODEL is a GGUF file. For every word of the detectors it goes on with two lists of examples, each
of which names a place in one word; the probabilities of that word are added up by place. A third
list asks whether the thing stays in one place: a stove tells more of a kitchen than a cup, so what
is carried about counts less. FILE keeps what the model answered, so that it need not be asked again
(15 minutes on two cores for 1.5B). A word that is a place itself ("library") stands for it alone.
"""

from __future__ import annotations

import argparse
import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from egogpt.llm.llama_server import runtime
from egogpt.weights.store import WeightStore
from ingest.vision.detectors.labels import Labels

Answers: TypeAlias = Mapping[str, Sequence[Mapping[str, float]]]
_FILE = Path(__file__).parents[2] / "ingest" / "vision" / "places.txt"
_LISTS = (
    "Where each thing is mostly seen, in one word.\nrefrigerator: kitchen\npillow: bedroom\n"
    "shower: bathroom\npalm tree: beach\nbook shelf: library\ntraffic light: street\n"
    "sofa: living room\nprinter: office\ncow: farm\nmicrophone: stage\n",
    "In which room or place do people see it?\nsofa: living room\ntoothbrush: bathroom\n"
    "dumbbell: gym\ncrosswalk: street\ntent: forest\nmenu: restaurant\nkeyboard: office\n"
    "sea shell: beach\noven: kitchen\nshopping cart: store\nwardrobe: bedroom\nswing: park\n",
)
_STAYS = (
    "Does it stay in one place, or is it carried about?\nsofa: stays\nspoon: carried\n"
    "fireplace: stays\nphone: carried\nrefrigerator: stays\ncandle: carried\ncar: carried\n"
    "toilet: stays\nbook: carried\nbed: stays\nsandwich: carried\ntree: stays\n"
)
# Places, and first words of the answers that mean them.
_PLACES = {
    "kitchen": "kitchen",
    "living room": "living lounge home",
    "bedroom": "bedroom bed nursery",
    "bathroom": "bathroom toilet shower",
    "dining room": "dining",
    "office": "office desk",
    "street": "street road city highway sidewalk traffic",
    "garden": "garden backyard yard lawn patio",
    "park": "park playground",
    "restaurant": "restaurant bar cafe coffee pub diner",
    "shop": "store shop supermarket grocery bakery market mall",
    "beach": "beach shore seaside",
    "forest": "forest jungle woods",
    "gym": "gym court sports",
    "stage": "stage theater concert music orchestra theatre auditorium",
    "stadium": "stadium field arena",
    "farm": "farm barn",
    "library": "library",
    "church": "church temple cathedral",
    "classroom": "school classroom",
    "hospital": "hospital clinic",
    "car": "car",
    "airport": "airport",
    "workshop": "workshop garage",
    "train station": "station train",
    "zoo": "zoo sav aquarium",
    "waterside": "ocean sea lake river pond harbor",
    "mountains": "mountain mountains cave",
}
_THEMSELVES = {
    "restaurant": "restaurant", "shop": "shop store bakery", "beach": "beach", "library": "library",
    "church": "church mosque monastery altar", "stage": "stage", "waterside": "lake pier",
    "mountains": "mountain cliff valley volcano",
}  # fmt: skip
_LEAST = 0.05  # probability of a place below which it is left out
_LIKELIEST = 60  # next words of which the model tells the probability


def words(labels: Labels, names: Sequence[str]) -> list[str]:
    """All words of the detectors for things, each once."""
    return list(dict.fromkeys([*filter(None, labels.tags(names)), *labels.objects]))


def ask(model: Path, things: Sequence[str]) -> dict[str, list[dict[str, float]]]:
    """For each thing and list, the likeliest next words with their log probabilities."""
    xllamacpp = runtime()
    parameters = xllamacpp.CommonParams()
    parameters.model.path, parameters.n_ctx, parameters.n_parallel = str(model), 512, 1
    server = xllamacpp.Server(parameters)

    def answer(prompt: str) -> dict[str, float]:
        request = {"prompt": prompt, "n_predict": 1, "n_probs": _LIKELIEST, "cache_prompt": True}
        reply: Any = server.handle_completions({**request, "temperature": 0})
        likeliest = reply["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        return {token["token"]: token["logprob"] for token in likeliest}

    lists = (*_LISTS, _STAYS)
    return {thing: [answer(f"{examples}{thing}:") for examples in lists] for thing in things}


def shares(thing: str, answers: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """How far (0..1) a thing tells of each place, of those of which it tells enough."""
    parts = set(re.split(r"[ ()']+", thing))
    for place, own in _THEMSELVES.items():
        if parts & set(own.split()):
            return {place: 1.0}
    found = dict.fromkeys(_PLACES, 0.0)
    *where, stays = answers
    for answer in where:
        for token, log_probability in answer.items():
            for place, first_words in _PLACES.items():
                if token.strip().lower() in first_words.split():
                    found[place] += math.exp(log_probability) / len(where)
    tells = _staying(stays)
    return {place: tells * share for place, share in found.items() if tells * share >= _LEAST}


def _staying(answer: Mapping[str, float]) -> float:
    """How likely (0..1) a thing stays in its place."""
    stays, carried = (
        sum(math.exp(p) for token, p in answer.items() if token.strip().lower().startswith(start))
        for start in ("st", "carr")
    )
    return stays / (stays + carried) if stays else 0.0


def table(answers: Answers) -> str:
    """The text of ``places.txt``: a line for each place."""
    lines: dict[str, list[str]] = {place: [] for place in _PLACES}
    for thing in sorted(answers):
        for place, share in shares(thing, answers[thing]).items():
            lines[place].append(f"{thing} {share:.2g}")
    return _HEAD + "".join(f"{place}: {', '.join(entries)}\n" for place, entries in lines.items())


_HEAD = """\
# Places: things, and how far each tells of it: how likely it is seen there, less where carried.
# Made by benchmarks/training/places.py with Qwen2.5-Coder-1.5B-Instruct (Q4_K_M).
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, help="a GGUF file")
    parser.add_argument("--answers", type=Path, help="a JSON file that keeps the answers")
    parser.add_argument("--write", action="store_true", help="write ingest/vision/places.txt")
    options = parser.parse_args(arguments)
    names = WeightStore().path("efficientnet-lite3/imagenet_labels.txt")
    things = words(Labels.load(), names.read_text(encoding="utf-8").splitlines())
    if options.answers is not None and options.answers.exists():
        answers = json.loads(options.answers.read_text(encoding="utf-8"))
    else:
        answers = ask(options.model, things)
    if options.answers is not None:
        options.answers.write_text(json.dumps(answers), encoding="utf-8")
    text = table({thing: answers[thing] for thing in things})
    if options.write:
        _FILE.write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
