"""Search in SQLite: full text, phrases, clips, and stored vectors."""
