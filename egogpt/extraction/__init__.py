"""Information extraction: events and object states from sentences; one reader per language."""
