"""Everything that finds rows: full text, phrases, clips, and vectors kept in SQLite."""
