"""The vectors of the kept pictures, per model and by picture, so that what is found has a moment.

They hang on the thumbnails: where one goes, or another takes its place, its vectors go. Vectors are
kept as 16-bit floats; the index in memory holds codes, and what it finds is compared exactly.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from memory.db.database import HomeDatabase
from memory.db.row_mapping import memory_id
from memory.types.core import LEVELS, Span
from memory.types.images import CosineSpread, KeptPicture, PictureHit
from memory.vectors.half_byte_codes import HalfByteIndex, code_bytes, indexed, put_codes
from memory.vectors.index_cache import Rows, VectorIndexCache, search_shared

_BATCH = 16_384  # rows read at once
_MARGIN = 200  # more candidates than wanted: the codes' order is nearly, not quite, the vectors'
_SAMPLE = 1000  # pictures from which it is told how all of them spread
_LEVEL = LEVELS.index("clip")  # a shelf has levels; all pictures are of clips

# A picture that was deleted, made again or moved in time meanwhile gets none.
_PUT = (
    "INSERT INTO picture_vector (id, clip_id, number, model, data) "
    "SELECT ?, clip_id, number, ?, ? FROM thumbnail WHERE clip_id = ? AND number = ? AND at = ? "
    "ON CONFLICT (id) DO UPDATE SET data = excluded.data"
)
_KEPT = "SELECT clip_id, number, at, path FROM thumbnail"
_UNMADE = (
    "NOT EXISTS (SELECT 1 FROM picture_vector AS made WHERE made.clip_id = thumbnail.clip_id "
    "AND made.number = thumbnail.number AND made.model = ?) ORDER BY clip_id, number"
)
_MISSING = f"{_KEPT} WHERE (clip_id, number) > (?, ?) AND {_UNMADE} LIMIT ?"
_MISSING_OF = f"{_KEPT} WHERE clip_id IN (SELECT value FROM json_each(?)) AND {_UNMADE}"
_OF_CLIP = (
    "SELECT at, data FROM picture_vector JOIN thumbnail USING (clip_id, number) "
    "WHERE clip_id = ? AND model = ? ORDER BY at"
)
_CHANGED = (
    "SELECT number, id, at, code FROM picture_code INDEXED BY picture_code_number "
    "WHERE (number, id) > (?, ?) AND model = ? AND dimension = ? AND length(code) = ? "
    "ORDER BY number, id LIMIT ?"
)
_AMONG = (
    "SELECT made.clip_id, at, data FROM json_each(?) AS wanted CROSS JOIN picture_vector AS made "
    "ON made.id = wanted.value JOIN thumbnail USING (clip_id, number) "
    "WHERE model = ? AND length(data) = ? AND at < ?"
)


@dataclass(slots=True)
class _FollowedImages:
    """A shelf and the revisions that it has followed."""

    shelf: VectorIndexCache
    number: int
    removed: int


@dataclass(eq=False)
class Pictures:
    """Vectors of pictures per model. The index is built at the first search and follows on."""

    _database: HomeDatabase
    _guard: threading.Lock = field(init=False, default_factory=threading.Lock)
    # By model and dimension.
    _held: dict[tuple[str, int], _FollowedImages] = field(init=False, default_factory=dict)
    # By model: the revisions when none was missing.
    _complete: dict[str, tuple[int, int]] = field(init=False, default_factory=dict)

    def put(
        self, model: str, pictures: Sequence[KeptPicture], vectors: NDArray[np.float32]
    ) -> None:
        """Stores the unit vectors of pictures, (len(pictures), dimension), replacing older ones."""
        ids = [picture_id(model, picture) for picture in pictures]
        halves = np.ascontiguousarray(vectors, "<f2")
        rows = [
            (row_id, model, vector.tobytes(), picture.clip_id, picture.number, picture.at)
            for row_id, picture, vector in zip(ids, pictures, halves, strict=True)
        ]
        with self._database.transaction() as db:
            db.conn.execute("UPDATE revision SET number = number + 1 WHERE name = 'picture'")
            db.conn.executemany(_PUT, rows)
            put_codes(db.conn, ids, halves.astype(np.float32))

    def missing(
        self, model: str, after: KeptPicture | None = None, limit: int = 256
    ) -> list[KeptPicture]:
        """Kept pictures without a vector of the model, after ``after``, in order of their clips."""
        revisions = self._revision("thumbnail"), self._revision("picture_removed")
        if after is None and self._complete.get(model) == revisions:
            return []  # the usual case, without looking each picture up
        begin = ("", -1) if after is None else (after.clip_id, after.number)
        rows = self._database.rows(_MISSING, [*begin, model, limit])
        if not rows and after is None:
            self._complete[model] = revisions
        return [KeptPicture(**dict(row)) for row in rows]

    def missing_of(self, model: str, clip_ids: Sequence[str]) -> list[KeptPicture]:
        """The kept pictures of these clips without a vector of the model, in order."""
        rows = self._database.rows(_MISSING_OF, [json.dumps(list(clip_ids)), model])
        return [KeptPicture(**dict(row)) for row in rows]

    def of_clip(self, model: str, clip_id: str) -> list[tuple[float, NDArray[np.float32]]]:
        """When each picture of a clip was taken, and its vector of this model, in order of time."""
        rows = self._database.rows(_OF_CLIP, [clip_id, model])
        return [(row["at"], np.frombuffer(row["data"], "<f2").astype(np.float32)) for row in rows]

    def count(self, model: str) -> int:
        """How many pictures have a vector of this model."""
        sql = "SELECT count(*) FROM picture_code WHERE model = ?"
        return int(self._database.rows(sql, [model])[0][0])

    def keep_only(self, model: str) -> None:
        """Removes the vectors of all other models, a few thousand in each transaction."""
        others = "SELECT id FROM picture_code WHERE model <> ? LIMIT 5000"
        while self._database.rows(others, [model]):
            with self._database.transaction() as db:
                db.conn.execute(f"DELETE FROM picture_vector WHERE id IN ({others})", [model])

    def search(
        self,
        model: str,
        vector: NDArray[np.float32],
        until: float,
        span: Span | None,
        limit: int,
        only: NDArray[np.int64] | None = None,
    ) -> list[PictureHit]:
        """The pictures taken before ``until``, and within ``span``, that are likest, best first.

        ``only``, where given, are the ids of the vectors that may be found.
        """
        current = partial(self._followed, model, vector.size)
        likely = search_shared(self._guard, current, vector, "clip", until, span, limit, only)
        return self._compare(model, vector, likely, until)[:limit]

    def spread(
        self, model: str, vector: NDArray[np.float32], until: float, span: Span | None
    ) -> CosineSpread:
        """How like ``vector`` the pictures taken before ``until``, and within ``span``, are."""
        with self._guard:
            ids = self._followed(model, vector.size).among("clip", until, span)
        count = len(ids)
        sample = ids[np.linspace(0, count - 1, min(count, _SAMPLE)).astype(int)] if count else ids
        cosines = np.array(
            [hit.cosine for hit in self._compare(model, vector, sample.tolist(), until)]
        )
        return CosineSpread.of(cosines, count)

    def largest(self) -> tuple[int, int]:
        """How many vectors the model has that has most of them, and the dimensions of their codes.

        (0, 0) without any.
        """
        rows = self._database.rows(
            "SELECT count(*), dimension FROM picture_code GROUP BY model, dimension "
            "ORDER BY count(*) DESC LIMIT 1"
        )
        return (int(rows[0][0]), indexed(int(rows[0][1]))) if rows else (0, 0)

    def _compare(
        self, model: str, vector: NDArray[np.float32], ids: Sequence[int], until: float
    ) -> list[PictureHit]:
        """The exact cosines, best first; the earlier first where they are equal."""
        rows = self._database.rows(_AMONG, [json.dumps(list(ids)), model, 2 * vector.size, until])
        if not rows:
            return []
        matrix = np.frombuffer(b"".join(row["data"] for row in rows), "<f2").astype(np.float32)
        cosines = matrix.reshape(len(rows), -1) @ np.asarray(vector, np.float32)
        hits = [
            PictureHit(row["clip_id"], row["at"], float(cosine))
            for row, cosine in zip(rows, cosines)
        ]
        return sorted(hits, key=lambda hit: (-hit.cosine, hit.at, hit.clip_id))

    def _followed(self, model: str, dimension: int) -> VectorIndexCache:
        """The shelf of a model, as of now."""
        number, removed = self._revision("picture"), self._revision("picture_removed")
        followed = self._held.get((model, dimension))
        if followed is None:
            index = HalfByteIndex(dimension)
            shelf = VectorIndexCache(indexed(dimension), False, _MARGIN, index)
            followed = _FollowedImages(shelf, -1, removed)
        if followed.removed != removed:
            followed.shelf.keep_only(self._ids(model))
        if followed.number != number:
            for rows in self._changed(model, dimension, followed.number):
                followed.shelf.put(rows, again=followed.number >= 0)
        self._held[model, dimension] = _FollowedImages(followed.shelf, number, removed)
        return followed.shelf

    def _revision(self, name: str) -> int:
        return int(self._database.rows("SELECT number FROM revision WHERE name = ?", [name])[0][0])

    def _ids(self, model: str) -> NDArray[np.int64]:
        rows = self._database.rows("SELECT id FROM picture_code WHERE model = ?", [model])
        return np.fromiter((row[0] for row in rows), np.int64, len(rows))

    def _changed(self, model: str, dimension: int, since: int) -> Iterator[Rows]:
        """What was written after the revision ``since``."""
        size = code_bytes(dimension)
        after: tuple[int, int] = since, 2**63 - 1  # nothing of that revision itself
        while rows := self._database.rows(_CHANGED, [*after, model, dimension, size, _BATCH]):
            after = rows[-1]["number"], rows[-1]["id"]
            at = np.array([row["at"] for row in rows], np.float64)
            codes = np.frombuffer(b"".join(row["code"] for row in rows), np.uint8)
            yield Rows(
                np.array([row["id"] for row in rows], np.int64),
                np.full(len(rows), _LEVEL, np.int8),
                at,
                np.nextafter(at, np.inf),  # a moment lies in the interval that begins with it
                codes.reshape(len(rows), size),
            )


def picture_id(model: str, picture: KeptPicture) -> int:
    """The 63-bit id of a picture's vector, the same at every run."""
    return memory_id("picture", f"{picture.clip_id}:{picture.number}:{model}")
