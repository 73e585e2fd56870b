"""Numbers that a person types at the command line."""

from __future__ import annotations

import argparse


def port(text: str) -> int:
    """A port number from the command line."""
    number = int(text)
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError(f"{number} is not a port; choose 1024 to 65535")
    return number
