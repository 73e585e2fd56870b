"""The embedded captioner: what the models saw and heard, in plain sentences, and nothing more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from egogpt.text.caption_terms import CLOTHES, FACE, HOLDING, NOTHING, OWN_HAND
from egogpt.text.english_grammar import counted, counted_between, in_place, join, quotable, quoted
from memory.types.core import Observation, Sighting, SightingKind, Utterance

PERSON = "person"
MOST_THINGS = 8
MOST_COLOURS = 4
MOST_TEXTS = 4
FAR, NEAR = 0.2, 0.95  # of the picture's height: who is smaller is not with me, or taller is near
LONGEST_TEXT = 200  # characters of one text in view; the sighting keeps all of it
STAMP_DIGITS = 12  # a bare number this long is a camera's burnt-in counter


class TemplateCaptioner:
    """Composes a caption by fixed rules; the same observation always gives the same words."""

    name = "composed"
    version = "4"
    frames = 0
    hears = False

    def caption(self, observation: Observation) -> str:
        """Where, who, what, in what colours, my hands, what is written, heard and said."""
        seen = [
            replace(sighting, what=quotable(sighting.what)) for sighting in observation.sightings
        ]
        parts = [
            *_places(seen),
            *_people(seen),
            *_things(seen),
            *_colours(seen),
            *_hands(seen),
            *_texts(seen),
            *_sounds(seen),
            *_speech(observation.utterances),
        ]
        return " ".join(parts) or NOTHING


def verbatim(observation: Observation) -> str:
    """What was read and said in a clip, word by word: what a caption that only tells adds of it."""
    seen = [replace(sighting, what=quotable(sighting.what)) for sighting in observation.sightings]
    return " ".join([*_texts(seen), *_speech(observation.utterances)])


def _of(sightings: Iterable[Sighting], kind: SightingKind) -> list[Sighting]:
    return [sighting for sighting in sightings if sighting.kind == kind and sighting.what]


def _most(sightings: Iterable[Sighting]) -> dict[str, Sighting]:
    """The sighting of each thing with the highest count, in order of first appearance."""
    by_name: dict[str, Sighting] = {}
    for sighting in sorted(sightings, key=lambda item: (item.span.start, item.what)):
        known = by_name.get(sighting.what)
        if known is None or sighting.count > known.count:
            by_name[sighting.what] = sighting
    return by_name


def _places(seen: Sequence[Sighting]) -> list[str]:
    names = dict.fromkeys(sighting.what for sighting in _of(seen, "place"))
    return [f"I am {join([in_place(name) for name in names])}."] if names else []


def _people(seen: Sequence[Sighting]) -> list[str]:
    faces = _of(seen, "face")
    people = [sighting for sighting in _of(seen, "object") if sighting.what == PERSON] or faces
    names = list(dict.fromkeys(face.what for face in faces if face.what != FACE))
    least = max((person.count for person in people), default=0) - len(names)
    most = max((max(person.count, person.most) for person in people), default=0) - len(names)
    unknown = f"other {PERSON}" if names else PERSON
    others = [counted_between(unknown, max(least, 1), most)] if most > 0 else []
    company = [*names, *others]
    if not company:
        return []
    tallest = _tallest(people)
    if not faces and tallest < FAR:
        return [f"In the distance: {join(company)}."]
    return [f"I am with {join(company)}{', close by' if tallest >= NEAR else ''}."]


def _tallest(people: Sequence[Sighting]) -> float:
    """How much of the picture's height (0..1) the clearest of them take up; half if unknown."""
    heights = [person.box[3] - person.box[1] for person in people if person.box is not None]
    return max(heights, default=0.5)


def _held(seen: Sequence[Sighting]) -> list[str]:
    names = (sighting.what for sighting in _of(seen, "hand") if sighting.what.startswith(HOLDING))
    return list(dict.fromkeys(name.removeprefix(HOLDING) for name in names))


def _things(seen: Sequence[Sighting]) -> list[str]:
    sightings = _most(sighting for sighting in _of(seen, "object") if sighting.what != PERSON)
    in_hands = _held(seen)
    things = [
        counted(what, sighting.count)
        for what, sighting in sightings.items()
        if what not in in_hands
    ]
    if not things:
        return []
    return [f"I see {join(things[:MOST_THINGS])}."]


def _hands(seen: Sequence[Sighting]) -> list[str]:
    in_hands = _held(seen)
    if in_hands:
        return [f"I use my hands and hold {join([counted(what, 1) for what in in_hands])}."]
    hands = _of(seen, "hand")
    if any(hand.what == OWN_HAND for hand in hands):
        return ["I use my hands."]
    return ["Somebody's hands are in view."] if hands else []


def _colours(seen: Sequence[Sighting]) -> list[str]:
    """ "In view: blue clothes and a brown couch.", those longest in view first."""
    longest = sorted(_of(seen, "colour"), key=lambda sighting: -sighting.span.duration)
    names = list(dict.fromkeys(sighting.what for sighting in longest))[:MOST_COLOURS]
    named = [name if name.endswith(f" {CLOTHES}") else counted(name, 1) for name in names]
    return [f"In view: {join(named)}."] if named else []


def _texts(seen: Sequence[Sighting]) -> list[str]:
    lines = sorted(
        _of(seen, "text"),
        key=lambda sighting: (sighting.span.start, sighting.box or (), sighting.what),
    )
    texts = [text for text in dict.fromkeys(line.what.strip() for line in lines) if _worth(text)]
    if not texts:
        return []
    return [f"Text in view: {join([quoted(text, LONGEST_TEXT) for text in texts[:MOST_TEXTS]])}."]


def _worth(text: str) -> bool:
    bare = "".join(letter for letter in text if not letter.isspace())
    return bool(bare) and not (bare.isdigit() and len(bare) >= STAMP_DIGITS)


def _sounds(seen: Sequence[Sighting]) -> list[str]:
    """Music and singing; speech is reported by its words."""
    heard = dict.fromkeys(
        sighting.what for sighting in _of(seen, "sound") if sighting.what != "speech"
    )
    # Music is often taken for singing, so that alone is not stated.
    sure = [what for what in heard if what != "singing"]
    return [f"I hear {join(sure)}."] if sure else []


def _speech(utterances: Sequence[Utterance]) -> list[str]:
    """What was said, one sentence per speaker's turn."""
    parts: list[str] = []
    turn: list[str] = []
    speaker = ""
    for utterance in sorted(utterances, key=lambda spoken: spoken.span):
        text = utterance.text.strip()
        if not text:
            continue
        if turn and utterance.speaker != speaker:
            parts.append(_turn(speaker, turn))
            turn = []
        speaker = utterance.speaker
        turn.append(text)
    return [*parts, _turn(speaker, turn)] if turn else parts


def _turn(speaker: str, texts: Sequence[str]) -> str:
    words = quoted(" ".join(texts))
    stop = "" if words[:-1].endswith((".", "?", "!", "…")) else "."
    return f"{quotable(speaker) or 'Somebody'} says: {words}{stop}"
