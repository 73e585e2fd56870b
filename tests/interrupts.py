"""What is started by the tests can be interrupted, even where the tests themselves are not to be.

A shell that starts something in the background (``nohup make test &``) makes it ignore Ctrl-C, and
whatever that starts ignores it too.
"""

from __future__ import annotations

import signal


def let_children_be_interrupted() -> None:
    """Ignore Ctrl-C by a handler of our own where it is ignored: programs do not inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, lambda number, frame: None)
