"""Find what kinds of things the detectors' words are: ``egorag/ranking/kinds.txt``.

    python -m benchmarks.training.kinds WORDNET [--write]

WORDNET holds ``data.noun``, ``index.noun`` and ``cntlist.rev`` of WordNet 3.0 (Debian's package
``wordnet-base`` lays them into ``/usr/share/wordnet``). A class of ImageNet is a synset of WordNet;
its kinds are the common nouns above it ("animal", "vehicle"), and the people who use it by its
definition ("worn by infants": "baby"). A word for several classes is of the kinds of all of them.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from egogpt.text.lemmatizer import inflections
from egogpt.weights.store import WeightStore
from ingest.vision.detectors.labels import Labels

_KINDS = Path(__file__).parents[2] / "egorag" / "ranking" / "kinds.txt"
_COMMON = 3  # times that a noun stands in SemCor in that sense
_MOST = 0.35  # share of all words: what is above more says nothing
_PHYSICAL, _PERSON, _MATTER = "00001930", "00007846", "00020827"  # synsets of WordNet 3.0
_ABSTRACT = frozenset(
    """apparatus barrier commodity device equipment fluid individual instrument location material
    obstruction organism outlet piece solid someone structure stuff substance surface system
    transducer tube tubing works""".split()
)  # nobody asks for things by these, or in another sense ("which instrument?")
_USERS = re.compile(r"\b(?:by|for) (?:an? |the )?([a-z]+)")
_PARTED = re.compile(r"[ (]+|\)")


@dataclass(frozen=True, slots=True)
class Synset:
    """A meaning: its words, the meanings right above it, and its definition."""

    words: tuple[str, ...]
    above: tuple[str, ...]
    definition: str


class WordNet:
    """The nouns of WordNet, read from its files."""

    def __init__(self, folder: Path) -> None:
        self.synsets = dict(_synsets(folder / "data.noun"))
        self._senses = dict(_senses(folder / "index.noun"))
        self._counts = _first_sense_counts(folder / "cntlist.rev")

    def first(self, word: str) -> str:
        """The commonest meaning of a word, or ""."""
        return self._senses.get(word.lower(), ("",))[0]

    def ancestors(self, synset: str) -> set[str]:
        """All meanings above one."""
        found: set[str] = set()
        waiting = [synset]
        while waiting:
            new = [above for above in self.synsets[waiting.pop()].above if above not in found]
            found.update(new)
            waiting += new
        return found

    def common(self, synset: str) -> list[str]:
        """The single words for a meaning that mostly mean it and are common."""
        words = self.synsets[synset].words
        common = (word for word in words if self._counts[word] >= _COMMON and " " not in word)
        return [word for word in common if self.first(word) == synset]

    def people(self, synset: str) -> Iterator[str]:
        """Words for the people by whom a thing is used, or for whom it is made."""
        for word in _USERS.findall(self.synsets[synset].definition):
            singular = (word[:-1], f"{word[:-3]}y") if word.endswith("s") else ()
            for base in {word, *singular}:
                meaning = self.first(base)
                if meaning and _PERSON in self.ancestors(meaning):
                    yield from self.common(meaning)


def _synsets(file: Path) -> Iterator[tuple[str, Synset]]:
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            continue
        body, _, definition = line.partition("|")
        parts = body.split()
        end = 4 + 2 * int(parts[3], 16)
        words = tuple(word.replace("_", " ").lower() for word in parts[4:end:2])
        pointers = zip(parts[end + 1 :: 4], parts[end + 2 :: 4])
        above = tuple(to for symbol, to in pointers if symbol in ("@", "@i"))
        yield parts[0], Synset(words, above, definition.split('"')[0])


def _senses(file: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("  "):
            parts = line.split()
            yield parts[0].replace("_", " "), tuple(parts[-int(parts[2]) :])


def _first_sense_counts(file: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    for line in file.read_text(encoding="utf-8").splitlines():
        key, sense, count = line.split()
        word, _, rest = key.partition("%")
        if rest.startswith("1:") and sense == "1":
            counts[word.replace("_", " ")] += int(count)
    return counts


def classes(net: WordNet, names: Sequence[str]) -> list[str]:
    """The synset of each class of ImageNet: by its words, and by the order of the classes.

    Classes stand in the order of their synsets' numbers, which tells apart two of one name.
    """
    by_words: dict[str, list[str]] = {}
    for number, synset in net.synsets.items():
        by_words.setdefault(", ".join(synset.words), []).append(number)
    found: list[str] = []
    for at, name in enumerate(names):
        likely = by_words.get(name.lower(), [])
        sure = (by_words.get(later.lower(), []) for later in names[at + 1 :])
        bound = next((those[0] for those in sure if len(those) == 1), "99999999")
        last = next((number for number in reversed(found) if number), "")
        fitting = [number for number in likely if last < number < bound]
        found.append((fitting or likely or [""])[0])
    return found


def kinds(net: WordNet, names: Sequence[str], labels: Labels) -> dict[str, list[str]]:
    """A common noun → the detectors' words for things of that kind, by the alphabet."""
    meanings: dict[str, set[str]] = {}
    for word, synset in zip(labels.tags(names), classes(net, names)):
        if word and synset:
            meanings.setdefault(word, set()).add(synset)
    for word in labels.objects:
        first = net.first(word)
        if first and _is_thing(net, first):
            meanings.setdefault(word, set()).add(first)
    members: dict[str, set[str]] = {}
    for word, synsets in meanings.items():
        for kind in set.intersection(*(set(_kinds(net, synset)) for synset in synsets)):
            if kind not in _ABSTRACT and not inflections(kind) & set(_PARTED.split(word)):
                members.setdefault(kind, set()).add(word)
    most = _MOST * len(meanings)
    return {kind: sorted(members[kind]) for kind in sorted(members) if len(members[kind]) <= most}


def _is_thing(net: WordNet, synset: str) -> bool:
    above = net.ancestors(synset)
    return _PHYSICAL in above and _PERSON not in above


def _kinds(net: WordNet, synset: str) -> Iterator[str]:
    yield from net.people(synset)
    for above in net.ancestors(synset):
        if _is_thing(net, above) and above != _MATTER:
            yield from net.common(above)


def _head() -> str:
    """The comment that the file begins with: what it is, and WordNet's licence."""
    lines = _KINDS.read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if line.startswith("#"))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wordnet", type=Path, help="a folder with data.noun of WordNet 3.0")
    parser.add_argument("--write", action="store_true", help="write egorag/ranking/kinds.txt")
    options = parser.parse_args(arguments)
    names = WeightStore().path("efficientnet-lite3/imagenet_labels.txt")
    lines = names.read_text(encoding="utf-8").splitlines()
    found = kinds(WordNet(options.wordnet), lines, Labels.load())
    text = _head() + "".join(f"{kind}: {', '.join(words)}\n" for kind, words in found.items())
    if options.write:
        _KINDS.write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
