"""Seeded everyday talk of a household, as long as wanted: the hay that needles are hidden in.

Sentences are put together from word lists, each line by somebody, so that names, things and places
come again and again as they do in a day's captions, and no line tells a number. It is not one text
said over and over, in which models look at the last time it was said.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

PEOPLE = (
    "Anna Ben Clara David Emma Felix Grace Henry Iris Jonas Karin Leo Maria Noah Olga Paul".split()
)
_THINGS = (
    "blue mug,umbrella,laundry basket,phone charger,red scarf,toolbox,bread knife,picnic blanket,"
    "bicycle pump,water bottle,cutting board,shopping list,garden hose,alarm clock,paper bag,"
    "reading lamp,rain coat,frying pan,guitar,suitcase,notebook,camera tripod,glass jar,old radio"
).split(",")
_PLACES = (
    "kitchen,garage,living room,hallway,garden,cellar,bathroom,balcony,office,attic,back yard,"
    "guest room,bus station,bakery,library,car,supermarket,school,park,dining table"
).split(",")
_DOING = (
    "making tea,watering the plants,folding the towels,feeding the cat,fixing the lamp,"
    "peeling potatoes,packing the boxes,writing a letter,sweeping the floor,waiting for the bus,"
    "looking for the keys,washing the car,setting the table,reading the news,painting the fence,"
    "baking a cake,calling the doctor,sorting old photos,walking the dog,charging the phone"
).split(",")
_TIMES = (
    "this morning,after lunch,before dinner,a minute ago,yesterday evening,on the weekend,"
    "right now,later today,last night,every day,as soon as possible,when it stops raining"
).split(",")
_MOODS = "tired,happy,busy,hungry,late,quiet,worried,relaxed,cold,curious".split(",")

_LINES = (
    "I left the {thing} in the {place} {time}.",
    "Could you bring me the {thing} from the {place}?",
    "{other} was {doing} in the {place} {time}.",
    "Did you see that {other} moved the {thing} to the {place}?",
    "I am {doing}, and then I will help {other} with {doing2}.",
    "We should buy a new {thing}, the old one in the {place} is broken.",
    "Why is the {thing} still in the {place}? {other} wanted it {time}.",
    "You look {mood}. Were you {doing} again?",
    "Let us meet in the {place} {time} and talk about the {thing}.",
    "{other} told me that the {place} needs cleaning {time}.",
    "I would rather be {doing} than {doing2}, but there is no time.",
    "Please put the {thing} next to the {thing2}, not in the {place}.",
    "{other} felt {mood} {time}, so we were {doing} together.",
    "The {thing} fell down in the {place} while {other} was {doing}.",
    "No, the {thing} belongs to {other}. Mine is in the {place}.",
    "I think {other} forgot the {thing} in the {place} {time}.",
)


def lines(random: Random) -> Iterator[str]:
    """Talk without end, a line at a time, each with the name of who speaks."""
    while True:
        speaker, other = random.sample(PEOPLE, 2)
        item, thing2 = random.sample(_THINGS, 2)
        doing, doing2 = random.sample(_DOING, 2)
        sentence = random.choice(_LINES).format(
            other=other, thing=item, thing2=thing2, doing=doing, doing2=doing2,
            place=random.choice(_PLACES), time=random.choice(_TIMES), mood=random.choice(_MOODS),
        )  # fmt: skip
        yield f"{speaker}: {sentence}"


def token_ids(tokenizer: Any, words: str) -> list[int]:
    """The ids of words, without those that a tokenizer puts around a text."""
    input_ids: list[int] = tokenizer(words, add_special_tokens=False).input_ids
    return input_ids
