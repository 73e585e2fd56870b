"""Entry point of ``egobutler`` and ``python -m app``."""

import sys


def main() -> int:
    """Do what ``app.commands.main.main`` does, and stop as quietly on Ctrl-C while it is being
    loaded.
    """
    try:
        from app.commands.main import main as run

        return run()
    except KeyboardInterrupt:
        print("egobutler: stopped before anything was done", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
