"""``egobutler models``: what weights there are, where they come from, whether they are intact."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from app.commands import base
from app.commands.options import CommandOptions, command, group, word
from app.models.model_set import ModelProvider, rate_words
from app.models.named_models import NamedModel, named_models, settings_of_home
from app.models.plan.fetch import fetch_placed
from app.models.plan.text import title_of
from app.presentation.progress_line import FetchProgress
from egogpt.embedders.image_registry import PICTURE_EMBEDDERS, fetch_picture_embedder
from egogpt.llm.token_rate import measure_rate
from egogpt.long_context.model_name import parse_long_name
from egogpt.protocols.model_names import CHATS, is_placed, kind_of, parse
from egogpt.registry import PLACED_EMBEDDER, check_models, fetch_embedder
from egogpt.remote.address import is_remote
from egogpt.weights.hub_cache import READER, hub_place, is_hub_name, trouble
from egogpt.weights.hub_cache import verify as verify_from_hub
from egogpt.weights.hub_snapshot import hub_host
from egogpt.weights.store import BundleStatus, WeightStore
from ingest.speech.registry import BUNDLED, available, fetch_recogniser, recogniser_names

models = group("List the models, where they come from and whether they are intact.")
_Names = Annotated[list[str] | None, word("NAME", "default: those of the preset")]


@command(models, "list", models=True)
def listed(options: CommandOptions) -> None:
    """List all models; those in use are marked with a star."""
    brains, _ = _preset(options)
    _show(options, brains, brains.weights.list())


@command(models, models=True)
def fetch(options: CommandOptions, names: _Names = None) -> int:
    """Fetch models; status 1 where one of them is not intact then."""
    brains, settled = _preset(options)
    bundles = _fetch(list(names or settled), brains.weights)
    statuses = brains.weights.list()
    _show(options, brains, statuses)
    return int(any(one.state != "present" for one in statuses if one.name in bundles))


@command(models, models=True)
def verify(options: CommandOptions, names: _Names = None) -> int:
    """Read every byte of models that are here; status 1 where one is not intact."""
    brains, settled = _preset(options)
    verdicts = {name: _verify_placed(name) for name in names or () if is_placed(name)}
    bundles = [name for name in names or settled if name not in verdicts]
    here = [status.name for status in brains.weights.list() if status.state != "missing"]
    statuses = [brains.weights.verify(name) for name in dict.fromkeys([*bundles, *here])]
    _show(options, brains, statuses)
    return int(not all(verdicts.values()) or any(one.state != "present" for one in statuses))


@command(models, models=True)
def measure(options: CommandOptions, names: _Names = None) -> None:
    """Measure anew how fast the chat models that are here read and write on this machine."""
    brains, _ = _preset(options)
    for name in names or CHATS:
        here = name in CHATS and brains.weights.has(name)
        if here and (rate := measure_rate(name, brains.weights)):
            base.say(f"{name} {rate_words(rate)}")
    _show(options, brains, brains.weights.list())


def _preset(options: CommandOptions) -> tuple[ModelProvider, tuple[str, ...]]:
    """The models of the settings, and the names of the preset's."""
    brains = ModelProvider(settings_of_home(options.settings()))
    place = f"Weights are kept in {brains.weights.root}"
    base.say(f"preset {brains.preset.name}: {brains.why}. {place}")
    return brains, tuple(brains.preset.bundles)


def _fetch(names: list[str], weights: WeightStore) -> list[str]:
    """Brings each from where its kind comes from; returns those that are bundles."""
    bundles = []
    with FetchProgress() as progress:
        for name in map(_read_by, names):
            if name in recogniser_names() and name not in BUNDLED:
                if available(name, weights) is not None:
                    base.say(f"fetching the speech model {name} (up to 3 GB) …")
                    fetch_recogniser(name, weights, progress)
                base.say(f"the speech model {name} is here")
            elif name.partition(":")[0] in PICTURE_EMBEDDERS:
                base.say(f"looking for the image–text model {name} (often 1 GB and more) …")
                fetch_picture_embedder(name, progress)
                use = f"use it with EGOBUTLER_PICTURES={name}"
                base.say(f"the image–text model {name} is here; {use}")
            elif is_placed(name) or kind_of(name) == READER:
                _fetch_placed(name, weights, progress)
            elif name.startswith(f"{PLACED_EMBEDDER}:"):
                fetch_embedder(name, progress)
                base.say(f"the embedder {name} is here; use it with EGOBUTLER_EMBEDDER={name}")
            else:
                bundles.append(name)
        weights.fetch(bundles, progress)
    return bundles


def _fetch_placed(name: str, weights: WeightStore, progress: FetchProgress) -> None:
    """Brings a model that is named by its place on the hub. Raises ValueError where it cannot."""
    if kind_of(name) != READER:
        check_models(None, name)
    if is_remote(name):
        raise ValueError(f"{name} is on a server: there is nothing to fetch. Name it as it is.")
    named = parse(name)
    if trouble(name) is not None and is_hub_name(hub_place(named)):
        base.say(f"fetching {hub_place(named)} from {hub_host()} …")
    base.say(f"{name} is here: {fetch_placed(name, weights, progress)}")


def _verify_placed(name: str) -> bool:
    """Whether a model of the hub is what the hub promised; what is damaged is removed."""
    if damaged := verify_from_hub(parse(name)):
        remedy = f"Run: egobutler models fetch {name}"
        base.say(f"{name}: damaged and removed: {', '.join(damaged)}. {remedy}")
    else:
        base.say(f"{name} is what was promised")
    return not damaged


def _show(options: CommandOptions, brains: ModelProvider, statuses: list[BundleStatus]) -> None:
    """Lists the bundles, and the models that were chosen by name."""
    used = brains.preset.bundles
    named = named_models(brains.settings, brains.weights)
    rows = [_row(status, status.name in used) for status in statuses]
    heads = ("", "name", "state", "size", "licence", "what for")
    options.table(rows + [_named_row(model) for model in named], *heads)
    listed = {"preset": brains.preset.name, "bundles": [_json(status) for status in statuses]}
    options.result_line({**listed, "named": [asdict(model) for model in named]})


def _read_by(name: str) -> str:
    """The model that ``long:NAME`` reads with: a bundle, kind:place, or a name of the hub."""
    if kind_of(name) != READER:
        return name
    named = parse_long_name(name.partition(":")[2])
    return f"{READER}:{named.model}" if named.is_hub else named.model


def _row(status: BundleStatus, used: bool) -> tuple[str, ...]:
    mark, size = "*" if used else "", _size(status.size)
    return mark, status.name, status.state, size, status.licence, status.purpose


def _named_row(model: NamedModel) -> tuple[str, ...]:
    """A model that was chosen by its name: what for, whether it is whole, where it lies."""
    size = _size(model.size) if model.size else ""
    licence = model.licence or ("unknown" if model.state == "present" else "")
    roles = ", ".join(map(title_of, model.roles))
    return "*", model.name, model.state, size, licence, f"{roles}; {model.trouble or model.place}"


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _json(status: BundleStatus) -> dict[str, object]:
    return asdict(status) | {"folder": str(status.folder)}
