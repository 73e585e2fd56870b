"""Events of Settings without a browser: who sends them, and what they give components."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest
from fastapi import Request

from app.assistant import Assistant
from app.auth.accounts import Accounts
from app.auth.request_context import KEY, RequestContext
from tests.app.doors import ANNA, BEN, accounts
from tests.app.pages.parts import unserved

HOST = "http://127.0.0.1:7860"
FOLDER = "qwen-vl:/no/such/folder"


@pytest.fixture
def blocks() -> Iterator[gr.Blocks]:
    with unserved() as opened:
        yield opened


@pytest.fixture
def people(butler: Assistant) -> Iterator[Accounts]:
    """Anna, whose home is the first, and Ben."""
    both = accounts(butler.home)
    both.add("Anna", ANNA)
    both.add("Ben", BEN)
    yield both
    both.database.close()


def asked(people: Accounts | None = None, name: str = "") -> gr.Request:
    """A request of an event: by whoever sits at the computer, or by somebody with an account."""
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": [(b"origin", HOST.encode())],
    }
    if people is not None:
        account = next(one for one in people.all() if one.name == name)
        scope[KEY] = RequestContext(people, account, address="127.0.0.1")
    return gr.Request(request=Request(scope))


def value(update: Any) -> Any:
    """What an event gives a component."""
    return part(update, "value")


def part(update: Any, name: str) -> Any:
    """What an event gives a property of a component."""
    if isinstance(update, dict):
        return update[name]
    return update if isinstance(update, str) else update.constructor_args[name]
