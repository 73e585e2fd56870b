"""The words of ``egobutler serve`` that say how the app is reached."""

from __future__ import annotations

import argparse

from app.http.security import ListenConfig


def add(serve: argparse.ArgumentParser) -> None:
    """Adds them to the command."""
    serve.add_argument(
        "--behind-proxy", action="store_true", help="a reverse proxy of yours stands in front"
    )
    serve.add_argument(
        "--public-url", metavar="URL", help="what people type: https://butler.example"
    )
    serve.add_argument(
        "--proxy-address",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="where the proxy calls from, or a network (default: this computer)",
    )


def door_of(options: argparse.Namespace) -> ListenConfig:
    """The door that was asked for. Raises BadDoor where the words do not go together."""
    return ListenConfig.choose(
        options.host, options.behind_proxy, options.public_url, options.proxy_address
    )
