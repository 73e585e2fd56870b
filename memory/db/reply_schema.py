"""Tables of what the owner replied: to the memory review, and of two answers."""

from __future__ import annotations

REVIEW_REPLIES = """
CREATE TABLE review_reply (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, known INTEGER NOT NULL, promise TEXT NOT NULL,
    clip_id TEXT NOT NULL REFERENCES clip (id) ON DELETE CASCADE,
    person_id TEXT REFERENCES person (id) ON DELETE CASCADE);
CREATE INDEX review_reply_clip ON review_reply (clip_id);"""

# A vote between two answers goes with the question that they were given to.
COMPARISON_VOTES = """
CREATE TABLE comparison_vote (
    id INTEGER PRIMARY KEY, at REAL NOT NULL,
    first TEXT NOT NULL, second TEXT NOT NULL, better TEXT NOT NULL,
    turn_id INTEGER NOT NULL REFERENCES conversation_turn (id) ON DELETE CASCADE);
CREATE INDEX comparison_vote_turn ON comparison_vote (turn_id);
"""
