"""The public contract: Store (read and write) and View (read as of a moment, within a scope)."""
