"""Storage of a home: recordings, what was seen and said, summaries, people, indexes."""
