"""Words with which sightings and captions carry a meaning, for those who write and read them."""

from memory.types.core import UNNAMED_FACE

NOTHING = "Nothing was recognised."
"""The caption of a clip in which no model saw or heard anything: no evidence of anything."""

OWN_HAND = "own hand"
"""A hand of the wearer; any other hand is just "hand"."""

HOLDING = "own hand holding "
"""Followed by a thing's name: the wearer's hand is on that thing."""

CLOTHES = "clothes"
"""Of a sighting of a colour: "blue clothes" are those of somebody in view."""

FACE = UNNAMED_FACE
"""Somebody's face; one whose person has a name is called by that name instead."""
