"""Manifest and icons, by which a browser installs the app: they say nothing private.

An installed app is offered where a phone shares films, sounds and photos. The phone's browser hands
them to a service worker (``web/static/share_target.js``), and that to the Library page; what it
sends there never comes to this server but by upload.
"""

from __future__ import annotations

from pathlib import Path

from starlette.responses import FileResponse, JSONResponse, Response

from app.presentation.i18n import t
from app.presentation.icon import ICON

_FOLDER = Path(__file__).parent / "static"
_PICTURES = ("/icon-192.png", "/icon-512.png", "/icon-maskable.png")
SHARED_AT = "/share"
PUBLIC_FILES = ("/logo.svg", "/favicon.ico", "/manifest.json", *_PICTURES)


def public_file(path: str) -> Response:
    """One of PUBLIC_FILES, which everybody gets: browsers ask for them without a session."""
    if path == "/manifest.json":
        return JSONResponse(_manifest(), media_type="application/manifest+json")
    if path in _PICTURES:
        return FileResponse(_FOLDER / path[1:], media_type="image/png")
    return Response(ICON, media_type="image/svg+xml")


def _manifest() -> dict[str, object]:
    """https://www.w3.org/TR/appmanifest/ and https://w3c.github.io/web-share-target/."""
    kinds = ["video/*", "audio/*", "image/*", "application/gpx+xml", ".gpx"]
    return {
        "id": "/",
        "name": "EgoButler",
        "short_name": "EgoButler",
        "description": t("Ask your own recordings. They stay on this computer."),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "theme_color": "#0f6b5c",
        "background_color": "#f4f1ea",
        "icons": [
            {"src": "/logo.svg", "sizes": "any", "type": "image/svg+xml"},
            {"src": _PICTURES[0], "sizes": "192x192", "type": "image/png"},
            {"src": _PICTURES[1], "sizes": "512x512", "type": "image/png"},
            {
                "src": _PICTURES[2],
                "sizes": "512x512",
                "type": "image/png",
                "purpose": "maskable",
            },
        ],
        "share_target": {
            "action": SHARED_AT,
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": {"files": [{"name": "recordings", "accept": kinds}]},
        },
    }
