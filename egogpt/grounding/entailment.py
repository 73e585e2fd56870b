"""Find the sources that bear out a generated sentence.

pieces = [*pieces_of(7, 'I cut bread. Ada says: "Tom calls on Friday."', "10:20 morning")]
borne_out("Ada said that Tom calls on Friday.", pieces)  # (7,)
borne_out("Tom called on Friday.", pieces)  # (): it was only said

All numbers, names and content words must stand in the texts; what was only said must be told as
said, what was asked as asked, and what did not happen as not happening. Guesses ("maybe") bear
nothing out. Chinese, which has no blanks, is compared by its characters and pairs of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from egogpt.extraction.english_events import told_in
from egogpt.grounding.claims import claims, held_stems
from egogpt.text.is_question import is_question
from egogpt.text.lemmatizer import IRREGULAR
from egogpt.text.stemmer import stem
from egogpt.text.tokens import STOP_WORDS, tokens
from egogpt.text.word_lists import word_list

WINDOW = 5  # sentences: of captions, those of about a minute
_PAIRS = 0.6  # share of its pairs of Han that must stand in the texts
_LINKING = word_list("egogpt.grounding", "linking")
_SAYING = frozenset(map(stem, word_list("egogpt.grounding", "saying")))
_CLAUSE = re.compile(
    r",? (?:and then|and|then|but) (?=(?:I|we|he|she|they|[A-Z]\w*)\b|\w+ed\b)|; ?|[，；]"
)
_SAYING_HAN = re.compile(r"[说讲问聊告诉提到听读答]")
_ASKING = re.compile(r"\b(?:ask|asks|asked|asking|wonder\w*|question|whether)\b|\?|？|问", re.I)
_NEGATED = re.compile(
    r"\b(?:not|never|no|nobody|nothing|none|without|cannot|neither|nor)\b|n['’]t\b|[不没無无未别]",
    re.IGNORECASE,
)
_HEDGED = re.compile(
    r"\b(?:maybe|perhaps|probably|possibly|presumably|apparently|evidently|likely|might|seem\w*"
    r"|appears? to|appeared to|must have|as if|as though|suggest(?:s|ing) that)\b"
    r"|也许|可能|大概|好像|似乎|应该是|看起来",
    re.IGNORECASE,
)
_WEARER = re.compile(r"\b(?:I|[Mm]y|[Mm]e|[Ww]e|[Oo]ur|[Uu]s)\b")
_QUOTE = re.compile(r"[\"“]([^\"“”]*)[\"”]")
_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])\s*|\n+")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_HAN_SMALL = frozenset(
    "我的了在和是着过把被也都就又还与及并地得们这那个他她它上下里有来去到从给对为会能要"
)
_BASE = {form: base for base, forms in IRREGULAR.items() for form in forms}


@dataclass(frozen=True, slots=True)
class SourceSentence:
    """One sentence of a source: what it holds, and in which mood."""

    source: int
    text: str
    stems: frozenset[str]
    said: bool = False
    asks: bool = False
    negated: bool = False


def pieces_of(source: int, text: str, around: str = "") -> Iterator[SourceSentence]:
    """The sentences of a source's text, what was said in it apart; guesses are left out.

    ``around`` are words that hold for all of it: when it was.
    """
    always = _stems(around)
    reached = 0
    for quote in _QUOTE.finditer(text):
        lead = _END.split(text[reached : quote.start()].strip())[-1]
        before = text[reached : quote.start()].strip().removesuffix(lead)
        yield from _told(source, before, always)
        for sentence in _sentences(quote[1]):
            yield SourceSentence(
                source,
                f'{lead} "{sentence}"'.strip(),
                frozenset(always | _stems(lead) | _stems(sentence)),
                said=True,
                asks=is_question(sentence) or sentence.endswith("？"),
                negated=negated(sentence),
            )
        reached = quote.end()
    yield from _told(source, text[reached:], always)


def _told(source: int, text: str, always: Set[str]) -> Iterator[SourceSentence]:
    for sentence in _sentences(text):
        if not is_guess(sentence) and any(map(str.isalnum, sentence)):
            stems = frozenset(always | _stems(sentence))
            yield SourceSentence(source, sentence, stems, negated=negated(sentence))


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in _END.split(text) if part and part.strip()]


def is_guess(sentence: str) -> bool:
    """Whether a sentence says itself that it is not sure; quotations do not count."""
    return bool(_HEDGED.search(_QUOTE.sub(" ", sentence)))


def negated(sentence: str) -> bool:
    """Whether a sentence says that something is not so."""
    return bool(_NEGATED.search(sentence))


def supporting_sources(
    sentence: str, pieces: Sequence[SourceSentence], window: int = WINDOW
) -> tuple[int, ...]:
    """The sources that bear the sentence out, in the order of the pieces; empty where none do.

    What it says in one clause must stand within ``window`` pieces that follow each other: words
    from far apart, put together, tell what never was.
    """
    if is_guess(sentence):
        return ()
    supporting = _within(sentence, pieces, window)
    if not supporting:
        parts = [_within(part, pieces, window) for part in _CLAUSE.split(sentence)]
        supporting = [piece for part in parts for piece in part] if all(parts) else []
    return tuple(dict.fromkeys(piece.source for piece in pieces if piece in supporting))


def _within(clause: str, pieces: Sequence[SourceSentence], window: int) -> list[SourceSentence]:
    """The fewest pieces of one window that bear a clause out."""
    own = _own(clause)
    claimed = (own - _SAYING) or own
    kind = [piece for piece in pieces if piece.negated == negated(clause)]
    best: list[SourceSentence] = []
    for start in range(max(1, len(kind) - window + 1)):
        near = kind[start : start + window]
        if not claimed <= set().union(*(piece.stems for piece in near)) or not claimed:
            continue
        cited = _cover(claimed, near)
        if (not best or len(cited) < len(best)) and _bears(clause, own, cited):
            best = cited
    return best


def _bears(clause: str, own: Set[str], cited: Sequence[SourceSentence]) -> bool:
    """Whether pieces that hold the words tell the same of the same one, and in the same mood."""
    covered = set().union(*(piece.stems for piece in cited))
    if own - covered and not any(piece.said for piece in cited):
        return False  # a word that reports is free only where something was said
    checks = (_pairs_held, _mood_kept, _subject_kept, _doers_kept)
    return own - _SAYING <= covered and all(check(clause, cited) for check in checks)


def _cover(own: Set[str], pieces: Sequence[SourceSentence]) -> list[SourceSentence]:
    """Few pieces that hold what is claimed, greedily; what was told goes before what was said."""
    cited: list[SourceSentence] = []
    uncovered = set(own)
    while uncovered and pieces:
        best = max(pieces, key=lambda piece: (len(piece.stems & uncovered), not piece.said))
        if not best.stems & uncovered:
            break
        cited.append(best)
        uncovered -= best.stems
    return cited


def _mood_kept(sentence: str, cited: Sequence[SourceSentence]) -> bool:
    """Whether what was only said, or only asked, is told as such."""
    own = _own(sentence) - _SAYING
    narrated = set().union(*(piece.stems for piece in cited if not piece.said))
    stated = set().union(*(piece.stems for piece in cited if not piece.asks))
    if own - narrated and not _says(sentence):
        return False
    return not (own - stated) or bool(_ASKING.search(sentence))


def _doers_kept(sentence: str, cited: Sequence[SourceSentence]) -> bool:
    """Whether each activity that is known by name is told of one who did it in the sources."""
    known = [other for piece in cited if not piece.said for other in told_in(piece.text)]
    for claim in told_in(_QUOTE.sub(" ", sentence)):
        doers = {other.doer for other in known if other.activity == claim.activity}
        if doers and claim.doer not in doers:
            return False
    return True


def _subject_kept(sentence: str, cited: Sequence[SourceSentence]) -> bool:
    """Whether the sentence that holds most of what is claimed is about the same one: I, or Ada."""
    own = _own(sentence)
    main = max(cited, key=lambda piece: len(piece.stems & own))
    subject = _subject(sentence)
    if subject in ("", "i"):
        return main.said or not subject or _subject(main.text) in ("", "i")
    return subject in main.stems


def _subject(sentence: str) -> str:
    """The stem of the name or noun that a sentence begins with, "i" for the wearer, else ""."""
    first, *_ = *tokens(_HAN.sub(" ", sentence)), None
    if _WEARER.search(_QUOTE.sub(" ", sentence)):
        return "i"
    if first is None or first.word in STOP_WORDS or not first.capital:
        return ""
    labelled = ":" in sentence and " " not in sentence.partition(":")[0]  # "Heard: music."
    return "" if labelled or first.word.isdigit() else stem(_BASE.get(first.word, first.word))


def _says(sentence: str) -> bool:
    spoken = not _SAYING.isdisjoint(held_stems(sentence, _BASE))
    return spoken or bool(_QUOTE.search(sentence) or _SAYING_HAN.search(sentence))


def _own(sentence: str) -> set[str]:
    """What a sentence claims: words beyond those that only join, and characters."""
    own, _ = claims(_HAN.sub(" ", sentence), light=_LINKING, bases=_BASE)
    return own | {
        character
        for run in _HAN.findall(sentence)
        for character in run
        if character not in _HAN_SMALL
    }


def _stems(text: str) -> set[str]:
    word_stems = held_stems(_HAN.sub(" ", text), _BASE)
    return word_stems | {character for run in _HAN.findall(text) for character in run}


def _pairs_held(sentence: str, cited: Sequence[SourceSentence]) -> bool:
    pairs = _pairs(sentence)
    cited_pairs = set().union(*(_pairs(piece.text) for piece in cited))
    return len(pairs & cited_pairs) >= _PAIRS * len(pairs)


def _pairs(text: str) -> set[str]:
    runs = [
        "".join(character for character in run if character not in _HAN_SMALL)
        for run in _HAN.findall(text)
    ]
    return {run[at : at + 2] for run in runs for at in range(len(run) - 1)}
