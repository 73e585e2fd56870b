"""Builds the documentation as a site: ``python docs/site.py`` writes it to ``site/``.

The pages are the Markdown files beside this one. A line ``<!-- picture: NAME -->`` shows
``screenshots/NAME.png`` where it is there; ``pytest tests/browser --pictures`` takes them all. The
page of commands is what ``--help`` says of each, the reference is made from the docstrings of the
packages. No page names another host that a browser would fetch from.
"""

from __future__ import annotations

import argparse
import io
import logging
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from mkdocs.commands.build import build
from mkdocs.config import load_config

from app.commands.main import program

DOCS = Path(__file__).parent
ROOT = DOCS.parent
PACKAGES = ("app", "egorag", "egogpt", "ingest", "memory", "kernels")
CHAPTERS: dict[str, tuple[str, ...]] = {
    "Start": ("index", "howto", "tasks", "command_line"),
    "Every day": (
        *("asking", "timeline", "search", "people", "habits"),
        *("recordings", "settings", "summaries", "pictures"),
    ),
    "Privacy": ("privacy", "security", "across", "backup", "remote"),
    "Run it": ("deploy", "models", "cluster", "reliability"),
    "For programs": ("python", "api", "mcp"),
    "Design": tuple(
        f"design/{name}"
        for name in (
            *("architecture", "glossary", "retrieval", "answerability", "strategies"),
            *("attention", "attention_gpu", "quota", "sinks", "papers", "scale", "status"),
        )
    ),
    "Measurements": tuple(
        f"measurements/{name}"
        for name in ("index", "ingest", "app", "questions", "everyday", "models", "attention")
    ),
}
_PICTURE = re.compile(r"^<!-- picture: ([\w-]+) -->$", re.MULTILINE)
_HEADING = re.compile(r"^# (.+)$", re.MULTILINE)


def main() -> None:
    """Builds the site, strictly: a broken link between pages is an error, and told."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    parser = argparse.ArgumentParser(description="builds the documentation as a site")
    parser.add_argument("--out", type=Path, default=ROOT / "site")
    parser.add_argument("--pictures", type=Path, default=ROOT / "screenshots")
    parser.add_argument("--no-reference", action="store_true", help="pages only: quicker")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        pages = Path(folder)
        nav = write_pages(pages, options.pictures)
        if not options.no_reference:
            nav.append({"Reference": write_reference(pages)})
        build_site(pages, options.out, nav)
    print(f"The site is in {options.out}; open {options.out / 'index.html'}")


def write_pages(folder: Path, pictures: Path) -> list[dict[str, object]]:
    """Copies the pages, with their pictures; returns the chapters for the navigation."""
    nav: list[dict[str, object]] = []
    for chapter, names in CHAPTERS.items():
        entries = [_page(folder, f"{name}.md", pictures) for name in names]
        nav.append({chapter: entries})
    nav.append(write_commands(folder))
    shutil.copytree(DOCS / "deploy", folder / "deploy")  # samples, to be downloaded
    return nav


def _page(folder: Path, page: str, pictures: Path) -> dict[str, str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    heading, up = _HEADING.search(text), "../" * page.count("/")

    def shown(match: re.Match[str]) -> str:
        picture = pictures / f"{match[1]}.png"
        if not picture.is_file():
            return ""
        (folder / "pictures").mkdir(exist_ok=True)
        shutil.copyfile(picture, folder / "pictures" / picture.name)
        name = heading[1] if heading else match[1]
        return f"![{name}]({up}pictures/{picture.name}){{ loading=lazy }}"

    (folder / page).parent.mkdir(exist_ok=True)
    (folder / page).write_text(_PICTURE.sub(shown, text), encoding="utf-8")
    return {heading[1] if heading else page: page}


def write_commands(folder: Path) -> dict[str, object]:
    """A page with all commands: what ``--help`` says of each where no terminal is."""
    with redirect_stdout(io.StringIO()):
        sections = [one for command in program().commands.values() for one in _section(command)]
    (folder / "commands.md").write_text("\n".join(["# Commands", "", *sections]), encoding="utf-8")
    return {"Commands": "commands.md"}


def _section(command: Any) -> Iterator[str]:
    if not command.hidden:
        name = f"egobutler {command.name}"
        context = command.make_context(name, [], resilient_parsing=True)
        yield f"## {command.name}\n\n```text\n{context.get_help()}\n```\n"
        for name, part in getattr(context.command, "commands", {}).items():
            below = part.make_context(name, [], parent=context, resilient_parsing=True)
            yield f"```text\n{below.get_help()}\n```\n"


def write_reference(folder: Path) -> list[dict[str, object]]:
    """A page for each package, with the modules that it has and their public docstrings."""
    reference = folder / "reference"
    reference.mkdir()
    entries: list[dict[str, object]] = []
    for package in PACKAGES:
        lines = [f"# {package}", ""]
        lines += [f"::: {name}\n" for name in _modules(package)]
        (reference / f"{package}.md").write_text("\n".join(lines), encoding="utf-8")
        entries.append({package: f"reference/{package}.md"})
    return entries


def _modules(package: str) -> list[str]:
    """The modules that lie here, which need not be those that are installed."""
    files = (one.relative_to(ROOT) for one in (ROOT / package).rglob("*.py"))
    return sorted(
        ".".join(one.with_suffix("").parts) for one in files if not one.stem.startswith("_")
    )


def build_site(pages: Path, out: Path, nav: list[dict[str, object]]) -> None:
    """Runs MkDocs over the written pages."""
    options = {
        "show_root_heading": True,
        "show_source": False,
        "members_order": "source",
        "heading_level": 2,
        # Device code has no types to show: Triton gives them when it compiles it.
        "docstring_options": {"warn_missing_types": False},
    }
    plugins: list[object] = ["search"]
    if (pages / "reference").exists():
        handlers = {"python": {"paths": [str(ROOT)], "options": options}}
        plugins.append({"mkdocstrings": {"handlers": handlers}})
    config = load_config(
        io.BytesIO(b""),
        site_name="EgoButler",
        docs_dir=str(pages),
        site_dir=str(out),
        nav=nav,
        strict=True,
        validation={"omitted_files": "warn", "anchors": "warn", "unrecognized_links": "warn"},
        use_directory_urls=False,  # so that it can be read from the disk, without a server
        theme={
            "name": "material",
            "font": False,  # the system's: nothing is fetched
            "features": ["navigation.sections", "navigation.top", "content.code.copy"],
            "palette": [
                {"media": "(prefers-color-scheme: light)", "scheme": "default", "primary": "teal"},
                {"media": "(prefers-color-scheme: dark)", "scheme": "slate", "primary": "teal"},
            ],
        },
        markdown_extensions=["tables", "attr_list", "admonition", "pymdownx.superfences"],
        plugins=plugins,
    )
    build(config)


if __name__ == "__main__":
    main()
