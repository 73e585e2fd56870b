"""Text → picture: how often a sentence about a picture, or a moment of a video, finds it.

    python -m benchmarks.media.picture_search --shared FOLDER [--pictures siglip2:PLACE] [--json]

FOLDER/media/images holds pictures and captions.json (file name → one sentence each). They go
through the whole of ingest into a home of their own; then every sentence is a question to the
strategy that looks for pictures, `visrag`, and what counts is the rank of its picture among all.
What is embedded needs no image–text model: what is recognised (as words, and as vectors of the
embedder called "recognised"), composed captions and the text embedder. Of FOLDER/media/video those
moments are asked for that one of the pictures shows: their clip among the clips of all videos.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from ingest.decode.requests import DecodeRequest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.assistant import Assistant
from app.core.settings import Settings
from app.models.image_embedder import RECOGNISED, ImageEmbedderProvider
from benchmarks.scoring.qa import ci95, mean
from egogpt.protocols.image_embedder import PictureEmbedder
from egogpt.protocols.text_embedder import Embedder
from egogpt.runtime.no_telemetry import send_nothing
from egogpt.runtime.threads import wait_passively
from egorag.question.plan import make_plan
from egorag.retrieval.registry import load_retriever
from ingest.decode.decoder import InProcess
from ingest.images.image_ops import change
from ingest.probe.probe import probe
from ingest.stages.pipeline import VISION
from ingest.vision.image_embeddings import embed_pictures
from memory.store.store import Store
from memory.types.core import Frame, Question

FIRST = datetime(2026, 3, 2, 8, tzinfo=UTC)
ASKED = datetime(2026, 12, 1, tzinfo=UTC).timestamp()
SAME = 0.03  # difference of two pictures below which one is a frame of the other's video
NONE = "none"
WORDS = {"words of captions": "bm25", "vectors of captions": "dense", "default search": "pyramid"}


@dataclass(frozen=True, slots=True)
class Task:
    """A sentence, and the clips of which any is right."""

    sentence: str
    right: frozenset[str]


def within(ranks: Sequence[int], most: int) -> list[float]:
    """1 for each rank (from 0) below ``most``, else 0."""
    return [float(rank < most) for rank in ranks]


def figures(ranks: Sequence[int]) -> dict[str, Any]:
    """R@1 and R@5 in percent, with half of their 95 % intervals."""
    one, five = within(ranks, 1), within(ranks, 5)
    return {
        "r_at_1": round(mean(one), 1),
        "r_at_5": round(mean(five), 1),
        "n": len(ranks),
        "ci95": {"r_at_1": round(ci95(one), 1), "r_at_5": round(ci95(five), 1)},
    }


def by_strategy(
    store: Store,
    tasks: Sequence[Task],
    strategy: str,
    embedder: Embedder | None,
    pictures: PictureEmbedder | None,
) -> dict[str, Any]:
    """How well a strategy of ``egorag.retrieval.registry`` ranks the clips of the home."""
    retriever, view = load_retriever(strategy, None, pictures), store.as_of(ASKED)
    ranks = []
    for task in tasks:
        plan = make_plan(Question(task.sentence, ASKED, "UTC"))
        found = [one.memory.clip_id for one in retriever.retrieve(view, plan, embedder, 1000)]
        ranks.append(min((at for at, clip in enumerate(found) if clip in task.right), default=1000))
    return figures(ranks)


def by_pictures(store: Store, tasks: Sequence[Task], pictures: PictureEmbedder) -> dict[str, Any]:
    """How well the cosines of pictures alone rank their clips; sentences are given as they are."""
    view, ranks = store.as_of(ASKED), []
    for task in tasks:
        hits = view.search_pictures(pictures.embed_query(task.sentence), pictures.name)
        order = list(dict.fromkeys(hit.clip_id for hit in hits))
        ranks.append(min((at for at, clip in enumerate(order) if clip in task.right), default=1000))
    return figures(ranks)


def measure(butler: Assistant, tasks: Sequence[Task], names: Sequence[str]) -> dict[str, Any]:
    """The figures of a home by the name of the image–text embedder, and the baselines."""
    store, embedder = butler.store, butler.brains.embedder()
    clips = len(store.memories.overlapping("clip"))
    chance = {"r_at_1": round(100 / clips, 1), "r_at_5": round(min(100.0, 500 / clips), 1)}
    baselines = {"chance": chance} | {
        told: by_strategy(store, tasks, strategy, embedder, None)
        for told, strategy in WORDS.items()
        if embedder is not None or strategy != "dense"
    }
    found: dict[str, Any] = {}
    for name in names:
        pictures = _pictures(butler, name)
        if name != NONE and pictures is None:
            continue
        found[name] = by_strategy(store, tasks, "visrag", embedder, pictures)
        if pictures is not None:
            found[name]["pictures_alone"] = by_pictures(store, tasks, pictures)
    return {"baselines": baselines, "pictures": found, "clips": clips}


def _pictures(butler: Assistant, name: str) -> PictureEmbedder | None:
    """The embedder of that name, after it has looked at every picture of the home."""
    lens = ImageEmbedderProvider(name, butler.brains.weights, butler.brains.embedder)
    pictures = lens.embedder()
    if pictures is not None:
        embed_pictures(butler.store, pictures)
    elif lens.trouble:
        print(f"left out: {lens.trouble}", file=sys.stderr)
    return pictures


def of_images(butler: Assistant, folder: Path) -> list[Task]:
    """Takes the pictures in, an hour apart, and says which sentence is of which."""
    sentences: Mapping[str, str] = json.loads((folder / "captions.json").read_text("utf-8"))
    tasks = []
    for number, (name, sentence) in enumerate(sentences.items()):
        (result,) = butler.ingest([folder / name], start=FIRST + timedelta(hours=number))
        clips = butler.store.recordings.clips(result.recording_id)
        tasks.append(Task(sentence, frozenset(clip.id for clip in clips)))
    return tasks


def of_videos(butler: Assistant, folder: Path, images: Path) -> list[Task]:
    """Takes the videos in, a day apart; a sentence is of the clips in which its picture occurs."""
    shown: dict[str, list[Frame]] = {}
    for number, path in enumerate(sorted(folder.glob("*.mp4"))):
        (result,) = butler.ingest([path], start=FIRST + timedelta(days=number))
        recording = butler.store.recordings.get(result.recording_id)
        if recording is None:
            continue
        frames = list(InProcess().frames(DecodeRequest(probe(path), recording.start, period=1.0)))
        for clip in butler.store.recordings.clips(recording.id):
            shown[clip.id] = [frame for frame in frames if clip.span.contains(frame.at)]
    sentences: Mapping[str, str] = json.loads((images / "captions.json").read_text("utf-8"))
    tasks = []
    for name, sentence in sentences.items():
        picture = Frame(0.0, _picture(images / name))
        right = {
            clip
            for clip, frames in shown.items()
            if any(change(picture, frame) < SAME for frame in frames)
        }
        if right:
            tasks.append(Task(sentence, frozenset(right)))
    return tasks


def _picture(path: Path) -> Any:
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def table(title: str, report: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """The figures of one kind of material, a line each."""
    rows = [*report["baselines"].items()]
    for name, one in report["pictures"].items():
        rows.append((labels.get(name, f"visrag, pictures by {name}"), one))
        if "pictures_alone" in one:
            rows.append((f"pictures by {name} alone", one["pictures_alone"]))
    lines = [f"{title}: {report['clips']} clips"]
    for name, one in rows:
        spread = f" ± {one['ci95']['r_at_1']:.0f}" if "ci95" in one else ""
        fives = f" ± {one['ci95']['r_at_5']:.0f}" if "ci95" in one else ""
        lines.append(
            f"  {name:44} R@1 {one['r_at_1']:5.1f}{spread}   R@5 {one['r_at_5']:5.1f}{fives}"
        )
    return "\n".join(lines)


def run(
    folder: Path, names: Sequence[str], embedder: str | None, kinds: Sequence[str]
) -> dict[str, Any]:
    """Everything that FOLDER allows, by the kind of material."""
    images, videos = folder / "media" / "images", folder / "media" / "video"
    found: dict[str, Any] = {}
    for kind in kinds:
        if kind == "video" and not videos.is_dir():
            continue
        with tempfile.TemporaryDirectory() as home:
            butler = Assistant.open(
                Settings(Path(home), speech=NONE, chat=NONE, embedder=embedder, pictures=NONE)
            )
            try:
                if kind == "images":
                    tasks = of_images(butler, images)
                else:
                    tasks = of_videos(butler, videos, images)
                found[kind] = measure(butler, tasks, names) if tasks else {}
                found["text_embedder"] = butler.brains.embedder_name()
            finally:
                butler.close()
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, help="a folder that holds media/images")
    parser.add_argument(
        "--pictures", action="append", default=[], metavar="KIND:PLACE", help="may be repeated"
    )
    parser.add_argument("--embedder", help="the text embedder (default: the preset's)")
    parser.add_argument("--images-only", action="store_true", help="leave the videos out")
    parser.add_argument("--json", action="store_true", help="only the line of JSON")
    options = parser.parse_args(arguments)
    wait_passively()
    send_nothing()
    if options.shared is None or not (options.shared / "media/images/captions.json").is_file():
        print("Skipped: give --shared FOLDER with media/images/captions.json.", file=sys.stderr)
        return 1
    if missing := _missing():
        print(f"Skipped: it needs weights: egobutler models fetch {missing}", file=sys.stderr)
        return 1
    names, kinds = [NONE, RECOGNISED, *options.pictures], ["images", "video"]
    found = run(options.shared, names, options.embedder, kinds[: 2 - options.images_only])
    said = {NONE: "visrag, no vectors of pictures", RECOGNISED: "visrag, all that is embedded"}
    if not options.json:
        print(
            "\n".join(
                table(kind, found[kind], said) for kind in ("images", "video") if found.get(kind)
            )
        )
    images = found["images"]
    headline = images["pictures"].get(RECOGNISED) or images["pictures"][NONE]
    print(json.dumps(headline | {"baselines": images["baselines"]} | found))
    return 0


def _missing() -> str:
    from egogpt.weights.store import WeightStore

    weights = WeightStore()
    return " ".join(bundle for bundle in VISION if not weights.has(bundle))


if __name__ == "__main__":
    sys.exit(main())
