"""The functions of the public Gradio API, and the scope that a token needs for each."""

from __future__ import annotations

from collections.abc import Mapping

SCOPES: Mapping[str, str] = {"ask": "ask"}  # api_name → scope
