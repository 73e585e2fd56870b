"""The public contract: `Store` reads and writes, `View` reads as of a moment within a scope."""
