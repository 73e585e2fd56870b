"""Every module is used by a command, a page or a public name, or stands in a list with a reason."""

from __future__ import annotations

import ast
from pathlib import Path

from app.commands.main import GROUPS
from tests.docs_pages import PAGES, blocks, commands
from tests.reachability import modules, reached, strings, tree

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("egobutler", "app", "ingest", "egogpt", "egorag", "memory", "kernels")
# Modules and folders that no command, no page and no public name leads to, and why they are here.
UNREACHED = {
    **dict.fromkeys(
        (
            "kernels.layers.agent_attention",
            "kernels.layers.biformer",
            "kernels.layers.checkpoint",
            "kernels.layers.gaussian_attention",
            "kernels.layers.landmark",
            "kernels.layers.lightning_attention",
            "kernels.layers.next_item",
            "kernels.layers.rcmha",
            "kernels.layers.titans_memory",
            "kernels.layers.transnormer",
            "kernels.layers.vision_tower",
        ),
        "library only: attention that has to be trained, with its papers' tests",
    ),
    "kernels.base.reference": "what the tests hold every method against",
}


def test_every_module_is_reached_or_says_why_it_is_here() -> None:
    sources = modules(ROOT, PACKAGES)
    run_by_name = {
        command.words[2]
        for page in PAGES
        for block in blocks(page)
        if block.language == "sh"
        for command in commands(block)
        if command.words[:2] == ("python", "-m")
    }
    commands_of = {
        f"app.commands.{area}" for group in GROUPS.values() for area, _ in group.values()
    }
    roots = {"app.__main__", "egobutler", *commands_of}
    unreached = set(sources) - reached(sources, roots | run_by_name)
    explained = {one for name in UNREACHED for one in sources if f"{one}.".startswith(f"{name}.")}
    assert sorted(unreached - explained) == []
    assert sorted(explained - unreached) == [], "these are reached: take them off the list"
    assert [name for name in UNREACHED if name not in explained] == []


def test_every_module_that_a_string_names_is_there() -> None:
    sources = modules(ROOT, PACKAGES)
    named = [(path, *place) for path in sources.values() for place in strings(path)]
    ours = [one for one in named if one[2] and one[1].split(".")[0] in PACKAGES]
    assert len(ours) > 40
    for path, module, attribute in ours:
        assert module in sources, f"{path}: there is no module {module}"
        defined = {name for node in tree(sources[module]).body for name in _defined(node)}
        assert attribute in defined, f"{path}: {module} has no {attribute}"


def _defined(node: ast.stmt) -> set[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Assign() | ast.AnnAssign():
            return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    return set()
