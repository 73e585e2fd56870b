"""Import sqlite-utils without pandas, which costs every command a quarter of a second.

sqlite-utils imports pandas wherever it is installed, to store pandas' own types of numbers.
"""

from __future__ import annotations

import sys

_absent = "pandas" not in sys.modules
if _absent:
    sys.modules["pandas"] = None  # type: ignore[assignment]  # an import of it fails
try:
    from sqlite_utils import Database, Migrations
finally:
    if _absent:
        del sys.modules["pandas"]

__all__ = ["Database", "Migrations"]
