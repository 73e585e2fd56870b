"""Models that nobody uses make room for the one that is needed now, and come back."""

from __future__ import annotations

import threading
from typing import Any

from egogpt.runtime.lazy_model import LazyModel


def test_an_idle_model_is_let_go_for_another_and_one_at_work_is_not() -> None:
    room = [1]  # models that there is room for

    def lacks() -> int:
        return 1 + sum(model.is_loaded for model in models) - room[0]

    loaded: Any = object()
    models = [LazyModel(lambda: loaded, str, lacks=lacks) for _ in range(3)]
    models[0].ready()
    models[1].ready()
    assert [model.is_loaded for model in models] == [False, True, False]
    with models[1].using():
        other = threading.Thread(target=models[2].ready)
        other.start()
        other.join()
        assert models[1].is_loaded, "it works, and is not waited for"
    room[0] = 3
    models[0].ready()
    assert [model.is_loaded for model in models] == [True, True, True]
