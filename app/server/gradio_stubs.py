"""Import Gradio without the stubs that it writes for editors: a third of what an import takes.

Wherever a component is defined, which is at every start, Gradio parses its source twice and renders
a template, to compare it with the ``.pyi`` file that lies beside it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

_MODULE, _WRITES_STUBS = "gradio.component_meta", "create_or_modify_pyi"


class _WithoutStubs(MetaPathFinder):
    """Finds the module that writes them, and takes its function away once it was run."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Finds this one module only."""
        spec = PathFinder.find_spec(name, path, target) if name == _MODULE else None
        if spec and spec.loader:
            execute = spec.loader.exec_module

            def without(module: ModuleType) -> None:
                execute(module)
                if hasattr(module, _WRITES_STUBS):
                    setattr(module, _WRITES_STUBS, lambda *_: None)

            spec.loader.exec_module = without  # type: ignore[method-assign]
        return spec


def write_no_stubs() -> None:
    """From now on Gradio is imported without them; nothing where it was imported before."""
    if not any(isinstance(finder, _WithoutStubs) for finder in sys.meta_path):
        sys.meta_path.insert(0, _WithoutStubs())
