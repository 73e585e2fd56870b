"""Lets ``python -m app`` do what ``egobutler`` does."""

import sys

from app.cli import main

sys.exit(main())
