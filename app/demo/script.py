"""The sample day: what is filmed when, what is said in it, and what will be asked about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """Something said ``at`` seconds into a scene."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class DemoScene:
    """One recording: when it begins, the picture that it pans over, and what is said."""

    hour: int
    minute: int
    seconds: float
    picture: str  # a file of scikit-image's sample data
    lines: tuple[SpokenLine, ...]


@dataclass(frozen=True, slots=True)
class DemoQuestion:
    """A question and the moment that answers it: a scene, and seconds into it."""

    question: str
    scene: int
    start: float
    end: float


SCENES = (
    DemoScene(
        8,
        10,
        34.0,
        "coffee.png",
        (
            SpokenLine(4.0, "Good morning. First a cup of coffee."),
            SpokenLine(14.0, "I put the phone charger in the blue drawer, next to the front door."),
        ),
    ),
    DemoScene(
        12,
        30,
        40.0,
        "astronaut.png",
        (
            SpokenLine(5.0, "Hello Eileen, nice to have lunch with you today."),
            SpokenLine(18.0, "Eileen says that she will fly to Boston next Friday."),
        ),
    ),
    DemoScene(
        17,
        45,
        32.0,
        "chelsea.png",
        (SpokenLine(6.0, "There you are. We have to buy more food for you tomorrow."),),
    ),
    DemoScene(
        20,
        15,
        30.0,
        "motorcycle_left.png",
        (SpokenLine(8.0, "The old motorcycle still needs a new battery."),),
    ),
)

QUESTIONS = (
    DemoQuestion("Where did I put the charger?", 0, 14.0, 22.0),
    DemoQuestion("Who did I have lunch with?", 1, 4.0, 10.0),
    # The cat is in the picture from the first second to the last.
    DemoQuestion("When did I see the cat?", 2, 0.0, 32.0),
)
