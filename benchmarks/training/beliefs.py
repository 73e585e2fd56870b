"""Fit how likely it is that what the detectors saw is there: ``ingest/vision/beliefs.toml``.

    python -m benchmarks.training.beliefs MEDIA SCENES [--precision 0.95] [--write]

MEDIA holds images/ and video/ with the files that ``benchmarks/datasets/media_labels.toml`` tells
of. Every run of detections of one thing is right or false by the labels. A logistic regression on
``ingest.vision.object_tracks.features``, fitted on all scenes but one and asked of that one, gives
each a probability by nothing that was looked at; the least probability from which on that share of
them is right is kept.

SCENES holds a folder of JPEGs for each of the fifteen scene categories (Lazebnik, Schmid and Ponce,
2006): Bedroom/, Kitchen/, … The same is done with the likeliest place of up to a hundred of each,
on the half of the pictures that is looked at; their other half and the places of MEDIA are asked.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.captions import is_named
from benchmarks.datasets.media_labels import MEDIA_LABELS, Labels, Shown, read_labels
from benchmarks.scoring.halves import HALVES, Half, half_of
from egogpt.weights.store import WeightStore
from ingest.decode.decoder import InProcess
from ingest.decode.requests import DecodeRequest
from ingest.probe.probe import probe
from ingest.stages.pipeline import VISION
from ingest.vision.frame_selection import frame_period
from ingest.vision.object_tracks import features
from ingest.vision.scene_reader import SightReader
from memory.types.core import Clip, Frame, Span

_CLIP = 30.0  # seconds
_RIDGE = 1.0  # weight of the squares of the weights in the fit
_ROUNDS, _SMALL = 200, 1e-10  # of the fit, which ends with a step as small
_MOST = 100  # pictures of a scene
# Fifteen scenes, and what is right of each; a coast is a beach, and what is never stated is none.
_SCENES = {
    "Bedroom": ("bedroom",), "Coast": ("beach",), "Forest": ("forest",), "Highway": ("street",),
    "InsideCity": ("street",), "Kitchen": ("kitchen",), "LivingRoom": ("living room",),
    "Mountain": (), "Office": ("office",), "Store": ("shop",), "Street": ("street",),
    "Suburb": ("street", "garden"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """A run of detections of one thing in a file, and whether the thing is there."""

    kind: str
    what: str
    file: str
    values: tuple[float, ...]
    right: bool


def examples(reader: SightReader, media: Path, labels: dict[Shown, Labels]) -> Iterator[Example]:
    """The runs in every labelled picture and clip, but those on which careful people differ."""
    single = {id(there): (shown, there) for shown, there in labels.items()}  # one of two alike
    for shown, there in single.values():
        clip, frames = _clip_of(media, shown)
        for kind, run in reader.tracks(clip, frames):
            judged = is_there(run[0].what, there)
            if judged is not None:
                yield Example(kind, run[0].what, _scene(shown), features(run), judged)
        guess = reader.place(frames)
        if guess is not None and guess.what not in there.unsure:
            right = guess.what in there.rooms
            yield Example("place", guess.what, _scene(shown), guess.features, right)


def scenes(reader: SightReader, folder: Path, half: Half) -> Iterator[Example]:
    """The likeliest places of pictures of the fifteen scenes, of one half of them."""
    for scene, right in _SCENES.items():
        pictures = sorted((folder / scene).glob("*.jpg"))
        for path in pictures[:: max(1, len(pictures) // _MOST)][:_MOST]:
            if half_of(f"{scene}/{path.name}") == half:
                guess = reader.place([Frame(0.0, _picture(path))])
                if guess is not None:
                    yield Example("place", guess.what, scene, guess.features, guess.what in right)


def is_there(what: str, labels: Labels) -> bool | None:
    """Whether a thing by that name is in view; None where careful people differ."""
    names = [part.strip(" )").lower() for part in what.split("(")]
    verdicts = {is_named(name, labels) for name in names}
    return True if True in verdicts else None if None in verdicts else False


def _scene(shown: Shown) -> str:
    """The fold of a file: what shows the same scene is never on both sides."""
    same = {"44_baby_room": "vl2_sample_demo_3", "46_woman_clock": "vl2_1034346401",
            "48_jobs_stage": "llavanext_jobs", "38_ego_stairs": "egolife",
            "40_ego_chair": "egolife"}  # fmt: skip
    stem = Path(shown.file).stem
    return "egolife" if "egolife" in stem else same.get(stem, stem)


def _clip_of(media: Path, shown: Shown) -> tuple[Clip, list[Frame]]:
    if shown.start is None:
        frames = [Frame(0.0, _picture(media / "images" / shown.file))]
        return Clip("", "", Span(0.0, 1.0)), frames
    span = Span(shown.start, shown.start + _CLIP)
    found = probe(media / "video" / shown.file)
    request = DecodeRequest(found, 0.0, span.start, span.end, period=frame_period(found))
    return Clip("", "", span), list(InProcess().frames(request))


def _picture(path: Path) -> NDArray[np.uint8]:
    from PIL import Image

    with Image.open(path) as image:
        image.thumbnail((960, 960))
        return np.asarray(image.convert("RGB"))


def fit(values: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
    """The weights and, last, the bias of a ridge logistic regression, by Newton's method."""
    columns = np.column_stack([values, np.ones(len(values))])
    weights = np.zeros(columns.shape[1])
    ridge = _RIDGE * np.eye(columns.shape[1])
    ridge[-1, -1] = 1e-6
    for _ in range(_ROUNDS):
        likely = 1 / (1 + np.exp(-columns @ weights))
        slope = columns.T @ (likely - right) + ridge @ weights
        curve = (columns * (likely * (1 - likely))[:, None]).T @ columns + ridge
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < _SMALL:
            break
    return weights


def held_out(
    values: NDArray[Any], right: NDArray[Any], files: NDArray[np.str_]
) -> NDArray[np.float64]:
    """For each example its probability by a fit on the other files."""
    likely = np.zeros(len(right))
    for file in set(files.tolist()):
        here = files == file
        *weights, bias = fit(values[~here], right[~here])
        likely[here] = 1 / (1 + np.exp(-values[here] @ weights - bias))
    return likely


def chosen_features(
    values: NDArray[Any], right: NDArray[Any], files: NDArray[np.str_]
) -> NDArray[np.float64]:
    """1 for each feature that makes held-out probabilities better, 0 for the others."""

    def loss(used: NDArray[np.float64]) -> float:
        likely = np.clip(held_out(values * used, right, files), 1e-3, 1 - 1e-3)
        return float(-np.mean(np.where(right > 0, np.log(likely), np.log(1 - likely))))

    first, *others = np.eye(values.shape[1])
    sets = [first + sum(some, np.zeros_like(first)) for some in _subsets(others)]
    return min(sets, key=loss)


def _subsets(values: Sequence[NDArray[Any]]) -> list[list[NDArray[Any]]]:
    return [
        [value for place, value in enumerate(values) if number >> place & 1]
        for number in range(1 << len(values))
    ]


def least_for(likely: NDArray[Any], right: NDArray[Any], precision: float) -> float:
    """The least probability from which on at least that share is right; 1 where none has it."""
    for least in sorted(set(likely.round(3).tolist())):
        stated = likely >= least
        if stated.any() and right[stated].mean() >= precision:
            return float(least)
    return 1.0


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("media", type=Path, help="folder of images/ and video/")
    parser.add_argument("scenes", type=Path, help="folder of the fifteen scene categories")
    parser.add_argument("--precision", type=float, default=0.95)
    parser.add_argument("--write", action="store_true", help="write ingest/vision/beliefs.toml")
    options = parser.parse_args(arguments)
    store = WeightStore()
    reader = SightReader(*(store.folder(bundle) for bundle in VISION))
    found = list(examples(reader, options.media, read_labels(MEDIA_LABELS)))
    objects, tags, places = ([one for one in found if one.kind == kind]
                             for kind in ("object", "tag", "place"))  # fmt: skip
    looked_at, others = (list(scenes(reader, options.scenes, half)) for half in HALVES)
    asked = {"the other half of the scenes": others, "the labelled media": places}
    tables = [
        _table("object", objects, options.precision, {}),
        _table("tag", tags, options.precision, {}),
        _table("place", looked_at, options.precision, asked),
    ]
    text = "\n".join([_HEAD, *tables])
    print(text)
    if options.write:
        target = Path(__file__).parents[2] / "ingest" / "vision" / "beliefs.toml"
        target.write_text(text, encoding="utf-8")
    return 0


_HEAD = """# How likely it is that what a detector saw is there: a logistic regression on the log
# odds of its two best looks and on whether it is a person; of a place on the log odds of it and of
# the next likely place. "least" is what it takes to state it. Fitted by
# benchmarks/training/beliefs.py on benchmarks/datasets/media_labels.toml, places on a half of
# pictures of scenes.
"""


def _table(
    kind: str, runs: Sequence[Example], precision: float, asked: Mapping[str, Sequence[Example]]
) -> str:
    """The table of a kind, fitted on the runs; what is stated of the others stands above it."""
    values = np.array([each.values for each in runs])
    right = np.array([each.right for each in runs], float)
    files = np.array([each.file for each in runs])
    values = values * chosen_features(values, right, files)
    likely = held_out(values, right, files)
    least = least_for(likely, right, precision)
    *weights, bias = fit(values, right)
    for each, chance in sorted(zip(runs, likely), key=lambda pair: -pair[1]):
        numbers = " ".join(f"{value:5.1f}" for value in each.values)
        verdict = "right" if each.right else "FALSE"
        print(f"{kind:7} {chance:.2f} {verdict} {each.what:20} {numbers}  {each.file}")
    stated = likely >= least
    told = ""
    for name, others in asked.items():
        chance = 1 / (1 + np.exp(-np.array([each.values for each in others]) @ weights - bias))
        verdicts = [each.right for each, sure in zip(others, chance) if sure >= least]
        told += f"# Of {len(others)} of {name}: {len(verdicts)}, right {sum(verdicts)}.\n"
    return (
        f"[{kind}]\n# {len(runs)} runs, {int(right.sum())} right. Stated by fits on other scenes: "
        f"{int(stated.sum())}, of these right {int(right[stated].sum())}.\n{told}"
        f"weights = [{', '.join(f'{weight:.3f}' for weight in weights)}]\n"
        f"bias = {bias:.3f}\nleast = {least:.3f}\n"
    )


if __name__ == "__main__":
    raise SystemExit(main())
