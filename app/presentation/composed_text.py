"""Captions and summaries that were composed by rules, in the language of whoever reads them.

in_words('I see two cups. Anna says: "Hi."')   # 我看到两个杯子。Anna说：“Hi.”

What models and rules perceive is kept as facts, and composed into fixed English sentences, which
are what search and answers read (``egogpt.captioning.template_captioner``,
``memory.store.summary_builder``). Here each of these sentences is taken apart into its facts again,
and they are put into another language's sentence. What was said or read stays as it was, and so
does every sentence that these rules did not make.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache

from app.presentation.i18n import LABEL, language, phrases, t
from app.presentation.labels import label_words
from egogpt.text.english_grammar import NUMBERS, plural, quotable
from egorag.language.language import Language

_LENGTH = r"\d+ (?:second|minute|hour)s?(?: \d+ minutes?)?"
_QUOTED = r'"[^"]*"'
_QUOTES = re.compile(_QUOTED)
_OTHER = re.compile(rf'(?:{_QUOTED}|[^".])*[."]?\s*')
# Who speaks and the words, at the beginning of a sentence; "Mr." and "St." end none.
_TURN = re.compile(
    rf'(?:^|(?<=[.!?…"。！？] ))(?!Text in view)(?:\w{{1,3}}\. )*[^".:;。！？]+: ({_QUOTED})\.?\s*'
)
_SPOKEN = re.compile(r"\s*\bSaid: .*?(?= In view: | Heard: | Text in view: |$)")
_TIMED = re.compile(rf"(.+) \(({_LENGTH})\)")
_UNIT = re.compile(r"(\d+) (second|minute|hour)s?")
_COUNTED = re.compile(r"(?:(an?|one|two|three|four|five|six|several|no|\d+) )?(.+)")
_BETWEEN = re.compile(r"(\w+) (?:or|to) (\w+) (other people|people)")
_PEOPLE = frozenset({"person", "other person"})


def in_words(text: str) -> str:
    """The text with each sentence of ours in the person's language."""
    if language() == "en":
        return text
    told: list[str] = []
    at = 0
    while at < len(text):
        match, words = _sentence(text, at)
        if match is None:
            end = _end(text, at)
            told.append(text[at:end])
            at = end
        else:
            told.append(words + Language(language()).say("joint"))
            at = match.end()
    return "".join(told).strip()


def split_speech(caption: str, speech: Iterable[str]) -> tuple[str, str]:
    """What a caption tells besides the sentences of ``speech``, and the turns of it that hold some:
    where these are shown, the caption need not say them again."""
    said = [re.compile(rf"(?<!\w){re.escape(quotable(one))}(?!\w)\s*") for one in speech if one]
    scene, turns, at = "", list[str](), 0
    for turn in _TURN.finditer(caption):
        rest = turn[1][1:-1]
        for sentence in said:
            rest = sentence.sub("", rest, count=1)
        if rest != turn[1][1:-1]:
            others = turn[0].replace(turn[1], f'"{rest.strip()}"') if rest.strip() else ""
            scene += caption[at : turn.start()] + others
            turns.append(turn[0].strip())
            at = turn.end()
    return (scene + caption[at:]).strip(), " ".join(turns)


def without_speech(summary: str) -> str:
    """A summary without the sentences that were said, which stand beside it."""
    return _SPOKEN.sub("", summary)


def _sentence(text: str, at: int) -> tuple[re.Match[str] | None, str]:
    for pattern, words in _rules(language()).items():
        if match := pattern.match(text, at):
            return match, words(match)
    return None, ""


def _end(text: str, at: int) -> int:
    """Where a sentence that is none of ours ends, with the blanks after it."""
    match = _OTHER.match(text, at)
    return max(at + 1, match.end() if match else len(text))


@cache
def _rules(spoken: str) -> Mapping[re.Pattern[str], Callable[[re.Match[str]], str]]:
    """Sentences, as English patterns → what is said for them in a language."""
    listed = r'([^".:;]+)'
    names = [phrase.removeprefix(LABEL) for phrase in phrases(spoken) if LABEL in phrase]
    known = "|".join(map(re.escape, names))
    colour = "|".join(name for name in names if name.startswith("colour ")).replace("colour ", "")
    rules: dict[str, Callable[[re.Match[str]], str]] = {
        rf"(\d\d:\d\d)(?: to (\d\d:\d\d))?, ({_LENGTH}) recorded\.": _recorded,
        rf"I am with {listed}, close by\.": lambda m: t(
            "I am with {people}, close by.", people=_list(m[1])
        ),
        rf"I am with {listed}\.": lambda m: t("I am with {people}.", people=_list(m[1])),
        rf"I am ((?:in|on) an? {listed})\.": lambda m: t("I am in {places}.", places=_list(m[1])),
        rf"In the distance: {listed}\.": lambda m: t(
            "In the distance: {people}.", people=_list(m[1])
        ),
        rf"I see {listed}\.": lambda m: t("I see {things}.", things=_list(m[1])),
        rf"I use my hands and hold {listed}\.": lambda m: t(
            "I use my hands and hold {things}.", things=_list(m[1])
        ),
        r"I use my hands\.": lambda _: t("I use my hands."),
        r"Somebody's hands are in view\.": lambda _: t("Somebody's hands are in view."),
        rf"In view: {listed}\.": lambda m: t("In view: {things}.", things=_list(m[1])),
        rf"I hear {listed}\.": lambda m: t("I hear {sounds}.", sounds=_list(m[1])),
        rf"Heard: {listed}\.": lambda m: t("Heard: {sounds}.", sounds=_list(m[1])),
        rf"Text in view: ({_QUOTED}(?:(?:, | and |; ){_QUOTED})*)\.": lambda m: t(
            "Text in view: {texts}.", texts=_quotes(m[1])
        ),
        rf"Said: ({_QUOTED}(?: {_QUOTED})*)": lambda m: t("Said: {texts}", texts=_quotes(m[1])),
        rf'([^".:;]+) says: ({_QUOTED})\.?': lambda m: t(
            "{name} says: {texts}", name=translated_label(m[1]), texts=_quotes(m[2])
        ),
        rf"I was ((?:in|on) an? (?:{known}))$": lambda m: t(
            "I was in {places}", places=_list(m[1])
        ),
        rf"I held and used {listed}": lambda m: t("I held and used {things}", things=_list(m[1])),
        rf"({known}) was heard$": lambda m: t("{sounds} was heard", sounds=_list(m[1])),
        rf"somebody in view wore ({colour})$": lambda m: t(
            "somebody in view wore {colour}", colour=translated_label(f"colour {m[1]}")
        ),
        rf"the {listed} was ({colour})$": lambda m: t(
            "the {thing} was {colour}",
            thing=translated_label(m[1]),
            colour=translated_label(f"colour {m[2]}"),
        ),
        rf"perhaps {listed} (?:was|were) in view\.?": lambda m: t(
            "perhaps {things} were in view", things=_list(m[1])
        ),
        rf"{listed} (?:was|were) in view\.?": lambda m: t(
            "{things} were in view", things=_list(m[1])
        ),
        r"Nothing was recognised\.": lambda _: t("Nothing was recognised."),
    }
    return {re.compile(rf"{pattern}(?:\s+|$)"): words for pattern, words in rules.items()}


def _recorded(match: re.Match[str]) -> str:
    length = _length(match[3])
    if match[2] is None:
        return t("{start}, {length} recorded.", start=match[1], length=length)
    return t("{start} to {end}, {length} recorded.", start=match[1], end=match[2], length=length)


def _length(words: str) -> str:
    spoken = Language(language())
    parts = (spoken.amount(int(number), unit) for number, unit in _UNIT.findall(words))
    return spoken.say("joint").join(parts)


def _quotes(words: str) -> str:
    return t(", ").join(f"“{quote[1:-1]}”" for quote in _QUOTES.findall(words))


def _list(words: str) -> str:
    """Things with commas and "and" between them."""
    *first, last = words.split(", ")
    return t(", ").join(map(_thing, [*first, *last.split(" and ")]))


def _thing(words: str) -> str:
    """One thing, with its number or how long it was there."""
    if timed := _TIMED.fullmatch(words):
        return t("{thing} ({length})", thing=translated_label(timed[1]), length=_length(timed[2]))
    if words.startswith("at least "):
        return t("at least {things}", things=_thing(words.removeprefix("at least ")))
    if between := _BETWEEN.fullmatch(words):
        least, most = (_number(number) for number in between.groups()[:2])
        return t(
            "{least} to {most} {people}",
            least=least,
            most=most,
            people=translated_label(between[3]),
        )
    words = re.sub(r"^(?:in|on) an? ", "", words)
    counted = _COUNTED.fullmatch(words)
    if counted is None or counted[1] is None:
        return translated_label(words)
    if counted[1] in ("a", "an"):
        return t("a {thing}", thing=translated_label(counted[2]))
    number = t("several") if counted[1] == "several" else _number(counted[1])
    return t("{number} {thing}", number=number, thing=translated_label(counted[2]))


def _number(words: str) -> str:
    count = NUMBERS.index(words) if words in NUMBERS else words
    return t(LABEL + str(count)).removeprefix(LABEL)


def translated_label(words: str) -> str:
    """The name of a thing, a place or a person; as it is where it has none in this language."""
    known = _singulars(language())
    name = known.get(words, words)
    if LABEL + name in phrases(language()):
        return t(LABEL + name)
    colour, _, thing = words.partition(" ")
    if thing and f"{LABEL}colour {colour}" in phrases(language()):
        return t(f"{LABEL}colour {colour}") + translated_label(thing)
    return label_words(words)


@cache
def _singulars(spoken: str) -> Mapping[str, str]:
    """Plurals of all labels → the labels."""
    labels: Iterable[str] = (
        phrase.removeprefix(LABEL) for phrase in phrases(spoken) if phrase.startswith(LABEL)
    )
    return {plural(label): label for label in labels}
