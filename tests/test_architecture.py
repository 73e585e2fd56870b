"""Imports, folders, files and names keep the rules of docs/design/architecture.md.

Every module is used by a command, a page or a public name, or stands in a list with a reason.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

from app.commands.main import GROUPS
from tests.docs_pages import PAGES, blocks, commands
from tests.reachability import modules, reached, strings, tree

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("app", "ingest", "egogpt", "egorag", "memory", "kernels")
PUBLIC = ("egobutler", *PACKAGES)
SOURCES = sorted(p for package in PACKAGES for p in (ROOT / package).rglob("*.py"))
_STATEMENT = re.compile(
    r"\b(SELECT\b.*\bFROM|INSERT (OR \w+ )?INTO|UPDATE \w+ SET|DELETE FROM|PRAGMA \w+)\b",
    re.DOTALL,
)
_CONTAINER = re.compile(
    r"(\w+\.)?(Weak\w+|local|defaultdict|OrderedDict|deque|Counter|Queue|Event|dict|list|set)\(\)|\[\]|\{\}"
)
_CHANGES = set(
    "append appendleft add update pop popitem clear extend insert remove discard setdefault".split()
)
# Modules and folders that no command, no page and no public name leads to, and why they are here.
UNREACHED = {
    **dict.fromkeys(
        (
            "kernels.layers.agent_attention",
            "kernels.layers.biformer",
            "kernels.layers.checkpoint",
            "kernels.layers.gaussian_attention",
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
_MENTIONS_SQL = r"SELECT|INSERT|UPDATE|DELETE|PRAGMA|\.conn|\.execute|database\.rows"
_RUNS_SQL = {"conn", "execute", "executemany", "executescript"}


def test_modules_say_why_they_exist_and_are_one_idea_long() -> None:
    assert len(trees()) > 500
    assert [file for file, tree in trees().items() if not ast.get_docstring(tree)] == []
    lengths = {str(path): path.read_text(encoding="utf-8").count("\n") for path in SOURCES}
    assert {file: length for file, length in lengths.items() if length > 400} == {}


@cache
def trees() -> dict[str, ast.Module]:
    """Every module of the packages, parsed once."""
    return {str(path.relative_to(ROOT)): tree(path) for path in SOURCES}


@cache
def nodes(module: ast.Module) -> list[ast.AST]:
    """All nodes of a module, gone through once."""
    return list(ast.walk(module))


def test_no_file_imports_itself_by_way_of_others() -> None:
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert sum(map(len, imports.values())) > 1_000
    order(imports)


def test_a_circle_of_imports_is_noticed() -> None:
    with pytest.raises(CycleError):
        order({"a": {"b"}, "b": {"c"}, "c": {"a"}})


def order(imports: dict[str, set[str]]) -> list[str]:
    """Every module after those that it imports; raises CycleError where there is no such order."""
    return list(TopologicalSorter(imports).static_order())


def test_a_folder_has_at_most_25_files() -> None:
    places = [file.parent for top in (*PACKAGES, "benchmarks", "tests") for file in python(top)]
    counts = Counter(places)
    assert len(counts) > 100
    assert {str(folder): count for folder, count in counts.items() if count > 25} == {}


def python(top: str) -> Iterable[Path]:
    return (ROOT / top).rglob("*.py")


MEANINGLESS = set("told found one wanted kept held left made said thing given looked".split())
# Read language by rules, and wait for a decision on which of them survive.
RULES = re.compile(
    r"egorag/(time|question|aggregation|tasks|wording|conversation|choices)/"
    r"|egogpt/(extraction|text)/"
)


def test_names_of_functions_classes_and_parameters_say_what_they_are() -> None:
    named = {file: tree for file, tree in trees().items() if not RULES.match(file)}
    named |= {str(path.relative_to(ROOT)): tree(path) for path in python("benchmarks")}
    assert len(named) > 600
    assert [(file, *name) for file, tree in named.items() for name in meaningless(tree)] == []


def test_a_name_that_says_nothing_is_noticed() -> None:
    tree = ast.parse("def found(told, *, path): ...\nclass A:\n    def f(self, one): ...\n")
    assert list(meaningless(tree)) == [("found", "found"), ("found", "told"), ("f", "one")]


def meaningless(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Functions with the names of theirs, or of their parameters, that say nothing."""
    for node in nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = node.args
            named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            for name in [node.name, *(argument.arg for argument in named)]:
                if name in MEANINGLESS:
                    yield node.name, name


def test_no_two_classes_of_the_packages_have_one_name() -> None:
    every = (node for tree in trees().values() for node in nodes(tree))
    names = Counter(node.name for node in every if isinstance(node, ast.ClassDef))
    assert len(names) > 500
    assert [name for name, count in names.items() if count > 1] == []


def _sql_in(text: str) -> list[int]:
    """The lines of Python source that hold a statement of SQL or run one.

    Strings that begin like a statement count, also pieces of them and f-strings; docstrings do not.
    """
    tree = ast.parse(text)
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}

    def holds(node: ast.AST) -> bool:
        if isinstance(node, ast.Constant):
            is_text = isinstance(node.value, str) and id(node) not in docs
            return is_text and bool(_STATEMENT.search(str(node.value)))
        if isinstance(node, ast.Attribute):
            return node.attr in _RUNS_SQL or ast.unparse(node).endswith("database.rows")
        return False

    return sorted({getattr(node, "lineno", 0) for node in ast.walk(tree) if holds(node)})


def test_sql_is_written_in_memory_and_for_accounts_only() -> None:
    assert _sql_in('"""SELECT a FROM b"""\nname = "SELECT count(*) FROM x"') == [2]
    assert _sql_in("def f(s):\n    return s.database.rows(q)") == [2]
    assert _sql_in("db.conn.commit()\ndb.execute(q)") == [1, 2]
    assert _sql_in('"Select a file"; x = "the update of where from"') == []
    faults = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in SOURCES
        if not path.is_relative_to(ROOT / "memory") and not path.is_relative_to(ROOT / "app/auth")
        if re.search(_MENTIONS_SQL, text := path.read_text(encoding="utf-8"))
        for line in _sql_in(text)
    ]
    assert faults == []


def _state_in(module: ast.Module) -> list[str]:
    """Names at module level that hold state: rebound or changed in place by code of the module.

    Locks and context variables are left out: they hold nothing of their own.
    """
    top = [node for node in module.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    values = {
        target.id: ast.unparse(node.value) if node.value else ""
        for node in top
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    state = {name for name, value in values.items() if _CONTAINER.match(value)}
    for node in nodes(module):
        if isinstance(node, ast.Global):
            state.update(node.names)
        elif isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.value, ast.Name):
            changes = not isinstance(node.ctx, ast.Load) or (
                isinstance(node, ast.Attribute) and node.attr in _CHANGES
            )
            if changes and node.value.id in values:
                state.add(node.value.id)
    return sorted(state)


def test_no_module_holds_state() -> None:
    def state_of(text: str) -> list[str]:
        return _state_in(ast.parse(text))

    rebound = "_a = None\ndef f():\n    global _a\n    _a = 1"
    assert state_of(rebound) == ["_a"]
    assert state_of("_a: dict[str, int] = {'x': 1}\ndef f():\n    _a['y'] = 1") == ["_a"]
    assert state_of("_a = [1]\ndef f():\n    _a.append(1)") == ["_a"]
    assert state_of("_a = WeakSet()\n_b = {}") == ["_a", "_b"]
    assert state_of("class C:\n    x = 0\n_c = C()\ndef f():\n    _c.x = 1") == ["_c"]
    assert state_of("A = {'x': 1}\n_lock = Lock()\n_v: ContextVar[int] = ContextVar('v')") == []
    faults = {file: state for file, module in trees().items() if (state := _state_in(module))}
    assert faults == {}


def test_modules_open_with_what_they_do() -> None:
    clause = re.compile(r"(What|Which|Whether|Who|Whose|How|Where|When|Why)\b")
    opened = {file: ast.get_docstring(tree) or "" for file, tree in trees().items()}
    assert clause.match("What is known of a clip.")
    assert not clause.match("Facts about a clip.")
    assert [
        file for file, text in opened.items() if clause.match(text) and not RULES.match(file)
    ] == []


def test_every_module_is_reached_or_says_why_it_is_here() -> None:
    sources = modules(ROOT, PUBLIC)
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
    sources = modules(ROOT, PUBLIC)
    named = [(path, *place) for path in sources.values() for place in strings(path)]
    ours = [one for one in named if one[2] and one[1].split(".")[0] in PUBLIC]
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
