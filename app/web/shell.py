"""Fixed pieces of HTML that scripts of our own bring to life."""

from __future__ import annotations

from pathlib import Path

from app.web.lean import gr

STATIC = Path(__file__).parent / "static"
SERVED_AT = "/ui"  # Gradio has a /static of its own


def scripted(name: str, elem_id: str) -> gr.HTML:
    """The shell ``static/<name>.html``, filled by ``mount(element)`` of ``static/<name>.js``."""
    return gr.HTML(
        html_template=(STATIC / f"{name}.html").read_text(encoding="utf-8"),
        js_on_load=f"import('{SERVED_AT}/{name}.js').then((module) => module.mount(element));",
        apply_default_css=False,
        elem_id=elem_id,
    )
