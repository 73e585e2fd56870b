"""Base forms of English words, for a given vocabulary: "ate" is "eat", "baking" is "bake".

Forms are made from the base forms, not cut back to them: a form is known or it stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files


def _irregular() -> dict[str, tuple[str, ...]]:
    text = files("egogpt.text").joinpath("irregular_forms.txt").read_text(encoding="utf-8")
    entries = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return {base: tuple(forms) for base, *forms in entries}


IRREGULAR = _irregular()


def related_forms(word: str) -> set[str]:
    """The other forms of an irregular word: "people" of "person", "eat" and "eaten" of "ate"."""
    groups = [{base, *forms} for base, forms in IRREGULAR.items()]
    return set().union(*(group for group in groups if word in group)) - {word}


def inflections(base: str) -> set[str]:
    """The regular and irregular forms of a verb (or the plural of a noun), itself included."""
    plural, stem = regular_plural(base), base.removesuffix("e")
    past = f"{plural[:-1]}d" if plural.endswith("ies") else f"{stem}ed"
    forms = {base, plural, past, f"{stem}ing", *IRREGULAR.get(base, ())}
    return forms | ({f"{base}{base[-1]}ed", f"{base}{base[-1]}ing"} if _doubles(base) else set())


def regular_plural(noun: str) -> str:
    """A noun, or a verb of others, with its "s": "keys", "dishes", "tries"."""
    if noun.endswith("y") and noun[-2:-1] not in tuple("aeiou"):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "z", "ch", "sh")) else f"{noun}s"


def with_plural(noun: str) -> set[str]:
    """A noun and its regular plural."""
    return {noun, regular_plural(noun), *([f"{noun}es"] if noun.endswith("o") else [])}


def base_of(form: str) -> str:
    """The verb whose past or participle a form most likely is; the form itself of no such form."""
    for base, forms in IRREGULAR.items():
        if form in forms:
            return base
    if not form.endswith("ed") or len(form) < 5:
        return form
    return form[:-1] if form[-3] in "vsgcuz" and form[-4] != form[-3] else form[:-2]


def _doubles(base: str) -> bool:
    """Whether the last consonant may double: "jog" – "jogging"."""
    if len(base) < 3 or base[-1] in "aeiouwxy":
        return False
    return base[-2] in "aeiou" and base[-3] not in "aeiou"


def base_forms(verbs: Iterable[str], words: Iterable[str]) -> dict[str, str]:
    """Form → base: forms of the verbs, then the words themselves, then the words' plurals."""
    known, more = sorted(set(verbs)), sorted(set(words))
    pairs = [
        *zip(known, known),
        *((form, verb) for verb in known for form in inflections(verb)),
        *zip(more, more),
        *((f"{word}{end}", word) for word in more for end in ("s", "es")),
    ]
    return dict(reversed(pairs))  # of one form the first counts
