"""Suggest persons who may be the same: a face with its voice, two faces nearly alike.

These are suggestions for the owner. A wearer's own voice goes with many faces, so a voice is
suggested for a face only if it is heard with hardly any other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from memory.db.database import HomeDatabase
from memory.people.assignment import known_prints
from memory.people.clustering import ClusteringThresholds, Vector, rule_for
from memory.people.co_occurrence import seen_together
from memory.types.core import Person, PrintKind

ENCOUNTERS = 3  # clips in which one face was in view and one voice was heard
EXCLUSIVE = 0.8  # share of a voice's such clips that are with this face
FAITHFUL = 0.5  # share of the face's such clips that are with this voice
_MOST = 50  # pairs of one kind that are looked into
_BESIDE = 0.02  # cosine: how far below the limit for joining two people are still worth a question
_ALONE = """
SELECT face, voice, count(*) AS clips FROM (
    SELECT min(voices.person_id) AS voice,
        (SELECT CASE WHEN min(person_id) = max(person_id) THEN min(person_id) ELSE '' END
            FROM print WHERE clip_id = voices.clip_id AND kind = 'face') AS face
    FROM print AS voices WHERE kind = 'voice'
    GROUP BY clip_id HAVING min(person_id) = max(person_id) AND min(person_id) <> '')
WHERE face <> '' GROUP BY face, voice
"""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two that may be one person; ``why`` is a sentence, ``strength`` 0..1."""

    one: Person
    two: Person
    why: str
    strength: float


def suggest(database: HomeDatabase, people: Mapping[str, Person]) -> list[Suggestion]:
    """Pairs that may be one person, surest first; never two who were seen or named apart."""
    apart = _told_apart(database)
    suggestions = [
        suggestion
        for suggestion in (*_faces_with_voices(database, people), *_alike(database, people))
        if not (suggestion.one.name and suggestion.two.name)
        and frozenset((suggestion.one.id, suggestion.two.id)) not in apart
        and seen_together(database, [suggestion.one.id, suggestion.two.id]) is None
    ]
    return sorted(
        suggestions,
        key=lambda suggestion: (-suggestion.strength, suggestion.one.number, suggestion.two.number),
    )


def _told_apart(database: HomeDatabase) -> set[frozenset[str]]:
    rows = database.rows(
        "SELECT DISTINCT a.person_id AS a, b.person_id AS b FROM apart "
        "JOIN print AS a ON a.id = one JOIN print AS b ON b.id = two"
    )
    return {frozenset((row["a"], row["b"])) for row in rows}


def _faces_with_voices(
    database: HomeDatabase, people: Mapping[str, Person]
) -> Iterator[Suggestion]:
    met = _encounters(database)
    by_face, by_voice = Counter[str](), Counter[str]()
    for (face, voice), count in met.items():
        by_face[face] += count
        by_voice[voice] += count
    for (face, voice), count in met.items():
        exclusive, faithful = count / by_voice[voice], count / by_face[face]
        if face == voice or not {face, voice} <= people.keys():
            continue
        if count < ENCOUNTERS or exclusive < EXCLUSIVE or faithful < FAITHFUL:
            continue
        seen, two = people[face], people[voice]
        why = f"{seen.label} was alone in view in {count} clips in which only {two.label} spoke."
        yield Suggestion(seen, two, why, exclusive * faithful * (1 - 1 / (1 + count)))


def _encounters(database: HomeDatabase) -> Counter[tuple[str, str]]:
    """(face, voice) → clips in which each was the only one of its kind, and known."""
    rows = database.rows(_ALONE)
    return Counter({(row["face"], row["voice"]): row["clips"] for row in rows})


def _alike(database: HomeDatabase, people: Mapping[str, Person]) -> Iterator[Suggestion]:
    """Pairs of faces, or of voices, whose prints nearly agree."""
    for row in database.rows("SELECT DISTINCT kind, model FROM print WHERE person_id <> ''"):
        kind: PrintKind = row["kind"]
        rule, gathered = rule_for(kind, row["model"]), defaultdict[str, list[Vector]](list)
        for person_id, _, vector, _ in known_prints(database, kind, row["model"]):
            gathered[person_id].append(vector)
        likely = {person: np.stack(prints) for person, prints in gathered.items()}
        for a, b, likeness in _near(likely, rule)[:_MOST]:
            first, two = sorted((people[a], people[b]), key=lambda person: person.number)
            why = f"the {kind}s of {first.label} and {two.label} are much alike."
            yield Suggestion(first, two, why, likeness)


def _near(prints: Mapping[str, Vector], rule: ClusteringThresholds) -> list[tuple[str, str, float]]:
    """Pairs of people whose three most alike prints are almost enough to join them, best first."""
    ids = sorted(prints)
    means = np.stack([_unit(prints[person].mean(axis=0)) for person in ids])
    least, pairs = rule.agree - _BESIDE, []
    for row, person in enumerate(ids):
        likely = np.flatnonzero(means[row + 1 :] @ means[row] >= least) + row + 1
        for other in (ids[column] for column in likely):
            cosines = np.sort((prints[person] @ prints[other].T).ravel())[-3:]
            if float(cosines.mean()) >= least:
                pairs.append((person, other, float(cosines.mean())))
    return sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1]))


def _unit(vector: Vector) -> Vector:
    length = float(np.linalg.norm(vector))
    return (vector / length if length else vector).astype(np.float32)
