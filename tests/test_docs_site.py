"""The documentation as a site: it builds, leads nowhere wrong, and asks no other host."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from app.pages.layout import PAGES as APP_PAGES
from tests.browser.test_access import LOOKS
from tests.docs_pages import PAGES, ROOT

# A module or two of each package: the reference has them, those in folders as well.
SOME = {
    "app": ("assistant", "auth.middleware"),
    "egorag": ("answering.answerer", "retrieval.strategies.hipporag"),
    "egogpt": ("registry",),
    "ingest": ("stages.pipeline", "importers.registry"),
    "memory": ("store.store",),
    "kernels": ("registry", "gpu.aot_check"),
}


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    """docs/site.py, whose name the standard library has, too."""
    pytest.importorskip("material", reason="needs pip install 'egobutler[docs]'")
    spec = importlib.util.spec_from_file_location("docs_site", ROOT / "docs" / "site.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_page_is_in_one_chapter(builder: ModuleType) -> None:
    listed = sorted(f"{name}.md" for names in builder.CHAPTERS.values() for name in names)
    docs = ROOT / "docs"
    pages = [str(page.relative_to(docs)) for page in PAGES if page.is_relative_to(docs)]
    assert listed == sorted(pages)


def test_every_package_is_in_the_reference(builder: ModuleType, tmp_path: Path) -> None:
    builder.write_reference(tmp_path)
    for package in builder.PACKAGES:
        told = (tmp_path / "reference" / f"{package}.md").read_text()
        assert {f"::: {package}.{name}" for name in SOME[package]} <= set(told.splitlines())


def test_the_site_builds_without_a_broken_link_and_names_no_other_host(
    builder: ModuleType, tmp_path: Path
) -> None:
    pages, out, pictures = tmp_path / "pages", tmp_path / "site", tmp_path / "pictures"
    pages.mkdir()
    pictures.mkdir()
    (pictures / "ask-desktop.png").write_bytes(b"a picture")
    builder.build_site(pages, out, builder.write_pages(pages, pictures))
    assert 'src="pictures/ask-desktop.png"' in (out / "index.html").read_text()
    assert (out / "deploy" / "Dockerfile").is_file()
    for page in out.rglob("*.html"):
        fetched = re.findall(
            r"<(?:script|link|img|iframe|video|source)\b[^>]*?(?:src|href)=\"?(?:https?:)?//[^>]*",
            page.read_text(),
        )
        assert not fetched, page.name
    for style in out.rglob("*.css"):
        assert not re.findall(r"(?:@import\s*|url\()[\"']?(?:https?:)?//", style.read_text())


def test_a_broken_link_stops_the_site(builder: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "index.md").write_text("# A\n\n[nowhere](nowhere.md)\n")
    with pytest.raises(SystemExit):
        builder.build_site(tmp_path, tmp_path / "site", [{"A": "index.md"}])


def test_every_picture_of_the_pages_is_taken_by_a_browser_test(builder: ModuleType) -> None:
    sources = "".join(one.read_text() for one in (ROOT / "tests" / "browser").glob("test_*.py"))
    taken = set(re.findall(r'picture\(f?"([\w-]+)"\)', sources))
    taken |= {f"{name}-{look}" for name, _, _ in APP_PAGES for look in LOOKS}
    shown = {name for page in PAGES for name in builder._PICTURE.findall(page.read_text())}
    assert not shown - taken
    assert len(shown) >= len(APP_PAGES)


def test_the_map_has_every_folder_with_what_it_says_of_itself() -> None:
    text = " ".join((ROOT / "docs" / "design" / "architecture.md").read_text().split())
    folders = [file.parent for name in SOME for file in (ROOT / name).rglob("__init__.py")]
    assert len(folders) > 80
    for folder in folders:
        words = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
        purpose = " ".join(words.split("\n\n")[0].split())
        name = folder.relative_to(ROOT)
        below = "/".join(name.parts[1:])
        line = f"- `{below}/`: {purpose}" if below else f"### `{name}/` {purpose}"
        assert purpose, name
        assert line in text, line


def test_links_of_the_first_pages_lead_somewhere() -> None:
    links = {
        (page.name, target)
        for page in ROOT.glob("*.md")
        for target in re.findall(r"\]\(([\w/.-]+\.md)(?:#[\w-]+)?\)", page.read_text())
    }
    assert {page for page, _ in links} >= {"README.md", "CONTRIBUTING.md", "AGENTS.md"}
    for page, target in links:
        assert (ROOT / target).is_file(), f"{page} leads to {target}"
