"""``egobutler models``: what weights there are, where they come from, whether they are intact."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from app.commands import base
from app.core.errors import PersonError
from app.core.settings import Settings
from app.models.model_set import ModelProvider, rate_words
from app.models.named_models import NamedModel, named_models, settings_of_home
from app.models.plan.text import title_of
from app.presentation.progress_line import FetchProgress
from egogpt.embedders.image_registry import PICTURE_EMBEDDERS, fetch_picture_embedder
from egogpt.llm.token_rate import measure_rate
from egogpt.long_context.model_name import parse_long_name
from egogpt.protocols.chat import ChatError
from egogpt.protocols.image_embedder import PictureModelError
from egogpt.protocols.model_names import CHATS, is_placed, kind_of, parse
from egogpt.registry import PLACED_EMBEDDER, check_models, fetch_embedder
from egogpt.remote.address import is_remote
from egogpt.weights.hub_cache import READER, fetch, hub_place, is_hub_name, trouble, verify
from egogpt.weights.hub_snapshot import hub_host
from egogpt.weights.store import BundleStatus, WeightError, WeightStore
from ingest.speech.model_files import SpeechModelMissing
from ingest.speech.registry import BUNDLED, available, fetch_recogniser, recogniser_names

Say = Callable[[str], None]


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    models = verbs.add_parser("models", parents=[common])
    models.add_argument(
        "action", nargs="?", choices=("list", "fetch", "verify", "measure"), default="list"
    )
    models.add_argument("bundles", nargs="*", help="names (default: those of the preset)")
    models.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Lists, fetches, verifies or measures weights."""
    try:
        return _run(options, base.say, base.result_line)
    except (WeightError, ValueError, SpeechModelMissing, PictureModelError) as error:
        raise PersonError(str(error)) from error


def _run(options: argparse.Namespace, say: Say, result_line: Callable[[object], None]) -> int:
    """Exit status 1 where a wanted bundle is not intact."""
    settings = settings_of_home(Settings.of_options(options))
    brains = ModelProvider(settings)
    weights, bundles = brains.weights, options.bundles or list(brains.preset.bundles)
    say(f"preset {brains.preset.name}: {brains.why}. Weights are kept in {weights.root}")
    if options.action == "fetch":
        bundles = [_read_by(name) for name in bundles]
        others = [name for name in bundles if is_larger(name)]
        seeing = [name for name in bundles if name.partition(":")[0] in PICTURE_EMBEDDERS]
        placed = [
            name for name in bundles
            if (is_placed(name) or kind_of(name) == READER) and name not in seeing
        ]  # fmt: skip
        texts = [name for name in bundles if name.startswith(f"{PLACED_EMBEDDER}:")]
        elsewhere = (*others, *seeing, *placed, *texts)
        bundles = [name for name in bundles if name not in elsewhere]
        for name in others:
            fetch_speech(name, weights, say)
        for name in seeing:
            fetch_pictures(name, say)
        for name in texts:
            fetch_embedder(name, FetchProgress())
            say(f"the embedder {name} is here; use it with EGOBUTLER_EMBEDDER={name}")
        for name in placed:
            fetch_placed(name, say)
        weights.fetch(bundles, FetchProgress())
    if options.action == "measure":
        measure(options.bundles or CHATS, weights, say)
    intact = True
    if options.action == "verify":
        verdicts = {name: verify_placed(name, say) for name in bundles if is_placed(name)}
        intact = all(verdicts.values())
        bundles = [name for name in bundles if name not in verdicts]
        there = [status.name for status in weights.list() if status.state != "missing"]
        statuses = [weights.verify(name) for name in dict.fromkeys([*bundles, *there])]
    else:
        statuses = weights.list()
    for status in statuses:
        say(_line(status, status.name in brains.preset.bundles))
    named = named_models(settings, weights)
    for model in named:
        say(_named_line(model))
    listed = {"preset": brains.preset.name, "bundles": [_json(s) for s in statuses]}
    result_line({**listed, "named": [asdict(model) for model in named]})
    if options.action in ("list", "measure"):
        return 0
    checked = statuses if options.action == "verify" else [s for s in statuses if s.name in bundles]
    return 0 if intact and all(status.state == "present" for status in checked) else 1


def _read_by(name: str) -> str:
    """The model that ``long:NAME`` reads with: a bundle, kind:place, or a name of the hub."""
    if kind_of(name) != READER:
        return name
    named = parse_long_name(name.partition(":")[2])
    return f"{READER}:{named.model}" if named.is_hub else named.model


def measure(names: Iterable[str], weights: WeightStore, say: Say) -> None:
    """Measures anew how fast the chat models that are here read and write on this machine."""
    for name in names:
        if name in CHATS and weights.has(name) and (rate := measure_rate(name, weights)):
            say(f"{name} {rate_words(rate)}")


def is_larger(speech: str) -> bool:
    """Whether this names a speech recogniser that its makers publish and we do not bundle."""
    return speech in recogniser_names() and speech not in BUNDLED


def fetch_speech(name: str, weights: WeightStore, say: Say) -> None:
    """Brings a larger speech recogniser; what hinders it is said. Raises SpeechModelMissing."""
    if available(name, weights) is not None:
        say(f"fetching the speech model {name} (up to 3 GB) …")
        fetch_recogniser(name, weights, FetchProgress())
    say(f"the speech model {name} is here")


def fetch_placed(name: str, say: Say) -> None:
    """Brings a model that is named by its place on the hub. Raises ValueError where it cannot."""
    if kind_of(name) != READER:
        check_models(None, name)
    if is_remote(name):
        raise ValueError(f"{name} is on a server: there is nothing to fetch. Name it as it is.")
    named = parse(name)
    if trouble(name) is not None and is_hub_name(hub_place(named)):
        say(f"fetching {hub_place(named)} from {hub_host()} …")
    try:
        say(f"{name} is here: {fetch(named, FetchProgress())}")
    except ChatError as error:
        raise ValueError(str(error)) from error


def verify_placed(name: str, say: Say) -> bool:
    """Whether a model of the hub is what the hub promised. Raises ValueError where it is not here.

    Damaged files are removed, so that fetching brings them anew.
    """
    try:
        damaged = verify(parse(name))
    except ChatError as error:
        raise ValueError(str(error)) from error
    if damaged:
        say(
            f"{name}: damaged and removed: {', '.join(damaged)}. Run: egobutler models fetch {name}"
        )
    else:
        say(f"{name} is what was promised")
    return not damaged


def fetch_pictures(name: str, say: Say) -> None:
    """Brings an image–text embedder. Raises PictureModelError with what hinders it."""
    say(f"looking for the image–text model {name} (often 1 GB and more) …")
    fetch_picture_embedder(name, FetchProgress())
    say(f"the image–text model {name} is here; use it with EGOBUTLER_PICTURES={name}")


def _line(status: BundleStatus, used: bool) -> str:
    size = f"{status.size / 1e6:8.1f} MB"
    mark = "*" if used else " "
    return f"{mark} {status.name:18} {status.state:8} {size}  {status.licence:12} {status.purpose}"


def _named_line(model: NamedModel) -> str:
    """A model that was chosen by its name: what for, whether it is whole, where it lies."""
    size = f"{model.size / 1e6:8.1f} MB" if model.size else " " * 11
    licence = model.licence or ("unknown" if model.state == "present" else "")
    roles = ", ".join(map(title_of, model.roles))
    line = f"* {model.name:18} {model.state:8} {size}  {licence:12} {roles}"
    return f"{line}; {model.trouble or model.place}"


def _json(status: BundleStatus) -> dict[str, object]:
    return asdict(status) | {"folder": str(status.folder)}
