"""Kept libraries are what their list says, of the version that package.json asks for."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

ROOT = Path(__file__).parents[3]
VENDOR = ROOT / "app/web/static/vendor"
TERMS = {"MIT": "Permission is hereby granted, free of charge, to any person obtaining a copy"}


def test_every_script_is_listed_with_its_licence_and_is_what_the_list_says() -> None:
    listed = json.loads((VENDOR / "vendor.json").read_text(encoding="utf-8"))
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert {one["file"] for one in listed} == {path.name for path in VENDOR.glob("*.js")}
    for one in listed:
        content = (VENDOR / one["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == one["sha256"], one["file"]
        assert one["version"] == wanted[one["name"]]
        terms = (VENDOR / f"{one['file']}.LICENSE.txt").read_text()
        assert TERMS[one["licence"]] in terms
