"""Options of each setting, and the state of the models, in words."""

from __future__ import annotations

from functools import cache

from babel import Locale

from app.api_models.settings import ModelReply, OptionReply
from app.models.image_embedder import RECOGNISED
from app.models.named_models import NamedModel
from app.models.plan.tables import load_tables
from app.models.plan.text import title_of
from app.presentation.i18n import language, t
from egogpt.protocols.model_names import CHATS
from egogpt.registry import COMPOSED, EMBEDDERS, PRESETS, Preset
from egogpt.weights.store import BundleStatus, WeightStore
from egorag.retrieval.registry import DEFAULT, RETRIEVERS
from ingest.speech.registry import BUNDLED, available, recogniser_names
from ingest.stages.pipeline import NO_SPEECH
from memory.db.disk_space import size_words

Options = list[OptionReply]


def options_of(name: str, weights: WeightStore) -> Options:
    """The values of a setting, each with the words that a page shows of it."""
    automatic = OptionReply(value="", words=t("Automatic: what fits this computer"))
    if name == "preset":
        return [automatic, *(_preset(preset, weights) for preset in PRESETS.values())]
    if name == "language":
        detected = OptionReply(value="", words=t("Detected in each recording"))
        return [detected, *_languages(language())]
    if name == "speech":
        preset = OptionReply(value="", words=t("The one that the models above bring"))
        none = OptionReply(value=NO_SPEECH, words=t("None: speech is not written down"))
        return [preset, none, *(_speech(one, weights) for one in recogniser_names())]
    if name == "reading":
        return [
            OptionReply(value="", words=t("The best moments (usual)")),
            OptionReply(
                value="auto", words=t("Whole hours and days, where a question is about them")
            ),
            OptionReply(
                value="long", words=t("Whole hours and days, wherever a time is named (slow)")
            ),
        ]
    if name == "retriever":
        usual = OptionReply(value="", words=t("{name} (usual)", name=DEFAULT))
        others = sorted(set(RETRIEVERS) - {DEFAULT})
        return [usual, *(OptionReply(value=one, words=one) for one in others)]
    usual_words = {
        "captioner": t("Composed from what is seen and heard (usual)"),
        "pictures": t("None: pictures are found by what was recognised (usual)"),
        "look": t("None: no model looks again (usual)"),
    }
    first = OptionReply(value="", words=usual_words.get(name, t("The one that the models bring")))
    return [first, *(OptionReply(value=one, words=one) for one in _models(name))]


def _models(setting: str) -> list[str]:
    """Names that a setting of a model may have, for a list to choose from."""
    tables, role = load_tables(), {"look": "captioner"}.get(setting, setting)
    options = (option for tier in tables.tiers for option in tier.roles.get(role, ()))
    planned = [name.partition("@")[0] for name in options]
    names = [tables.models[name].name for name in planned if name in tables.models]
    own = {
        "captioner": [COMPOSED],
        "pictures": [RECOGNISED],
        "embedder": sorted(EMBEDDERS),
        "chat": list(CHATS),
    }
    return list(dict.fromkeys([*own.get(setting, ()), *names]))


def _preset(preset: Preset, weights: WeightStore) -> OptionReply:
    bundles = [weights.catalogue.bundle(name) for name in preset.bundles]
    size = size_words(sum(bundle.size for bundle in bundles))
    words = {
        "small": t("Small: short excerpts as answers ({size})", size=size),
        "standard": t("Standard: answers in sentences ({size})", size=size),
        "large": t("Large: better sentences, needs 12 GB of memory ({size})", size=size),
    }
    return OptionReply(value=preset.name, words=words.get(preset.name, preset.name))


def _speech(name: str, weights: WeightStore) -> OptionReply:
    here = available(name, weights) is None
    if here:
        return OptionReply(value=name, words=name)
    if name in BUNDLED:
        return OptionReply(value=name, words=t("{name} (not here yet)", name=name))
    return OptionReply(value=name, words=t("{name} (fetched at the next start)", name=name))


@cache
def _languages(spoken: str) -> tuple[OptionReply, ...]:
    """What can be recognised, by name in the person's language."""
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    names = Locale(spoken).languages
    found = [OptionReply(value=code, words=names.get(code, code)) for code in _LANGUAGE_CODES]
    return tuple(sorted(found, key=lambda one: one.words))


def named_json(model: NamedModel) -> ModelReply:
    """A model that was chosen by its name; what it is for is what it does here."""
    return ModelReply(
        name=model.name,
        purpose=", ".join(t(title_of(role)) for role in model.roles),
        licence=model.licence or t("licence unknown"),
        size=size_words(model.size) if model.size else "",
        state=model.state,
        words=_state_words(model.state),
        place=model.trouble or model.place,
    )


def _state_words(state: str) -> str:
    words = {
        "present": t("here"),
        "missing": t("not here"),
        "partial": t("half fetched"),
        "corrupt": t("damaged"),
        "elsewhere": t("on a server"),
    }
    return words[state]


def bundle_json(status: BundleStatus) -> ModelReply:
    """A bundle of weights: its name, licence and size, and whether it is here."""
    return ModelReply(
        name=status.name,
        purpose=t(status.purpose),
        licence=status.licence,
        size=size_words(status.size),
        state=status.state,
        words=_state_words(status.state),
    )
