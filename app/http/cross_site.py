"""Cross-site requests: only a link to a page that a person follows is answered.

Browsers say where a request comes from (``Sec-Fetch-Site``, and ``Origin`` where a script asks).
"same-site" is another site here: it is any other port of this computer. Programs say neither.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers

OURS = ("same-origin", "none")  # "none": typed, or opened from a bookmark
# What is read rather than opened. Everything else that a browser can open is a page.
DATA = (
    *("/api", "/media", "/thumbnails", "/gradio_api", "/mcp"),
    *(
        "/config",
        "/ui",
        "/static",
        "/assets",
        "/svelte",
        "/theme.css",
        "/manifest.json",
        "/share.js",
    ),
)


def comes_from_us(scheme: str, headers: Headers) -> bool:
    """Whether one of our own pages sent it, or no page at all."""
    site = headers.get("sec-fetch-site")
    if site is not None and site not in OURS:
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:  # no address at all
        return False
    downgraded = scheme == "https" and parts.scheme != "https"
    return not downgraded and parts.netloc == headers.get("host", "")


def follows_a_link(method: str, headers: Headers) -> bool:
    """Whether a person followed a link: a whole tab goes there, and no script reads it."""
    return (
        method in ("GET", "HEAD")
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
        and "origin" not in headers
    )


def is_data(path: str) -> bool:
    """Whether a path is read by pages and programs rather than opened by a person."""
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in DATA)
