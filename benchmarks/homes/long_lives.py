"""Lives of any length, made up: what a wearer's clips would say, with vectors to search them by.

Every life is the same at every run, and a longer one begins with the shorter. Words follow Zipf's
law; what is seen and said depends on what goes on, so that words come together as in life.
Vectors are made up, too: each word has a direction, a text is the sum of what it is about, with
noise. That is enough to measure speed and recall of an index, and says nothing of meaning.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egogpt.captioning.template_captioner import TemplateCaptioner
from memory.types.core import Clip, Observation, Recording, Sighting, Span, TimeSource, Utterance

BEGIN = 1_735_714_800.0  # 2025-01-01 07:00 UTC
CLIPS_A_DAY = 1920  # 16 hours
CLIPS_A_FILE = 480  # four hours
_NOISE = 0.75

ACTIVITIES = (
    "cooking dinner;washing dishes;watering plants;walking the dog;typing at the desk;"
    "riding the bus;shopping for groceries;eating lunch;drinking coffee;reading a novel;"
    "folding laundry;watching television;playing chess;repairing the bicycle;painting a wall;"
    "visiting the dentist;playing the piano;assembling a shelf;swimming;hiking uphill;"
    "feeding the cat;baking bread;ironing shirts;sorting letters;practising yoga;"
    "driving to work;writing a letter;mowing the lawn;picking apples;cleaning the oven;"
    "playing badminton;visiting a museum;packing a suitcase;kneading dough;sharpening knives;"
    "sewing a curtain;planting tulips;making jam;singing in the choir;donating blood"
).split(";")
PLACES = (
    "kitchen;office;living room;street;garden;supermarket;bedroom;bathroom;bus;park;cellar;"
    "garage;balcony;library;cafe;station;hospital;gym;school;church;harbour;forest;workshop;"
    "theatre;bakery;pharmacy;market;attic;museum;airport"
).split(";")
THINGS = (
    "cup;laptop;chair;phone;bottle;table;book;bowl;screen;keyboard;spoon;knife;plate;backpack;"
    "window;lamp;pen;paper;jacket;shoe;towel;glass;bicycle;car;plant;clock;mirror;pillow;basket;"
    "box;scissors;wallet;umbrella;headphones;kettle;toaster;pan;lid;fork;sponge;bucket;broom;"
    "ladder;hammer;screwdriver;drill;rope;tape;candle;vase;guitar;piano;violin;camera;tripod;"
    "suitcase;passport;ticket;map;compass;tent;rucksack;thermos;lantern;telescope;microscope;"
    "stethoscope;thermometer;crutch;bandage;syringe;helmet;glove;scarf;hat;belt;necklace;ring;"
    "bracelet;brooch;chessboard;dice;puzzle;kite;yoyo;drum;flute;trumpet;harp;accordion;"
    "typewriter;gramophone;abacus;sextant;anvil;chisel;trowel;rake;shovel;wheelbarrow"
).split(";")
NAMES = (
    "Jake;Alice;Shure;Katrina;Lucia;Tasha;Omar;Ingrid;Pavel;Mei;Rosa;Hugo;Nadia;Felix;Yuki;Bruno;"
    "Clara;Dmitri;Elena;Farid;Greta;Hana;Igor;Jana;Kofi;Lena;Marco;Nora;Otto;Priya;Quentin;Rania"
).split(";")
_COMMON = (
    "yes no well just like really think know good right thing time little maybe going come want "
    "look here there today tomorrow morning water money house friend mother brother doctor music "
    "train weather birthday holiday meeting project battery password receipt garden recipe sugar "
    "salt cheese window door key ticket letter parcel bridge river cloud winter summer colour red "
    "green blue yellow number price cheap heavy early late quick slow broken finished lost found"
).split()
_NARRATED = (
    "I am {activity} in the {place}.",
    "In the {place} I go on {activity}, the {thing} beside me.",
    "I pick up the {thing} and put it next to the {other}.",
    "I walk through the {place} and look for the {thing}.",
    "{name} hands me the {thing} while I am {activity}.",
    "I put the {thing} into the {other} in the {place}.",
    "I talk to {name} about the {thing}.",
    "I wipe the {thing} and stop {activity}.",
)
_SYLLABLES = "ba ce di fo gu ha le mi no pu ra se ti vo zu bral sten kor lin mar tos".split()


def _rare_words(count: int) -> list[str]:
    """Words that no dictionary holds, each another one."""
    n = len(_SYLLABLES)
    return [
        _SYLLABLES[at % n]
        + _SYLLABLES[at // n % n]
        + _SYLLABLES[at // n**2 % n]
        + "x" * (at // n**3)
        for at in range(count)
    ]


SPOKEN = (*_COMMON, *_rare_words(6000))


def _zipf(count: int, power: float = 1.0) -> NDArray[np.float64]:
    weights = 1.0 / np.arange(1, count + 1) ** power
    return weights / weights.sum()


@dataclass(frozen=True, slots=True)
class MadeDay:
    """A file of four hours: its clips, what was perceived in each, and the vector of each."""

    recording: Recording
    clips: list[Clip]
    utterances: dict[str, list[Utterance]]
    sightings: dict[str, list[Sighting]]
    captions: dict[str, str]
    vectors: NDArray[np.float32]


class Directions:
    """An embedder of made-up meanings: a word is a direction, a text the mean of its words."""

    name = "made-up"
    dimension = 384
    synonym_cosine = 0.76

    def __init__(self) -> None:
        self._known: dict[str, NDArray[np.float32]] = {}

    def of(self, word: str) -> NDArray[np.float32]:
        """The direction of a word, a unit vector."""
        if word not in self._known:
            seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")
            made = np.random.default_rng(seed).standard_normal(self.dimension)
            self._known[word] = (made / np.linalg.norm(made)).astype(np.float32)
        return self._known[word]

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors (len(texts), 384)."""
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """The unit vector (384,) of a text."""
        words = [word.strip("?.,!").lower() for word in text.split()]
        total = np.sum(
            [self.of(word) for word in words if len(word) > 3] or [self.of(text)], axis=0
        )
        return np.asarray(total / np.linalg.norm(total), np.float32)


def files(clips: int) -> Iterator[MadeDay]:
    """The life's files in order of time; together they have ``clips`` clips."""
    directions, captioner = Directions(), TemplateCaptioner()
    for number in range(-(-clips // CLIPS_A_FILE)):
        count = min(CLIPS_A_FILE, clips - number * CLIPS_A_FILE)
        yield _Maker(number, count, directions, captioner).make()


class _Maker:
    """Makes one file. Its own seed makes it the same, whatever was made before."""

    def __init__(
        self, number: int, count: int, directions: Directions, captioner: TemplateCaptioner
    ) -> None:
        self._rng = np.random.default_rng(number)
        self._count, self._directions, self._captioner = count, directions, captioner
        day, part = divmod(number, CLIPS_A_DAY // CLIPS_A_FILE)
        start = BEGIN + 86_400 * day + 30 * CLIPS_A_FILE * part
        name = f"made-{number:06}"
        self._recording = Recording(
            name, hashlib.sha256(name.encode()).hexdigest(), f"/made/{name}.mp4", start, "UTC",
            30.0 * count, TimeSource.USER,
        )  # fmt: skip

    def make(self) -> MadeDay:
        """The whole file."""
        clips = [
            Clip(
                f"{self._recording.id}-{n:04}",
                self._recording.id,
                Span(self._recording.start + 30 * n, self._recording.start + 30 * n + 30),
            )
            for n in range(self._count)
        ]
        made = MadeDay(self._recording, clips, {}, {}, {}, np.zeros((self._count, 384), np.float32))
        left, scene = 0, ("", "", [0], [0])
        for row, clip in enumerate(clips):
            if left == 0:
                left, scene = int(self._rng.integers(8, 90)), self._scene()
            left -= 1
            self._clip(made, row, clip, *scene)
        noise = self._rng.standard_normal(made.vectors.shape, np.float32) / np.sqrt(384)
        made.vectors[:] += _NOISE * noise
        made.vectors[:] /= np.linalg.norm(made.vectors, axis=1, keepdims=True)
        return made

    def _pick(self, most: int, count: int, power: float = 1.0) -> list[int]:
        found = self._rng.choice(most, count, p=_zipf(most, power))
        return [int(one) for one in found]

    def _scene(self) -> tuple[str, str, list[int], list[int]]:
        activity = ACTIVITIES[self._pick(len(ACTIVITIES), 1)[0]]
        place = PLACES[self._pick(len(PLACES), 1)[0]]
        company = self._pick(len(NAMES), int(self._rng.integers(0, 3)))
        return activity, place, self._pick(len(THINGS), 5), company

    def _clip(
        self,
        day: MadeDay,
        row: int,
        clip: Clip,
        activity: str,
        place: str,
        things: list[int],
        company: list[int],
    ) -> None:
        shown = [THINGS[at] for at in self._rng.permutation(things)[:3]]
        shown.append(THINGS[self._pick(len(THINGS), 1)[0]])
        names = [NAMES[at] for at in company]
        template = _NARRATED[int(self._rng.integers(len(_NARRATED)))]
        told = template.format(
            activity=activity, place=place, thing=shown[-1], other=shown[0],
            name=names[0] if names else "Somebody",
        )  # fmt: skip
        seen = [Sighting(clip.span, "object", what, 0.8) for what in dict.fromkeys(shown)]
        seen += [Sighting(clip.span, "face", name, 0.9) for name in dict.fromkeys(names)]
        talking = self._rng.random() < (0.8 if names else 0.4)
        said = self._speech(clip, names or [""]) if talking else []
        composed = self._captioner.caption(Observation(clip, tuple(said), tuple(seen)))
        told_at = Sighting(clip.span, "narration", told, 1.0)
        day.captions[clip.id] = f"{told} {composed}"
        day.sightings[clip.id] = [*seen, told_at]
        day.utterances[clip.id] = said
        about = [*activity.split(), *place.split(), *shown, *(name.lower() for name in names[:1])]
        words = [word for word in about if len(word) > 3]
        total = np.sum([self._directions.of(word) for word in words], axis=0)
        day.vectors[row] = total / np.linalg.norm(total)

    def _speech(self, clip: Clip, names: list[str]) -> list[Utterance]:
        lines = []
        for n in range(int(self._rng.integers(1, 5))):
            words = [SPOKEN[at] for at in self._pick(len(SPOKEN), int(self._rng.integers(4, 14)))]
            text = f"{' '.join(words).capitalize()}."
            at = clip.span.start + 5 * n
            lines.append(Utterance(Span(at, at + 5), text, names[n % len(names)], 0.9, "en"))
        return lines
