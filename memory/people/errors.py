"""Errors of sorting people; each text tells the owner what to do."""

from __future__ import annotations

from memory.types.errors import StoreError


class PeopleError(StoreError):
    """Base of what the owner of a home can put right about its people."""


class UnknownPerson(PeopleError):
    """Nobody here has this name, number or id."""

    def __init__(self, who: str) -> None:
        self.who = who
        super().__init__(
            f'there is no person "{who}" here. "egobutler people" lists them; say a name, or a '
            "number such as 3."
        )


class BadName(PeopleError):
    """Something that cannot be a person's name."""


class SeenTogether(PeopleError):
    """Two that were in one picture cannot be the same person."""

    def __init__(self, who: str, two: str, print_id: int) -> None:
        super().__init__(
            f"{who} and {two} were in view at the same time, so they are not one person. If one of "
            f"the two faces is filed under the wrong person, take it out first: "
            f"egobutler people split PERSON {print_id}"
        )


class WrongPrints(PeopleError):
    """The prints to be split off are not those of the person, or are all of them."""


class NothingToUndo(PeopleError):
    """No change of people is left that could be taken back."""

    def __init__(self) -> None:
        super().__init__("there is no change of people left to undo.")
