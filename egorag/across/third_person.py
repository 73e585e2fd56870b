"""The wearer's own account as others tell it: "I put my cup down" is "Alice put Alice's cup down".

What is quoted stays as it was said. English verbs of the present agree with the name; forms that
are no base form of a known verb ("put", "went") stay as they are.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from egogpt.text.lemmatizer import IRREGULAR, inflections

_QUOTED = re.compile(r"[\"“”][^\"“”]*[\"“”]")
_BE = {"am": "is", "'m": "is", "’m": "is", "have": "has", "'ve": "has", "’ve": "has", "do": "does"}
_SHORT = {"'ll": "will", "’ll": "will", "'d": "had", "’d": "had"}
_WHO = {"me": "", "my": "'s", "mine": "'s"}
_GROUP = {"we": "and others", "us": "and others", "our": "and others'", "ours": "and others'"}
_FIRST = re.compile(
    r"\bI(?P<short>['’](?:m|ve|ll|d))?(?:(?P<between>(?:\s+(?:also|then|just|still|always|now|again"
    r"|soon|never|\w+ly))*)\s+(?!(?:I|me|my|mine|we|us|ours?)\b)(?P<verb>[a-z]+(?:n['’]t)?))?"
    r"(?![\w'’])"
    r"|\b(?P<who>me|myself|my|mine|we|us|our|ours)\b",
    re.IGNORECASE,
)
_US = re.compile("我们|咱们")
_GERMAN = re.compile(r"\b(?:ich|mi[rc]h?|mein\w*|wir|uns(?:er\w*)?)\b", re.IGNORECASE)


def asks_of_self(question: str) -> bool:
    """Whether a question is about whoever asks it."""
    return "我" in question or bool(_FIRST.search(question) or _GERMAN.search(question))


def in_third_person(text: str, name: str) -> str:
    """A sentence or more of the wearer called ``name``, for whoever else reads it."""
    told, reached = [], 0
    for quote in _QUOTED.finditer(text):
        told += [_renamed(text[reached : quote.start()], name), quote.group()]
        reached = quote.end()
    return "".join([*told, _renamed(text[reached:], name)])


def _renamed(text: str, name: str) -> str:
    def instead(match: re.Match[str]) -> str:
        if who := match["who"]:
            low = who.lower()
            if low == "myself":
                return "themselves"
            return f"{name}{_WHO[low]}" if low in _WHO else f"{name} {_GROUP[low]}"
        if match.group()[0] != "I":  # "i" of a list
            return match.group()
        verb, between = match["verb"], match["between"] or ""
        if short := match["short"]:
            rest = f"{between} {verb}" if verb else between
            return f"{name} {(_BE | _SHORT)[short.lower()]}{rest}"
        return f"{name}{between} {_agreeing(verb)}" if verb else name

    return _US.sub(f"{name}等人", _FIRST.sub(instead, text)).replace("我", name)


def _agreeing(verb: str) -> str:
    if verb in _BE:
        return _BE[verb]
    if verb in ("don't", "don’t", "haven't", "haven’t"):
        return verb.replace("do", "does").replace("have", "has")
    if verb not in _verbs() or verb in _same_when_past():
        return verb
    return next(form for form in inflections(verb) if form.endswith("s") and form != verb)


@cache
def _verbs() -> frozenset[str]:
    """Base forms: verbs of orders, and those with irregular forms."""
    text = files("egogpt.text").joinpath("imperatives.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split()) | IRREGULAR.keys()


@cache
def _same_when_past() -> frozenset[str]:
    """Verbs that nobody can tell the tense of: "put", "cut", "read"; and those that take no -s."""
    past = {form for forms in IRREGULAR.values() for form in forms}
    return frozenset({verb for verb, forms in IRREGULAR.items() if not forms} | past) | {"be"}
