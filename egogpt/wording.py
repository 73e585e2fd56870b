"""Words that a sighting's ``what`` may begin with, shared by what writes and what reads them."""

OWN_HAND = "own hand"
"""A hand of the wearer; any other hand is just "hand"."""

HOLDING = "own hand holding "
"""Followed by a thing's name: the wearer's hand is on that thing."""
